using System.Text.Json;

namespace GradientDynamics.EndToEnd.Tests.Architecture;

/// <summary>The parts do not know each other: read from what a restore resolved, so an edge by a detour counts too.</summary>
public sealed class ReferencesTests
{
    private const string Torch = "TorchSharp";
    private const string OnnxRuntime = "Microsoft.ML.OnnxRuntime";
    private const string Grpc = "Grpc.";
    private static readonly string[] Foundation = ["GradientDynamics.CommandLine", "GradientDynamics.EvaluationSets", "GradientDynamics.Statistics"];

    public static TheoryData<string, string[], string[]> Rules() => new()
    {
        { "GradientDynamics.CommandLine", [], [Torch, OnnxRuntime, Grpc] },
        { "GradientDynamics.EvaluationSets", [], [Torch, OnnxRuntime, Grpc] },
        { "GradientDynamics.Statistics", [], [Torch, OnnxRuntime, Grpc] },
        { "GradientDynamics.Figures", ["GradientDynamics.CommandLine"], [Torch, OnnxRuntime, Grpc] },
        { "GradientDynamics.Protos", [], [Torch, OnnxRuntime] },
        { "GradientDynamics.Onnx", [], [Torch, OnnxRuntime, Grpc] },
        { "GradientDynamics.Onnx.Runtime", ["GradientDynamics.Onnx"], [Torch, Grpc] },
        { "GradientDynamics.Preprocessing", [], [Torch, OnnxRuntime] },
        { "GradientDynamics.Train", [.. Foundation, "GradientDynamics.Figures", "GradientDynamics.Onnx", "GradientDynamics.Onnx.Runtime", "GradientDynamics.Preprocessing"], [Grpc] },
        {
            "GradientDynamics.Serve",
            [.. Foundation, "GradientDynamics.Onnx", "GradientDynamics.Onnx.Runtime", "GradientDynamics.Preprocessing", "GradientDynamics.Protos"],
            [Torch]
        },
        { "GradientDynamics.Attack", [.. Foundation, "GradientDynamics.Onnx", "GradientDynamics.Onnx.Runtime", "GradientDynamics.Protos"], [Torch] },
        { "GradientDynamics.Analysis", [.. Foundation, "GradientDynamics.Figures"], [Torch, OnnxRuntime, Grpc] },
    };

    [Theory]
    [MemberData(nameof(Rules))]
    public void Project_References_OnlyWhatTheDesignAllows(string project, string[] allowedOfOurs, string[] forbiddenLibraries)
    {
        string[] resolved = Resolved(project);

        resolved.Where(name => name.StartsWith("GradientDynamics.", StringComparison.Ordinal)).Except(allowedOfOurs).ShouldBeEmpty();
        resolved.Where(name => forbiddenLibraries.Any(library => name.StartsWith(library, StringComparison.OrdinalIgnoreCase)))
            .Except(["Grpc.Tools"]) // a compiler of .proto files, nothing that runs
            .ShouldBeEmpty();
    }

    [Fact]
    public void Rules_Name_EveryProjectOfThePartsAndNoOther()
    {
        string[] parts = ["analysis", "attack", "foundation", "onnx", "preprocessing", "protos", "serve", "train"];

        IEnumerable<string> projects = parts
            .SelectMany(part => Directory.EnumerateFiles(Repository.PathOf(part), "*.csproj", SearchOption.AllDirectories))
            .Select(path => Path.GetFileNameWithoutExtension(path)!);

        projects.Order().ShouldBe(Rules().Select(rule => rule.Data.Item1).Order());
    }

    [Fact]
    public void Resolved_OfTrain_SeesTorchSharp() => Resolved("GradientDynamics.Train").ShouldContain(Torch);

    private static string[] Resolved(string project)
    {
        using JsonDocument assets = JsonDocument.Parse(File.ReadAllBytes(Repository.PathOf("artifacts", "obj", project, "project.assets.json")));
        return [.. assets.RootElement.GetProperty("libraries").EnumerateObject().Select(library => library.Name.Split('/')[0])];
    }
}
