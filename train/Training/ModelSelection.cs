namespace GradientDynamics.Train.Training;

/// <summary>Which evaluated epoch becomes the model.</summary>
public enum SelectionRule
{
    /// <summary>Highest accuracy of the worst group on the validation set.</summary>
    ValidationWorstGroup,

    /// <summary>Highest average accuracy on the validation set.</summary>
    ValidationAverage,

    /// <summary>Highest accuracy of the worst class on the validation set: needs no attributes.</summary>
    ValidationWorstClass,

    /// <summary>
    /// Highest mean of the clean and the adversarial average accuracy on the validation set, the latter on inputs perturbed by the configuration's adversary (Pezeshki et al., 2021, appendix 4.3).
    /// </summary>
    ValidationCleanAndAdversarial,

    /// <summary>The last one.</summary>
    LastEpoch,

    /// <summary>Highest accuracy of the worst group on the test set: an oracle, which bounds what selection could reach and whose figure is not a test result.</summary>
    TestWorstGroupOracle,

    /// <summary>Highest average accuracy on the test set: an oracle, as above.</summary>
    TestAverageOracle,
}

/// <summary>What a rule looks at.</summary>
internal static class SelectionRules
{
    /// <summary>Whether the rule chooses on the validation set.</summary>
    public static bool NeedsValidation(this SelectionRule rule) =>
        rule is SelectionRule.ValidationWorstGroup or SelectionRule.ValidationAverage or SelectionRule.ValidationWorstClass or SelectionRule.ValidationCleanAndAdversarial;

    /// <summary>The figures whose mean is the rule's score, under the names of <see cref="MetricNames"/>; none for the last epoch, which compares nothing.</summary>
    public static IReadOnlyList<string> Figures(this SelectionRule rule) => rule switch
    {
        SelectionRule.ValidationWorstGroup => ["validation/worst_group_accuracy"],
        SelectionRule.ValidationAverage => ["validation/average_accuracy"],
        SelectionRule.ValidationWorstClass => ["validation/worst_class_accuracy"],
        SelectionRule.ValidationCleanAndAdversarial => ["validation/average_accuracy", "validation/adversarial_accuracy"],
        SelectionRule.LastEpoch => [],
        SelectionRule.TestWorstGroupOracle => ["test/worst_group_accuracy"],
        SelectionRule.TestAverageOracle => ["test/average_accuracy"],
        _ => throw new ArgumentOutOfRangeException(nameof(rule), rule, "No such selection rule."),
    };

    /// <summary>Whether the rule chooses on the test set, so that its test figures are no test.</summary>
    public static bool IsOracle(this SelectionRule rule) => rule is SelectionRule.TestWorstGroupOracle or SelectionRule.TestAverageOracle;

    /// <summary>The rule as a table names it.</summary>
    public static string Title(this SelectionRule rule) => $"selected by {ConfigurationKind.Name(rule)}{(rule.IsOracle() ? ": chosen on the test set, an oracle" : "")}";
}

/// <summary>Keeps the best epoch by a rule. Among equals the earliest wins: it was reached with the least training.</summary>
internal sealed class ModelSelection(SelectionRule rule)
{
    /// <summary>The best evaluated epoch so far; 0 before the first.</summary>
    public int BestEpoch { get; private set; }

    /// <summary>Its score; the epoch itself where the rule is the last epoch.</summary>
    public double BestScore { get; private set; } = double.NegativeInfinity;

    /// <summary>Evaluations since the best.</summary>
    public int EvaluationsWithoutImprovement { get; private set; }

    /// <summary>Takes an evaluation into account and says whether it is the best so far.</summary>
    public bool Observe(EpochMetrics metrics)
    {
        double score = Score(metrics);
        if (score > BestScore)
        {
            BestEpoch = metrics.Epoch;
            BestScore = score;
            EvaluationsWithoutImprovement = 0;
            return true;
        }

        EvaluationsWithoutImprovement++;
        return false;
    }

    /// <summary>Returns to an earlier state.</summary>
    public void Restore(int bestEpoch, double bestScore, int evaluationsWithoutImprovement)
    {
        BestEpoch = bestEpoch;
        BestScore = bestScore;
        EvaluationsWithoutImprovement = evaluationsWithoutImprovement;
    }

    private double Score(EpochMetrics metrics) => rule switch
    {
        SelectionRule.ValidationWorstGroup => Of(metrics.Validation).WorstGroupAccuracy,
        SelectionRule.ValidationAverage => Of(metrics.Validation).AverageAccuracy,
        SelectionRule.ValidationWorstClass => Of(metrics.Validation).WorstClassAccuracy,
        SelectionRule.ValidationCleanAndAdversarial => (Of(metrics.Validation).AverageAccuracy + Of(metrics.Validation).AdversarialAccuracy!.Value) / 2,
        SelectionRule.LastEpoch => metrics.Epoch,
        SelectionRule.TestWorstGroupOracle => Of(metrics.Test).WorstGroupAccuracy,
        SelectionRule.TestAverageOracle => Of(metrics.Test).AverageAccuracy,
        _ => throw new ArgumentOutOfRangeException(nameof(metrics), rule, "No such selection rule."),
    };

    private static SplitMetrics Of(SplitMetrics? split) => split ?? throw new InvalidOperationException("The selection rule's split was not evaluated.");
}
