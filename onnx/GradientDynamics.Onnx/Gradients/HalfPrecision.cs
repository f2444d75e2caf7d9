using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Gradients;

/// <summary>
/// Losses and gradients of models in half precision. The loss is computed from the logits in single precision. Gradients of a confident
/// network are far below what Float16 holds (the smallest is 6e-8), so that each example's is divided by the sum of its magnitudes before
/// the backward pass and multiplied by it again, in single precision, behind it: the pass is linear. Loss and gradient are given in single precision.
/// </summary>
/// <param name="graph">The graph that receives the nodes.</param>
/// <param name="logits">Type of the logits.</param>
/// <param name="input">Type of the differentiated input.</param>
internal sealed class HalfPrecision(GradientGraph graph, TensorType logits, TensorType input)
{
    private string? _scale;

    /// <summary>Type in which losses and their gradient with respect to the logits are computed.</summary>
    public TensorType LossType => logits with { Element = Wide(logits.Element) };

    /// <summary>Element type of the gradient with respect to the input.</summary>
    public ElementType GradientElement => Wide(input.Element);

    /// <summary>The logits in the type of the loss.</summary>
    public string Widen(string value) => LossType.Element == logits.Element ? value : graph.Cast(value, LossType.Element);

    /// <summary>The loss' gradient in the type of the logits, each example's magnitudes of sum 1 where they are of half precision.</summary>
    public string Narrow(string gradient)
    {
        if (LossType.Element == logits.Element)
        {
            return gradient;
        }

        long[] axes = [.. Enumerable.Range(1, logits.Shape!.Rank - 1).Select(axis => (long)axis)];
        string magnitude = graph.Add("Abs", gradient);
        string total = axes.Length == 0 ? magnitude : graph.ReduceSum(magnitude, axes);
        string isZero = graph.Add("Equal", total, graph.Scalar(LossType.Element, 0));
        _scale = graph.Add("Where", isZero, graph.Scalar(LossType.Element, 1), total);
        return graph.Cast(graph.Add("Div", gradient, _scale), logits.Element);
    }

    /// <summary>The gradient with respect to the input, in its own scale.</summary>
    public string Restore(string gradient)
    {
        string wide = GradientElement == input.Element ? gradient : graph.Cast(gradient, GradientElement);
        if (_scale is null)
        {
            return wide;
        }

        int rank = input.Shape?.Rank ?? throw new InvalidModelException("The differentiated input has no known rank, which a gradient of half precision needs.");
        string perExample = graph.Reshape(_scale, [-1, .. Enumerable.Repeat(1L, Math.Max(0, rank - 1))]);
        return graph.Add("Mul", wide, GradientElement == LossType.Element ? perExample : graph.Cast(perExample, GradientElement));
    }

    private static ElementType Wide(ElementType element) => element is ElementType.Float16 or ElementType.BFloat16 ? ElementType.Float : element;
}
