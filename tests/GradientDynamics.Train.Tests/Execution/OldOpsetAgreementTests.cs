using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;
using GradientDynamics.Onnx.Runtime;

namespace GradientDynamics.Train.Tests.Execution;

/// <summary>
/// Operators in the forms of older opsets: ONNX Runtime runs the file of the old opset as it stands; the graph that is read from it is executed by
/// TorchSharp and differentiated, and all views agree, finite differences too.
/// </summary>
public sealed class OldOpsetAgreementTests
{
    public static TheoryData<string> Cases => [.. OldOpsetCases.All.Keys];

    public static TheoryData<string> CasesOfToday => [.. OperatorCases.All.Keys];

    [Theory]
    [MemberData(nameof(Cases))]
    public void AnOldForm_AgreesInEveryView(string name)
    {
        OldOpsetCase each = OldOpsetCases.All[name];
        byte[] file = each.File();
        ConstantTensor input = ConstantTensor.Of<float>(each.Input(), [OperatorCase.BatchSize, .. each.InputShape]);

        OnnxGraph graph = OnnxModelFile.Parse(file);

        graph.FileOpset.ShouldBe(each.Opset);
        RunsShouldAgree(file, graph, input, name);
        Views.OutputsShouldAgree(graph, input, Views.SinglePrecision, name);
        Views.GradientsShouldAgree(graph, input, OperatorCase.LogitCount, Views.SinglePrecisionOfGradients, name);
        Views.FiniteDifferencesShouldAgree(graph, input, OperatorCase.LogitCount, name);
    }

    // Where an older opset has a case's form already, the file of that opset is read as the very graph that the other tests hold together, or
    // as one that computes what ONNX Runtime computes of the file.
    [Theory]
    [MemberData(nameof(CasesOfToday))]
    public void AFormOfToday_InAnOlderOpset_IsTheSameGraphOrComputesWhatTheFileDoes(string name)
    {
        OperatorCase each = OperatorCases.All[name];
        OnnxGraph today = each.Graph(withOutputs: false);
        ConstantTensor input = ConstantTensor.Of<float>(each.Input(), [OperatorCase.BatchSize, .. each.InputShape]);
        for (int opset = OperatorSchema.OldestOpset; opset < OnnxGraph.WrittenOpset; opset++)
        {
            byte[] file = OnnxModelFile.ToBytes(WithOpset(today, opset));
            try
            {
                OnnxGraph graph = OnnxModelFile.Parse(file);
                if (!OnnxModelFile.ToBytes(WithOpset(graph, OnnxGraph.WrittenOpset)).AsSpan().SequenceEqual(OnnxModelFile.ToBytes(WithOpset(today, OnnxGraph.WrittenOpset))))
                {
                    RunsShouldAgree(file, graph, input, $"{name} in opset {opset}");
                }
            }
            catch (InvalidModelException)
            {
                // That opset does not have the form, or ONNX Runtime no kernel for it.
            }
        }
    }

    private static OnnxGraph WithOpset(OnnxGraph graph, int opset) => new(graph.Inputs, graph.Outputs, graph.Nodes, graph.Initializers, opset);

    private static void RunsShouldAgree(byte[] file, OnnxGraph graph, ConstantTensor input, string name)
    {
        using OnnxSession asItStands = OnnxSession.Load(file, name);
        using OnnxSession raised = OnnxSession.Load(graph, name);
        ReadOnlyMemory<float> elements = input.AsSpan<float>().ToArray();
        ConstantTensor Logits(OnnxSession session) => ConstantTensor.Of<float>(session.Run(elements, input.Sizes), OperatorCase.BatchSize, OperatorCase.LogitCount);

        Logits(raised).ShouldAgreeWith(Logits(asItStands), Views.SinglePrecision, 0, $"{name}: ONNX Runtime on the file and on what is read from it");
    }
}

/// <summary>A file of an old opset: nodes from "input" to "y", and a linear layer behind them.</summary>
internal sealed record OldOpsetCase(string Operator, int Opset, string Label, long[] InputShape, IReadOnlyList<GraphNode> Nodes, IReadOnlyList<KeyValuePair<string, ConstantTensor>> Initializers)
{
    /// <summary>The file.</summary>
    public byte[] File()
    {
        // How many features there are follows from the graph as it is read.
        OnnxGraph graph = OnnxModelFile.Parse(OnnxModelFile.ToBytes(Graph([], [], "y")));
        long features = ShapeInference.Infer(graph, strict: true)["y"].Shape!.Skip(1).Aggregate(1L, (product, size) => product * size.Value!.Value);
        Random random = new(3);
        float[] weights = [.. Enumerable.Range(0, checked((int)features * OperatorCase.LogitCount)).Select(_ => (random.NextSingle() * 2) - 1)];
        float[] bias = [.. Enumerable.Range(0, OperatorCase.LogitCount).Select(i => i / 8f)];
        return OnnxModelFile.ToBytes(Graph(
            [new("Flatten", ["y"], ["features"], name: "flatten"), new("Gemm", ["features", "weight", "bias"], ["logits"], NodeAttributes.None.With("transB", 1), "gemm")],
            [KeyValuePair.Create("weight", ConstantTensor.Of<float>(weights, OperatorCase.LogitCount, features)), KeyValuePair.Create("bias", ConstantTensor.Of<float>(bias, OperatorCase.LogitCount))],
            "logits"));
    }

    /// <summary>An input away from kinks.</summary>
    public float[] Input() => new OperatorCase(Operator, $"{Label} of opset {Opset}", InputShape, (_, _) => []).Input();

    private OnnxGraph Graph(IEnumerable<GraphNode> tail, IEnumerable<KeyValuePair<string, ConstantTensor>> weights, string output) => new(
        [new("input", new(ElementType.Float, new([Dimension.Named("batch"), .. InputShape.Select(Dimension.Fixed)])))],
        [new(output, new(ElementType.Float, null))],
        [.. Nodes, .. tail],
        [.. Initializers, .. weights],
        Opset);
}
