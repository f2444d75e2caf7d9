using System.Text.Json.Nodes;
using GradientDynamics.Attack.Audits;
using GradientDynamics.Attack.Reports;
using GradientDynamics.Attack.Tests.Commands;
using GradientDynamics.CommandLine;
using GradientDynamics.Documentation;
using Parquet;
using Parquet.Schema;

namespace GradientDynamics.Attack.Tests;

/// <summary>docs/formats.md lists every key and column that gd-attack reads and writes.</summary>
public sealed class FormatsTests(CommandFolder folder) : IClassFixture<CommandFolder>
{
    private static readonly Dictionary<string, (string Example, string Meaning)> Columns = new()
    {
        ["target"] = ("ERM", "Label of the target."),
        ["id"] = ("test/17", "Example."),
        ["label"] = ("1", "True class."),
        ["attribute"] = ("0", "Value of the attribute; absent where the set has none."),
        ["group"] = ("2", "label x attributes + attribute."),
        ["prediction"] = ("1", "Class that the target gives the unperturbed input."),
        ["norm"] = ("linf", "Norm of the perturbation: linf or l2."),
        ["attack"] = ("worst", "Attack; `worst` for what all of them together found."),
        ["margin_lower"] = ("0.031", "Largest radius at which it failed, in input units."),
        ["margin_upper"] = ("0.033", "Norm of the smallest adversarial it found; absent where it found none."),
        ["perturbed_prediction"] = ("0", "Class that the target gives that adversarial; absent where there is none."),
        ["gradient_queries"] = ("120", "Gradients asked for this example."),
        ["prediction_queries"] = ("35", "Predictions asked for this example."),
        ["seconds"] = ("0.012", "Time in the model's answers, shared equally among the examples of a query."),
    };

    [Fact]
    public void AuditConfiguration_IsDocumented()
    {
        AuditOptions options = new() { Bounds = EvaluationSets.InputBounds.Of(0, 1), Gates = new() { MinimumWorstGroupAccuracy = 0.7, MinimumAverageAccuracy = 0.8, MinimumRobustAccuracy = 0.5 } };

        FormatTables.ShouldBeDocumented("audit configuration", FormatTables.Keys(typeof(AuditOptions), ConfigurationFile.Options, [JsonNode.Parse(ConfigurationFile.Write(options))!]));
    }

    [Fact]
    public async Task AuditJson_IsDocumented()
    {
        string output = await RunAsync("compare", "--target", "A={first.onnx}", "--target", "B={second.onnx}", "--set", "gates.minimumAverageAccuracy=0", "--set", "bounds.lower=[0]", "--set", "bounds.upper=[1]");

        IReadOnlyList<FormatKey> keys = FormatTables.Keys(typeof(AuditReport), ConfigurationFile.Options, [JsonNode.Parse(output)!]);

        FormatTables.ShouldBeDocumented("audit.json", [.. keys.Where(key => !key.Path.StartsWith("configuration.", StringComparison.Ordinal) && !key.Path.StartsWith("configuration[", StringComparison.Ordinal))]);
    }

    [Fact]
    public async Task EvaluationJson_IsDocumented()
    {
        string output = await RunAsync("evaluate", "--model-file", "{first.onnx}", "--set", "gates.minimumAverageAccuracy=0");

        FormatTables.ShouldBeDocumented("evaluation.json", FormatTables.Keys(typeof(EvaluationReport), ConfigurationFile.Options, [JsonNode.Parse(output)!]));
    }

    [Fact]
    public async Task Samples_AreDocumented()
    {
        string[] arguments = ["audit", "--model-file", "{first.onnx}", "--evaluation-set", "{set.parquet}", "--config", "{quick.json}", "--limit", "5", "--output", "{formats-samples}"];
        (int exitCode, _, string error) = await folder.RunAsync(arguments);
        exitCode.ShouldBe(0, error);
        await using ParquetReader reader = await ParquetReader.CreateAsync(folder.In("formats-samples", "samples.parquet"), cancellationToken: TestContext.Current.CancellationToken);

        FormatKey[] columns = [.. reader.Schema.GetDataFields().Select(column => new FormatKey(column.Name, TypeOf(column), Columns[column.Name].Example, Columns[column.Name].Meaning))];

        FormatTables.ShouldBeDocumented("samples.parquet", columns);
    }

    private async Task<string> RunAsync(string command, params string[] arguments)
    {
        string[] common = ["--evaluation-set", "{set.parquet}", "--config", "{quick.json}", "--json", "--output", $"{{formats-{command}}}"];
        (int exitCode, string output, string error) = await folder.RunAsync([command, .. arguments, .. common]);
        exitCode.ShouldBe(0, error);
        return output.Replace(folder.Path + "/", "", StringComparison.Ordinal); // examples name files as a user would
    }

    private static string TypeOf(DataField column) =>
        (column.ClrType == typeof(string) ? "string" : column.ClrType == typeof(int) ? "int32" : "double") + (column.IsNullable ? " or absent" : "");
}
