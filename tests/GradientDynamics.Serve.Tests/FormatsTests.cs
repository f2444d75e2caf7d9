using System.Text.Json;
using System.Text.Json.Nodes;
using GradientDynamics.CommandLine;
using GradientDynamics.Documentation;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Networks;
using GradientDynamics.Serve.Commands;

namespace GradientDynamics.Serve.Tests;

/// <summary>docs/formats.md lists every key that gd-serve's commands print.</summary>
public sealed class FormatsTests
{
    // What ResultOutput writes.
    private static readonly JsonSerializerOptions Options = new(ConfigurationFile.Options) { IgnoreReadOnlyProperties = false };

    [Fact]
    public Task InspectJson_IsDocumented() => ShouldBeDocumented(typeof(ModelInspection), "inspect", model => ["inspect", model]);

    [Fact]
    public Task DeriveGradientJson_IsDocumented() => ShouldBeDocumented(typeof(DeriveGradientResult), "derive-gradient", model => ["derive-gradient", model, $"{model}.gradient.onnx"]);

    [Fact]
    public Task NormalizeJson_IsDocumented() => ShouldBeDocumented(typeof(NormalizeResult), "normalize", model => ["normalize", model, $"{model}.normalized.onnx", "--mean", "0.485,0.456,0.406", "--std", "0.229,0.224,0.225"]);

    private static async Task ShouldBeDocumented(Type result, string section, Func<string, string[]> arguments)
    {
        using var folder = new TemporaryFolder();
        string model = folder.Write("model.onnx", OnnxModelFile.ToBytes(new MlpOptions { HiddenWidths = [8] }.Create(new([3, 4, 4]), 3, new(1))));
        using var output = new StringWriter();
        using var error = new StringWriter();
        int exitCode = await CommandHost.RunAsync(ServeCommand.CreateRoot(), [.. arguments(model), "--json"], output, error, TestContext.Current.CancellationToken);
        exitCode.ShouldBe(0, error.ToString());

        // The folder is another in every run.
        JsonNode example = JsonNode.Parse(output.ToString().Replace(folder.Path, "models", StringComparison.Ordinal))!;
        FormatTables.ShouldBeDocumented(section, FormatTables.Keys(result, Options, [example]));
    }
}
