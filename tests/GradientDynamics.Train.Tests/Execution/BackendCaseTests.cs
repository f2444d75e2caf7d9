using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;
using GradientDynamics.Train.Execution;
using TorchSharp;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Tests.Execution;

/// <summary>ONNX's own backend test cases, executed by TorchSharp: golden outputs made by the standard's reference implementation.</summary>
public sealed class BackendCaseTests
{
    // The cases' outputs were computed by NumPy, in part in double precision; ONNX's own runner compares with 1e-3 relative and 1e-7 absolute.
    private const double RelativeTolerance = 1e-5;
    private const double AbsoluteTolerance = 1e-6;

    // The expected outputs of this case are written down with four decimals.
    private const string RoundedCase = "test_averagepool_2d_ceil_last_window_starts_on_pad";
    private const double RoundedTolerance = 1e-4;

    // Cases that are in the set, use operators of the table only, and are not executed, each with its reason.
    private static readonly Dictionary<string, string> NotExecuted = new()
    {
        ["test_training_dropout"] = "the expected mask comes from NumPy's random numbers",
        ["test_training_dropout_default"] = "the expected mask comes from NumPy's random numbers",
        ["test_training_dropout_mask"] = "the expected mask comes from NumPy's random numbers",
    };

    // Counted on the cases in the data folder; a change of the table or of the readers must say so here.
    private const int ExecutedCases = 473;

    public static TheoryData<string> Cases => [.. Folder is null ? ["absent"] : AcceptedCases()];

    private static string? Folder =>
        Environment.GetEnvironmentVariable("GRADIENTDYNAMICS_DATA") is { Length: > 0 } data && Directory.Exists(Path.Combine(data, "onnx-backend-tests"))
            ? Path.Combine(data, "onnx-backend-tests")
            : null;

    [Theory]
    [MemberData(nameof(Cases))]
    public void ACase_ExecutedByTorchSharp_GivesTheExpectedOutputs(string name)
    {
        Assert.SkipWhen(Folder is null, "GRADIENTDYNAMICS_DATA names no folder with onnx-backend-tests.");
        OnnxGraph graph = OnnxModelFile.Read(Path.Combine(Folder, name, "model.onnx"));
        using GraphModule module = new(graph);
        module.eval();
        string set = Path.Combine(Folder, name, "test_data_set_0");
        using DisposeScope scope = NewDisposeScope();
        Dictionary<string, Tensor> inputs = [];
        for (int i = 0; i < graph.Inputs.Count; i++)
        {
            inputs.Add(graph.Inputs[i].Name, TorchTensors.ToTorch(Tensor(set, $"input_{i}.pb")));
        }

        IReadOnlyDictionary<string, Tensor> outputs = module.Execute(inputs);

        for (int i = 0; i < graph.Outputs.Count; i++)
        {
            string output = graph.Outputs[i].Name;
            TorchTensors.ToConstant(outputs[output]).ShouldAgreeWith(Tensor(set, $"output_{i}.pb"), RelativeTolerance, name == RoundedCase ? RoundedTolerance : AbsoluteTolerance, $"{name}, {output}");
        }
    }

    [Fact]
    public void TheCases_AreAsManyAsTheTableAccepts()
    {
        Assert.SkipWhen(Folder is null, "GRADIENTDYNAMICS_DATA names no folder with onnx-backend-tests.");

        AcceptedCases().Count().ShouldBe(ExecutedCases);
    }

    private static ConstantTensor Tensor(string set, string file) => OnnxModelFile.ParseTensor(File.ReadAllBytes(Path.Combine(set, file))).Value;

    private static IEnumerable<string> AcceptedCases() =>
        Directory.GetDirectories(Folder!).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal).Where(name => !NotExecuted.ContainsKey(name) && IsAccepted(name));

    private static bool IsAccepted(string name)
    {
        OnnxGraph graph;
        try
        {
            graph = OnnxModelFile.Read(Path.Combine(Folder!, name, "model.onnx"));
        }
        catch (InvalidModelException)
        {
            return false; // it has sequences, optional values or subgraphs, which are not read
        }

        return graph.Nodes.All(node => node.Domain.Length == 0 && OperatorTable.All.TryGetValue(node.Operator, out OperatorSchema? schema)
            && graph.Opset >= schema.FirstOpset && graph.Opset <= schema.LastOpset);
    }
}
