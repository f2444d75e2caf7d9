using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;
using GradientDynamics.Train.Execution;
using TorchSharp;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Conformance;

/// <summary>
/// A case of Dropout in training: which elements are dropped is random, and the expected ones are NumPy's draw, which ONNX's own runner does not compare either. What is certain is compared.
/// </summary>
internal sealed class RandomMask
{
    /// <summary>What a pass of such a case leaves out.</summary>
    public const string Explanation = "which elements Dropout drops is random: types, shapes and that every element is 0 or the input scaled by 1 / (1 - ratio) were compared, not the draw";

    // Everything is dropped with a ratio of 1: nothing is scaled by 1 / 0.
    private const double LargestRatio = 0.999999;

    private readonly GraphNode _dropout;
    private readonly double _ratio;

    private RandomMask(GraphNode dropout, double ratio)
    {
        _dropout = dropout;
        _ratio = ratio;
    }

    /// <summary>The only node of a graph, where it is a Dropout that drops in inference too; else null.</summary>
    public static RandomMask? Of(OnnxGraph graph, IReadOnlyDictionary<string, ConstantTensor> inputs)
    {
        // Constants may stand as nodes before it.
        if (graph.Nodes.Where(node => node.Operator != "Constant").ToArray() is not [{ Operator: "Dropout", Domain: "" } node])
        {
            return null;
        }

        double? Number(int input)
        {
            if (node.Input(input) is not { } name)
            {
                return null;
            }

            ConstantTensor? value = inputs.GetValueOrDefault(name) ?? graph.Initializers.GetValueOrDefault(name)
                ?? graph.Nodes.FirstOrDefault(constant => constant.Output(0) == name)?.Attributes.Tensor("value");
            if (value is null)
            {
                return null;
            }

            using Tensor held = TorchTensors.ToTorch(value);
            return TorchTensors.ReadNumber(held);
        }

        double ratio = Number(1) ?? DropoutAttributes.DefaultRatio;
        return Number(2) is { } training && training != 0 && ratio > 0 && node.Input(0) is { } data && inputs.ContainsKey(data) ? new(node, ratio) : null;
    }

    /// <summary>Executes the graph and compares what is certain.</summary>
    public (double LargestError, string? Difference) Compare(OnnxGraph graph, IReadOnlyDictionary<string, ConstantTensor> inputs, IReadOnlyList<(string File, ConstantTensor Tensor)> expected)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradients = no_grad();
        // The seed names a draw of one runtime's generator; another generator has another draw.
        OnnxGraph drawn = new(
            graph.Inputs,
            graph.Outputs,
            graph.Nodes.Select(node => node == _dropout ? new(node.Operator, node.Inputs, node.Outputs, node.Attributes.Without("seed"), node.Name) : node),
            graph.Initializers,
            graph.Opset);
        IReadOnlyDictionary<string, Tensor> outputs = CaseRunner.ExecuteInTorch(drawn, inputs);
        using Tensor held = TorchTensors.ToTorch(inputs[_dropout.Inputs[0]]);
        Tensor kept = outputs[graph.Outputs[0].Name].ne(0);
        for (int i = 0; i < expected.Count; i++)
        {
            string name = graph.Outputs[i].Name;
            // Where the input is 0, only the mask says whether it was dropped.
            using Tensor wanted = name == _dropout.Output(0)
                ? where(kept, held / (1 - Math.Min(_ratio, LargestRatio)), zeros_like(held))
                : where(held.eq(0), outputs[name], kept);
            ConstantTensor reference = TorchTensors.ToConstant(wanted);
            if (reference.Element != expected[i].Tensor.Element || !reference.Sizes.SequenceEqual(expected[i].Tensor.Sizes))
            {
                return (double.NaN, $"output '{name}' is {reference.Element}{reference.Shape}; expected is {expected[i].Tensor.Element}{expected[i].Tensor.Shape}");
            }

            OutputComparison comparison = OutputComparison.Of(outputs[name], reference, name);
            if (comparison.Difference is not null)
            {
                return (comparison.LargestError, comparison.Difference);
            }
        }

        return (0, null);
    }
}
