using System.CommandLine;
using System.Globalization;
using GradientDynamics.CommandLine;
using GradientDynamics.Train.Datasets;
using GradientDynamics.Train.Preparation;
using GradientDynamics.Train.Training;

namespace GradientDynamics.Train.Commands;

/// <summary><c>gd-train datasets describe</c>: table 1 of Idrissi et al., 2022, for any dataset, what is imbalanced in it, and the baseline to try first.</summary>
internal static class DatasetsDescribeCommand
{
    public static Command Create()
    {
        DatasetChoice dataset = new();
        Option<Split> split = new("--split") { Description = "Split whose table is printed; the advice is always about the training set. Default train.", DefaultValueFactory = _ => Split.Train };
        Option<bool> json = CommandOutput.JsonOption();
        Command command = new("describe", "Prints counts per group, P(y|a) and P(y), says what is imbalanced, and which baseline to try first.") { split, json };
        dataset.AddTo(command);
        command.SetAction(result =>
        {
            (DatasetOptions options, long seed) = dataset.Read(result);
            DescribedDataset described = Describe(options, seed, result.GetValue(split));
            CommandOutput console = CommandOutput.Of(result, json);
            console.Write(described, described.ToTable());
            if (!console.Json)
            {
                described.WriteAdvice(console.Output);
            }

            return (int)ExitCode.Done;
        });
        return command;
    }

    private static DescribedDataset Describe(DatasetOptions options, long seed, Split split)
    {
        if (!options.Splits.Contains(split))
        {
            throw new CommandException(ExitCode.Configuration, $"--split: the dataset has no {ConfigurationKind.Name(split)} set; accepted are {string.Join(", ", options.Splits.Select(ConfigurationKind.Name))}.");
        }

        GroupedDataset train = options.Load(Split.Train, seed);
        GroupedDataset examples = split == Split.Train ? train : options.Load(split, seed);
        DatasetDescription data = examples.Description;
        GroupTable table = new(data, examples.GroupCounts());
        string[] attributes = data.Attributes.Count == 0 ? ["all"] : [.. data.Attributes];
        return new(
            data.Name,
            ConfigurationKind.Name(split),
            attributes,
            [.. data.Classes.Select((name, label) => new DescribedClass(
                name,
                [.. attributes.Select((_, attribute) => table.Count(label, attribute))],
                table.ClassCounts[label],
                [.. attributes.Select((_, attribute) => table.ShareGiven(label, attribute))],
                table.ClassShare(label)))],
            BaselineAdvice.Of(train.Description, train.GroupCounts()));
    }
}

/// <summary>One class of a described dataset.</summary>
/// <param name="Class">Its name.</param>
/// <param name="Counts">Examples by the attribute's values.</param>
/// <param name="Count">Examples in all.</param>
/// <param name="ShareGivenAttribute">P(y|a) by the attribute's values; null where the value has no example.</param>
/// <param name="Share">P(y).</param>
internal sealed record DescribedClass(string Class, IReadOnlyList<long> Counts, long Count, IReadOnlyList<double?> ShareGivenAttribute, double Share);

/// <summary>Result of <c>gd-train datasets describe</c>.</summary>
internal sealed record DescribedDataset(string Dataset, string Split, IReadOnlyList<string> Attributes, IReadOnlyList<DescribedClass> Classes, BaselineAdvice Advice)
{
    public ResultTable ToTable()
    {
        ResultColumn[] columns =
        [
            "class",
            .. Attributes.Select(attribute => ResultColumn.Number(attribute)),
            ResultColumn.Number("count"),
            .. Attributes.Select(attribute => ResultColumn.Number($"P(y|{attribute})")),
            ResultColumn.Number("P(y)"),
        ];
        ResultTable table = new(columns) { Title = $"{Dataset}, {Split}" };
        foreach (DescribedClass row in Classes)
        {
            table.Add([row.Class, .. row.Counts.Select(Number), Number(row.Count), .. row.ShareGivenAttribute.Select(Percent), Percent(row.Share)]);
        }

        return table;
    }

    public void WriteAdvice(TextWriter output)
    {
        output.WriteLine();
        foreach (string finding in Advice.Findings)
        {
            output.WriteLine($"- {char.ToUpperInvariant(finding[0])}{finding[1..]}.");
        }

        output.WriteLine($"Try {Advice.Baseline} first: {Advice.Reason}.");
        output.WriteLine($$"""  "sampler": { "kind": "{{Advice.Sampler}}" }, "selection": "{{Advice.Selection}}" """.TrimEnd());
        output.WriteLine("More: docs/choosing.md.");
    }

    private static string Number(long count) => count.ToString(CultureInfo.InvariantCulture);

    private static string Percent(double? share) => share is { } value ? string.Create(CultureInfo.InvariantCulture, $"{100 * value:F1} %") : "";
}
