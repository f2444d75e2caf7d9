using GradientDynamics.Attack.Attacks;
using GradientDynamics.Attack.Commands;
using GradientDynamics.Attack.Tests.Audits;
using GradientDynamics.CommandLine;
using GradientDynamics.EvaluationSets;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Networks;

namespace GradientDynamics.Attack.Tests.Commands;

/// <summary>A folder with two small image models, an evaluation set and a quick configuration, and the commands run on it.</summary>
public sealed class CommandFolder : IDisposable
{
    public const int ExampleCount = 40;

    private const string QuickSettings = """
        {
          "resamples": 200,
          "smallestMargins": 3,
          "threatModels": [
            { "norm": "linf", "epsilons": [0.02, 0.1, 0.3], "attacks": [ { "kind": "pgd", "steps": 8 }, { "kind": "pgd", "loss": "logit-margin", "steps": 8, "targets": 1 } ] },
            { "norm": "l2", "epsilons": [0.2, 1], "attacks": [ { "kind": "pgd", "steps": 8 } ] }
          ]
        }
        """;

    public CommandFolder()
    {
        Path = Directory.CreateTempSubdirectory("gd-attack-").FullName;
        WriteModel("first.onnx", 1);
        WriteModel("second.onnx", 2);
        File.WriteAllText(In("quick.json"), QuickSettings);
        WriteSet("set.parquet", [2, 6, 6]);
    }

    public string Path { get; }

    public string In(params string[] names) => System.IO.Path.Combine([Path, .. names]);

    public void WriteModel(string name, int seed, params long[] shape) =>
        OnnxModelFile.Write(new MlpOptions { HiddenWidths = [12] }.Create(new InputSpec(shape.Length == 0 ? [2, 6, 6] : shape), 3, new Random(seed)), In(name));

    public void WriteSet(string name, int[] shape)
    {
        int length = shape.Aggregate(1, (product, size) => product * size);
        RandomStream stream = new($"set/{length}");
        float[] inputs = [.. Enumerable.Range(0, ExampleCount * length).Select(_ => (float)stream.NextUniform())];
        ExampleBatch batch = new([.. Enumerable.Range(0, ExampleCount).Select(example => $"image-{example}")], inputs, [.. Enumerable.Range(0, ExampleCount).Select(example => example % 3)], length);
        EvaluationSetMetadata metadata = Examples.Metadata(3, shape) with
        {
            AttributeNames = ["red", "green"],
            Inputs = [new EvaluationInput { Datatype = Datatype.FP32, Shape = shape, Bounds = EvaluationSets.InputBounds.Of(0, 1) }],
        };
        EvaluationSet set = Examples.Of(batch, metadata, example => example % 5 == 0 ? 0 : 1);
        EvaluationSetWriter.WriteAsync(In(name), set.Metadata, set.Examples).GetAwaiter().GetResult();
    }

    /// <summary>Runs a command line in this process; names of files of the folder are written as {name}.</summary>
    public async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments)
    {
        StringWriter output = new();
        StringWriter error = new();
        int exitCode = await CommandHost.RunAsync(
            AttackCommands.Create(), [.. arguments.Select(argument => argument.Replace("{", Path + "/", StringComparison.Ordinal).Replace("}", "", StringComparison.Ordinal))], output, error, TestContext.Current.CancellationToken);
        return (exitCode, output.ToString(), error.ToString());
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
