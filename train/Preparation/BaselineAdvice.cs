using System.Globalization;
using GradientDynamics.Train.Datasets;

namespace GradientDynamics.Train.Preparation;

/// <summary>What is imbalanced in a training set, and which baseline the findings of the papers recommend to try first (docs/choosing.md).</summary>
/// <param name="Findings">What is imbalanced, a sentence each.</param>
/// <param name="Baseline">Short name of the baseline.</param>
/// <param name="Reason">Why, with the section of the dissertation.</param>
/// <param name="Sampler">The sampler to configure.</param>
/// <param name="Selection">The selection rule to configure.</param>
internal sealed record BaselineAdvice(IReadOnlyList<string> Findings, string Baseline, string Reason, string Sampler, string Selection)
{
    // Parts whose sizes differ by less than a half are balanced for all purposes of the papers, whose mildest imbalance among groups is 47 to 1.
    private const double BalancedRatio = 1.5;

    // A class whose share moves by less than a twentieth with the attribute is as good as independent of it; the weakest benchmark, CivilComments, moves by 0.09.
    private const double IndependentShift = 0.05;

    // Waterbirds' smallest group has 56 examples, and subsampling to it is the best method there (table 2 of 8.5.1).
    private const long EnoughForSubsampling = 50;

    /// <summary>Reads the advice off the counts of the groups.</summary>
    public static BaselineAdvice Of(DatasetDescription data, IReadOnlyList<long> groups)
    {
        GroupTable table = new(data, groups);
        List<string> findings = [];
        string? classFinding = Ratio("class", [.. data.Classes.Zip(table.ClassCounts)]).Finding;
        (string, long)[] named = [.. Enumerable.Range(0, data.GroupCount).Select(group => (data.GroupName(group), groups[group]))];
        string? groupFinding = data.Attributes.Count == 0 ? null : Ratio("group", named).Finding;
        findings.AddRange(((string?[])[classFinding, groupFinding]).OfType<string>());
        findings.AddRange(Enumerable.Range(0, data.GroupCount).Where(group => groups[group] == 0).Select(group => $"group '{data.GroupName(group)}' has no training example: no method can learn it, and its accuracy in training is absent"));
        (double shift, int label, int attribute) = table.LargestShift();
        if (shift >= IndependentShift)
        {
            findings.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"the attribute predicts the class: '{data.Classes[label]}' has a share of {100 * table.ClassShare(label):F1} %, and of {100 * table.ShareGiven(label, attribute)!.Value:F1} % where the attribute is '{data.Attributes[attribute]}'"));
        }

        if (findings.Count == 0)
        {
            return new(["classes and groups are balanced, and no attribute predicts the class"], "ERM", "nothing is imbalanced, so that every balancing method is ERM", "shuffle", data.Attributes.Count == 0 ? "validation-worst-class" : "validation-worst-group");
        }

        if (data.Attributes.Count == 0)
        {
            return new(findings, "RWY", "without attributes, reweighting classes gains most at the cost of ERM (8.5.1, table 2)", "class-reweighting", "validation-worst-class");
        }

        long smallest = groups.Where(count => count > 0).Min();
        bool balancedWithinClasses = named.Chunk(data.AttributeCount).All(groupsOfClass => groupsOfClass.All(group => group.Item2 > 0) && Ratio("group", groupsOfClass).Ratio <= BalancedRatio);
        return balancedWithinClasses && shift < IndependentShift
            ? new(findings, "RWY", "the groups of each class are balanced, so that class weights do all that group weights would (8.5.1)", "class-reweighting", "validation-worst-group")
            : smallest >= EnoughForSubsampling
                ? new(findings, "SUBG", $"subsampling groups is best or close to it, cheapest and stable over long training (8.5.1 to 8.5.4); an epoch has {smallest * groups.Count(count => count > 0)} of {groups.Sum()} examples", "group-subsampling", "validation-worst-group")
                : new(findings, "RWG", $"the smallest group has {smallest} examples, too few to subsample to; reweight groups, with strong weight decay and early stopping (8.5.2 and 8.5.3)", "group-reweighting", "validation-worst-group");
    }

    private static (double Ratio, string? Finding) Ratio(string what, (string Name, long Count)[] parts)
    {
        (string Name, long Count)[] present = [.. parts.Where(part => part.Count > 0)];
        (string Name, long Count) largest = present.MaxBy(part => part.Count);
        (string Name, long Count) smallest = present.MinBy(part => part.Count);
        double ratio = (double)largest.Count / smallest.Count;
        return (ratio, ratio <= BalancedRatio
            ? null
            : string.Create(CultureInfo.InvariantCulture, $"the largest {what}, '{largest.Name}', has {largest.Count} examples, {ratio:F1} times as many as the smallest, '{smallest.Name}', with {smallest.Count}"));
    }
}
