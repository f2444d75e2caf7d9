using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Gradients;

/// <summary>
/// Quantized integers between QuantizeLinear and DequantizeLinear. A gradient passes them although they are integers: it is taken with
/// respect to the number that they are, in single precision.
/// </summary>
internal static class QuantizedValues
{
    // Their rules move gradients and do not ask what the elements are.
    private static readonly string[] Moving = ["Concat", "Flatten", "Identity", "Reshape", "Squeeze", "Transpose", "Unsqueeze"];

    /// <summary>Element type of gradients with respect to quantized integers.</summary>
    public static ElementType GradientElement => ElementType.Float;

    /// <summary>Whether an integer output carries a gradient, where <paramref name="ofQuantized"/> says whether the first input is a quantized integer that does.</summary>
    public static bool Carries(GraphNode node, int output, bool ofQuantized) => node.Domain.Length == 0 && output == 0
        && (node.Operator is "QuantizeLinear" or "DynamicQuantizeLinear" || (ofQuantized && (node.Operator == "Cast" || Moving.Contains(node.Operator))));

    /// <summary>Whether a floating-point output counts as a constant: the scale that DynamicQuantizeLinear takes from its input's range.</summary>
    public static bool IsSetting(GraphNode node, int output) => node is { Domain: "", Operator: "DynamicQuantizeLinear" } && output > 0;

    /// <summary>Refuses an operator that computes with quantized integers, through which no gradient is defined.</summary>
    /// <exception cref="UnsupportedOperatorException">It has such an input; the message names the node and the input.</exception>
    public static void RequireAccepted(GraphNode node, IEnumerable<string> quantizedInputs)
    {
        if (quantizedInputs.FirstOrDefault() is { } input && !(node.Domain.Length == 0 && (node.Operator is "DequantizeLinear" or "Cast" or "CastLike" || Moving.Contains(node.Operator))))
        {
            throw new UnsupportedOperatorException(
                $"Node {node} cannot be differentiated: its input '{input}' holds quantized integers, which DequantizeLinear, Cast, CastLike, {string.Join(", ", Moving)} may take.");
        }
    }
}
