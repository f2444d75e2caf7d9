using GradientDynamics.Attack.Audits;
using GradientDynamics.Attack.Margins;
using GradientDynamics.EvaluationSets;
using Parquet;
using Parquet.Schema;

namespace GradientDynamics.Attack.Reports;

/// <summary><c>samples.parquet</c>: one row per target, threat model, example and attack, and one of the attack <c>worst</c> for what all of them together found.</summary>
internal static class SampleFile
{
    /// <summary>The attack of the rows that hold the pointwise worst.</summary>
    public const string Worst = "worst";

    private const int RowGroupRows = 65536;

    private static readonly DataField[] Fields =
    [
        new("target", typeof(string), isNullable: false),
        new("id", typeof(string), isNullable: false),
        new("label", typeof(int), isNullable: false),
        new("attribute", typeof(int), isNullable: true),
        new("group", typeof(int), isNullable: false),
        new("prediction", typeof(int), isNullable: false),
        new("norm", typeof(string), isNullable: false),
        new("attack", typeof(string), isNullable: false),
        new("margin_lower", typeof(double), isNullable: false),
        new("margin_upper", typeof(double), isNullable: true),
        new("perturbed_prediction", typeof(int), isNullable: true),
        new("gradient_queries", typeof(int), isNullable: false),
        new("prediction_queries", typeof(int), isNullable: false),
        new("seconds", typeof(double), isNullable: false),
    ];

    /// <summary>Names of the columns, in order.</summary>
    public static IEnumerable<string> Columns => Fields.Select(column => column.Name);

    /// <summary>Writes the rows of all targets.</summary>
    public static async Task WriteAsync(string path, IReadOnlyList<TargetFindings> findings, CancellationToken cancellationToken)
    {
        await using FileStream stream = File.Create(path);
        await using ParquetWriter writer = await ParquetWriter.CreateAsync(new ParquetSchema(Fields), stream, cancellationToken: cancellationToken);
        foreach (Row[] rows in findings.SelectMany(Rows).Chunk(RowGroupRows))
        {
            using ParquetRowGroupWriter group = writer.CreateRowGroup();
            await group.WriteAsync(Fields[0], [.. rows.Select(row => row.Target)]);
            await group.WriteAsync(Fields[1], [.. rows.Select(row => row.Id)]);
            await group.WriteAsync<int>(Fields[2], rows.Select(row => row.Label).ToArray(), cancellationToken: cancellationToken);
            await group.WriteAsync<int>(Fields[3], rows.Select(row => row.Attribute).ToArray(), cancellationToken: cancellationToken);
            await group.WriteAsync<int>(Fields[4], rows.Select(row => row.Group).ToArray(), cancellationToken: cancellationToken);
            await group.WriteAsync<int>(Fields[5], rows.Select(row => row.Prediction).ToArray(), cancellationToken: cancellationToken);
            await group.WriteAsync(Fields[6], [.. rows.Select(row => row.Norm)]);
            await group.WriteAsync(Fields[7], [.. rows.Select(row => row.Attack)]);
            await group.WriteAsync<double>(Fields[8], rows.Select(row => row.MarginLower).ToArray(), cancellationToken: cancellationToken);
            await group.WriteAsync<double>(Fields[9], rows.Select(row => row.MarginUpper).ToArray(), cancellationToken: cancellationToken);
            await group.WriteAsync<int>(Fields[10], rows.Select(row => row.PerturbedPrediction).ToArray(), cancellationToken: cancellationToken);
            await group.WriteAsync<int>(Fields[11], rows.Select(row => row.GradientQueries).ToArray(), cancellationToken: cancellationToken);
            await group.WriteAsync<int>(Fields[12], rows.Select(row => row.PredictionQueries).ToArray(), cancellationToken: cancellationToken);
            await group.WriteAsync<double>(Fields[13], rows.Select(row => row.Seconds).ToArray(), cancellationToken: cancellationToken);
        }
    }

    private static IEnumerable<Row> Rows(TargetFindings findings)
    {
        foreach (ThreatFindings threat in findings.ThreatModels)
        {
            string norm = threat.Options.Norm.ToString().ToLowerInvariant();
            string[] attacks = AttackNames.Of(threat.Options.AttacksOn(findings.Target.ClassCount));
            for (int index = 0; index < threat.Examples.Length; index++)
            {
                EvaluationExample example = findings.Set.Examples[index];
                MarginState state = threat.Examples[index];
                Row row = new(findings.Target.Label, example.Id, example.Label, example.Attribute, findings.Set.GroupOf(index), findings.Predictions[index], norm, Worst, state.Margin.Lower)
                {
                    MarginUpper = Finite(state.Margin.Upper),
                    PerturbedPrediction = state.AdversarialPrediction,
                    GradientQueries = state.Attacks.Sum(attack => attack.GradientQueries),
                    PredictionQueries = state.LineQueries + state.Attacks.Sum(attack => attack.PredictionQueries),
                    Seconds = state.LineSeconds + state.Attacks.Sum(attack => attack.Seconds),
                };
                yield return row;
                for (int attack = 0; attack < attacks.Length; attack++)
                {
                    AttackRecord record = state.Attacks[attack];
                    yield return row with
                    {
                        Attack = attacks[attack],
                        MarginLower = record.Margin.Lower,
                        MarginUpper = state.Misclassified ? 0 : Finite(record.Margin.Upper),
                        PerturbedPrediction = record.SmallestPrediction,
                        GradientQueries = record.GradientQueries,
                        PredictionQueries = record.PredictionQueries,
                        Seconds = record.Seconds,
                    };
                }
            }
        }
    }

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;

    private sealed record Row(string Target, string Id, int Label, int? Attribute, int Group, int Prediction, string Norm, string Attack, double MarginLower)
    {
        public double? MarginUpper { get; init; }

        public int? PerturbedPrediction { get; init; }

        public int GradientQueries { get; init; }

        public int PredictionQueries { get; init; }

        public double Seconds { get; init; }
    }
}
