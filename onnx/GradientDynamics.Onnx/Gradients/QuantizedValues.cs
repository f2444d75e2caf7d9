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
        && (node.Operator is "QuantizeLinear" or "DynamicQuantizeLinear" || (ofQuantized && Moving.Contains(node.Operator)));

    /// <summary>Whether a floating-point output counts as a constant: the scale that DynamicQuantizeLinear takes from its input's range.</summary>
    public static bool IsSetting(GraphNode node, int output) => node is { Domain: "", Operator: "DynamicQuantizeLinear" } && output > 0;

    /// <summary>Refuses an operator that computes with quantized integers or makes other integers of them: no gradient is defined through it.</summary>
    /// <exception cref="UnsupportedOperatorException">It has such an input; the message names the node and the input.</exception>
    public static void RequireAccepted(GraphNode node, IEnumerable<string> quantizedInputs, bool givesIntegers)
    {
        bool accepted = node.Domain.Length == 0
            && (node.Operator == "DequantizeLinear" || Moving.Contains(node.Operator) || (node.Operator is "Cast" or "CastLike" && !givesIntegers));
        if (!accepted && quantizedInputs.FirstOrDefault() is { } input)
        {
            throw new UnsupportedOperatorException(
                $"Node {node} cannot be differentiated: its input '{input}' holds quantized integers, which DequantizeLinear, a Cast to floating-point numbers, {string.Join(", ", Moving)} may take.");
        }
    }
}
