using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;

namespace GradientDynamics.Onnx.Gradients.Rules;

/// <summary>
/// Y = round(X / scale) + zero point, saturated: straight through the rounding, dX = dY / scale; 0 where Y is saturated, as in PyTorch's
/// fake quantization. The scale counts as a constant.
/// </summary>
internal static class QuantizeGradient
{
    public static void Emit(GradientContext node)
    {
        node.RequireNoGradient(1, "scale");
        node.RecordStraightThrough();
        GradientGraph graph = node.Graph;
        QuantizationAttributes quantization = QuantizationAttributes.Of(node.Node);
        ElementType element = node.InputElement(0);
        ElementType scaleElement = node.InputElement(1);
        ElementType dividing = quantization.Precision == ElementType.Undefined ? scaleElement : quantization.Precision;
        Term scale = new(graph, dividing, QuantizedScale.Emit(node, quantization, 1, dividing));
        Term x = new(graph, dividing, element == dividing ? node.Input(0) : graph.Cast(node.Input(0), dividing));

        // What the quotient was rounded to, in single precision, which holds every quantized number.
        string rounded = (x / scale).Of("Round").Name;
        Term number = new(graph, QuantizedValues.GradientElement, dividing == QuantizedValues.GradientElement ? rounded : graph.Cast(rounded, QuantizedValues.GradientElement));
        if (node.Node.Input(2) is not null)
        {
            number += number with { Name = QuantizedScale.Emit(node, quantization, 2, number.Element) };
        }

        (long least, long greatest) = QuantizationAttributes.RangeOf(node.Element);
        Term inside = number.With("GreaterOrEqual", number.Number(least)).With("And", number.With("LessOrEqual", number.Number(greatest)));
        Term gradient = new(graph, number.Element, node.OutputGradient());
        Term divisor = dividing == number.Element ? scale : new(graph, number.Element, graph.Cast(scale.Name, number.Element));
        Pass(node, inside.Choose(gradient / divisor, gradient.Number(0)));
    }

    /// <summary>DynamicQuantizeLinear: its range is the data's own, so that nothing saturates.</summary>
    public static void EmitDynamic(GradientContext node)
    {
        node.RecordStraightThrough();
        Pass(node, new Term(node.Graph, QuantizedValues.GradientElement, node.OutputGradient()) / new Term(node.Graph, ElementType.Float, node.Output(1)));
    }

    private static void Pass(GradientContext node, Term gradient) =>
        node.SetInputGradient(0, node.InputElement(0) == gradient.Element ? gradient.Name : node.Graph.Cast(gradient.Name, node.InputElement(0)));
}

/// <summary>Y = (X − zero point)·scale: dX = dY·scale, with respect to the integers X as numbers.</summary>
internal static class DequantizeGradient
{
    public static void Emit(GradientContext node)
    {
        node.RequireNoGradient(1, "scale");
        ElementType element = QuantizedValues.GradientElement;
        string gradient = node.Element == element ? node.OutputGradient() : node.Graph.Cast(node.OutputGradient(), element);
        Term scale = new(node.Graph, element, QuantizedScale.Emit(node, QuantizationAttributes.Of(node.Node), 1, element));
        node.SetInputGradient(0, (scale with { Name = gradient } * scale).Name);
    }
}

/// <summary>A scale or zero point in a shape that broadcasts to the data.</summary>
internal static class QuantizedScale
{
    public static string Emit(GradientContext node, QuantizationAttributes quantization, int operand, ElementType element)
    {
        GradientGraph graph = node.Graph;
        TensorShape shape = node.InputShape(operand);
        string value = node.InputElement(operand) == element ? node.Input(operand) : graph.Cast(node.Input(operand), element);
        if (quantization.BlockSize == 0 && shape is { Rank: 0 })
        {
            return value;
        }

        int rank = node.InputShape(0).Rank;
        int axis = (int)(quantization.Axis < 0 ? quantization.Axis + rank : quantization.Axis);
        if (quantization.BlockSize == 0)
        {
            return shape[0].Value == 1 ? graph.Reshape(value) : graph.Unsqueeze(value, [.. Enumerable.Range(1, rank - axis - 1).Select(i => (long)i)]);
        }

        // Entry i of the axis has the scale of block i / block size.
        string positions = node.InputShape(0)[axis].Value is { } size
            ? graph.Indices([.. Enumerable.Range(0, checked((int)size)).Select(i => i / quantization.BlockSize)])
            : graph.Add("Div", graph.Add("Range", graph.Index(0), graph.Reshape(graph.Add("Gather", graph.Add("Shape", node.Input(0)), graph.Indices(axis))), graph.Index(1)), graph.Index(quantization.BlockSize));
        return graph.Add("Gather", NodeAttributes.None.With("axis", axis), value, positions);
    }
}
