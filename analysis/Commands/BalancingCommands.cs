using System.CommandLine;
using System.Text.Json.Serialization;
using GradientDynamics.Analysis.Balancing;
using GradientDynamics.CommandLine;
using MathNet.Numerics.LinearAlgebra;

namespace GradientDynamics.Analysis.Commands;

/// <summary><c>gd-analyze balancing</c>: how imbalanced a dataset is, and the closed forms of the spurious-features problem.</summary>
internal static class BalancingCommands
{
    public static Command CreateImbalance() => Computation.Create<CountsConfiguration, ImbalanceResult>(
        "imbalance", "Class and group shares of a dataset, from its counts by class and attribute or from its metadata file, and what subsampling keeps.", Imbalance, ImbalanceTableOf);

    public static Command CreateExpectedUnique() => Computation.Create<UniqueConfiguration, UniqueResult>(
        "expected-unique",
        "Expected number of different examples after draws with replacement.",
        configuration => UniqueResult.Of(SpuriousFeatureProblem.ExpectedUnique(configuration.Population, configuration.Draws), configuration.Population),
        result => new ResultTable(ResultColumn.Number("expected"), ResultColumn.Number("share")).Add(result.Expected.ToString("G10"), result.Share.ToString("P2")));

    public static Command CreateCoreError() => Computation.Create<CoreConfiguration, CoreResult>(
        "core-error",
        "Probability of misclassifying by the core feature alone, and by the spurious feature alone.",
        configuration => new CoreResult(
            SpuriousFeatureProblem.CoreErrorProbability(configuration.StandardDeviation), SpuriousFeatureProblem.SpuriousErrorProbability(configuration.Agreement, configuration.StandardDeviation)),
        result => new ResultTable(ResultColumn.Number("core"), ResultColumn.Number("spurious")).Add(result.Core.ToString("G6"), result.Spurious.ToString("G6")));

    public static Command CreateMaximumMargin() => Computation.Create<MarginConfiguration, MarginResult>(
        "maximum-margin",
        "The direction of the largest margin, to which logistic regression without regularisation converges.",
        configuration =>
        {
            Matrix<double> inputs = MatrixConfiguration.Read(configuration.Inputs, "inputs");
            if (configuration.Labels.Count != inputs.RowCount || configuration.Labels.Any(label => label is not (1 or -1)))
            {
                throw new InvalidDataException($"labels has {configuration.Labels.Count} entries for {inputs.RowCount} inputs; accepted is one label of 1 or -1 each.");
            }

            MaximumMargin found = MaximumMargin.Find(inputs.MapIndexed((row, _, value) => value * configuration.Labels[row]));
            return new MarginResult([.. found.Direction], found.Margin, [.. found.SupportWeights]);
        },
        result => new ResultTable("direction", ResultColumn.Number("margin"), ResultColumn.Number("support vectors")).Add(
            string.Join(", ", result.Direction.Select(value => value.ToString("G8"))), result.Margin.ToString("G10"), $"{result.SupportWeights.Count(weight => weight > 0)}"));

    private static ImbalanceResult Imbalance(CountsConfiguration configuration)
    {
        ImbalanceTable table = configuration.Metadata is { } metadata ? MetadataFile.Read(metadata, configuration.Split) : new ImbalanceTable(configuration.Counts!);
        IEnumerable<int> attributes = Enumerable.Range(0, table.AttributeCount);
        return new ImbalanceResult(
            table.Total,
            [
                .. Enumerable.Range(0, table.ClassCount).Select(label => new ClassShare(
                    table.ClassTotal(label),
                    table.Probability(label),
                    [.. attributes.Select(attribute => table.GroupCount(label, attribute))],
                    [.. attributes.Select(attribute => double.IsNaN(table.ProbabilityGivenAttribute(label, attribute)) ? (double?)null : table.ProbabilityGivenAttribute(label, attribute))])),
            ],
            table.KeptByClassSubsampling(),
            table.KeptByGroupSubsampling());
    }

    private static ResultTable ImbalanceTableOf(ImbalanceResult result)
    {
        ResultTable table = new(
            [ResultColumn.Number("class"), ResultColumn.Number("count"), ResultColumn.Number("P(y)"), .. result.Classes[0].Groups.Select((_, attribute) => ResultColumn.Number($"P(y | a = {attribute})"))])
        {
            Title = $"{result.Total} examples; subsampling keeps {result.KeptByClassSubsampling} by class, {result.KeptByGroupSubsampling} by group.",
        };
        foreach ((int label, ClassShare share) in result.Classes.Index())
        {
            table.Add([$"{label}", $"{share.Count}", share.Probability.ToString("P1"), .. share.GivenAttribute.Select(value => value?.ToString("P1") ?? "")]);
        }

        return table;
    }

    internal sealed record CountsConfiguration : IJsonOnDeserialized
    {
        /// <summary>Examples by class (row) and attribute (column); or metadata.</summary>
        public IReadOnlyList<IReadOnlyList<long>>? Counts { get; init; }

        /// <summary>A CSV file with a line for each example and columns y and a; or counts.</summary>
        public string? Metadata { get; init; }

        /// <summary>With metadata: only the lines with this number in the column split (0 is training). Default all.</summary>
        public int? Split { get; init; }

        public void OnDeserialized()
        {
            if ((Counts is null) == (Metadata is null) || (Split is not null && Metadata is null))
            {
                throw new ArgumentException("accepted is either counts, or metadata (with or without split).");
            }
        }
    }

    internal sealed record MarginConfiguration
    {
        /// <summary>Inputs, one example a row.</summary>
        public required IReadOnlyList<IReadOnlyList<double>> Inputs { get; init; }

        /// <summary>Labels, 1 or −1.</summary>
        public required IReadOnlyList<int> Labels { get; init; }
    }

    internal sealed record MarginResult(IReadOnlyList<double> Direction, double Margin, IReadOnlyList<double> SupportWeights);

    internal sealed record UniqueConfiguration
    {
        /// <summary>Examples that are drawn from.</summary>
        public required double Population { get; init; }

        /// <summary>Draws.</summary>
        public required double Draws { get; init; }
    }

    internal sealed record CoreConfiguration
    {
        /// <summary>Standard deviation of each feature. Default 0.15.</summary>
        public double StandardDeviation { get; init; } = 0.15;

        /// <summary>Share of examples whose spurious attribute agrees with the label. Default 0.8.</summary>
        public double Agreement { get; init; } = 0.8;
    }

    internal sealed record ImbalanceResult(long Total, IReadOnlyList<ClassShare> Classes, long KeptByClassSubsampling, long KeptByGroupSubsampling);

    internal sealed record ClassShare(long Count, double Probability, IReadOnlyList<long> Groups, IReadOnlyList<double?> GivenAttribute);

    internal sealed record UniqueResult(double Expected, double Share)
    {
        public static UniqueResult Of(double expected, double population) => new(expected, expected / population);
    }

    internal sealed record CoreResult(double Core, double Spurious);
}
