using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;

namespace GradientDynamics.Onnx.Gradients.Rules;

/// <summary>
/// Standardised values x̂ = (X − m)·r with m the mean and r = 1 / √(v + offset) over axes: a gradient g with respect to x̂ is
/// r·(g − mean g − x̂·mean(g·x̂)) with respect to X. Without m, as in RMSNormalization, the first mean falls away.
/// </summary>
internal static class Standardization
{
    public static string Backward(GradientGraph graph, string gradient, string standardized, string inverseDeviation, ReadOnlySpan<long> axes, bool centered = true)
    {
        string slope = graph.ReduceMean(graph.Add("Mul", gradient, standardized), axes);
        string kept = centered ? graph.Add("Sub", gradient, graph.ReduceMean(gradient, axes)) : gradient;
        return graph.Add("Mul", inverseDeviation, graph.Add("Sub", kept, graph.Add("Mul", standardized, slope)));
    }

    // 1 / √(mean of squares + offset).
    public static string InverseDeviation(GradientGraph graph, ElementType element, string centered, double offset, ReadOnlySpan<long> axes)
    {
        string variance = graph.ReduceMean(graph.Add("Mul", centered, centered), axes);
        return graph.Add("Reciprocal", graph.Add("Sqrt", graph.Add("Add", variance, graph.Scalar(element, offset))));
    }

    // The axes from the one given to the last.
    public static long[] AxesFrom(long axis, int rank) => [.. Enumerable.Range((int)(axis < 0 ? axis + rank : axis), rank - (int)(axis < 0 ? axis + rank : axis)).Select(each => (long)each)];

    // Half precision is computed in single precision, as in the forward node.
    public static ElementType ComputedType(ElementType element) => element is ElementType.Float16 or ElementType.BFloat16 ? ElementType.Float : element;

    public static string Converted(GradientGraph graph, string value, ElementType from, ElementType to) => from == to ? value : graph.Cast(value, to);
}

/// <summary>
/// Y = scale·x̂ + bias with x̂ standardised over the last axes; the forward node's Mean m and InvStdDev r are used. Of n elements, m has the slope 1/n and r the slope −r²·x̂/n.
/// </summary>
internal static class LayerNormalizationGradient
{
    private const int Mean = 1;
    private const int InverseDeviation = 2;

    public static void Emit(GradientContext node)
    {
        GradientGraph graph = node.Graph;
        LayerNormalizationAttributes normalization = LayerNormalizationAttributes.Of(node.Node);
        TensorShape shape = node.InputShape(0);
        long[] axes = Standardization.AxesFrom(normalization.Axis, shape.Rank);
        ElementType own = node.Element;
        ElementType element = Standardization.ComputedType(own);
        string x = Standardization.Converted(graph, node.Input(0), own, element);
        string? output = node.HasOutputGradient(0) ? Standardization.Converted(graph, node.OutputGradient(), own, element) : null;

        // Mean and InvStdDev are of single precision always.
        bool stashed = element == ElementType.Float;
        string centered = graph.Add("Sub", x, stashed ? node.ForwardOutput(Mean) : graph.ReduceMean(x, axes));
        string inverse = stashed ? node.ForwardOutput(InverseDeviation) : Standardization.InverseDeviation(graph, element, centered, normalization.VarianceOffset, axes);
        string standardized = graph.Add("Mul", centered, inverse);
        if (node.NeedsGradient(0))
        {
            List<string> parts = [];
            if (output is not null)
            {
                string gradient = graph.Add("Mul", output, Standardization.Converted(graph, node.Input(1), own, element));
                parts.Add(Standardization.Backward(graph, gradient, standardized, inverse, axes));
            }

            if (node.HasOutputGradient(Mean))
            {
                string toMean = graph.Add("Div", OfStatistic(Mean), Count());
                parts.Add(graph.Add("Expand", toMean, graph.Add("Shape", node.Input(0))));
            }

            if (node.HasOutputGradient(InverseDeviation))
            {
                string slope = graph.Add("Neg", graph.Add("Div", graph.Add("Mul", OfStatistic(InverseDeviation), graph.Add("Mul", inverse, inverse)), Count()));
                parts.Add(graph.Add("Mul", standardized, slope));
            }

            string back = parts.Aggregate((sum, part) => graph.Add("Add", sum, part));
            node.SetInputGradient(0, Standardization.Converted(graph, back, element, own));
        }

        if (output is not null && node.NeedsGradient(1))
        {
            node.SetBroadcastInputGradient(1, Standardization.Converted(graph, graph.Add("Mul", output, standardized), element, own));
        }

        if (output is not null && node.NeedsGradient(2))
        {
            node.SetBroadcastInputGradient(2, node.OutputGradient());
        }

        string OfStatistic(int index) => Standardization.Converted(graph, node.OutputGradient(index), ElementType.Float, element);

        // How many elements a statistic is of.
        string Count()
        {
            Dimension[] sizes = [.. axes.Select(axis => shape[(int)axis])];
            if (Array.TrueForAll(sizes, size => size.Value is not null))
            {
                return graph.Scalar(element, sizes.Aggregate(1.0, (product, size) => product * size.Value!.Value));
            }

            string all = graph.Cast(graph.Add("Size", x), element);
            return graph.Add("Div", all, graph.Cast(graph.Add("Size", inverse), element));
        }
    }
}

/// <summary>Y = scale·x̂ with x̂ = X / √(mean of X² + offset) over the last axes.</summary>
internal static class RmsNormalizationGradient
{
    public static void Emit(GradientContext node)
    {
        GradientGraph graph = node.Graph;
        LayerNormalizationAttributes normalization = LayerNormalizationAttributes.Of(node.Node);
        long[] axes = Standardization.AxesFrom(normalization.Axis, node.InputShape(0).Rank);
        ElementType own = node.InputElement(0);
        ElementType element = Standardization.ComputedType(own);
        string x = Standardization.Converted(graph, node.Input(0), own, element);
        string output = Standardization.Converted(graph, node.OutputGradient(), node.Element, element);
        string inverse = Standardization.InverseDeviation(graph, element, x, normalization.VarianceOffset, axes);
        string standardized = graph.Add("Mul", x, inverse);
        if (node.NeedsGradient(0))
        {
            string gradient = graph.Add("Mul", output, Standardization.Converted(graph, node.Input(1), node.Element, element));
            string back = Standardization.Backward(graph, gradient, standardized, inverse, axes, centered: false);
            node.SetInputGradient(0, Standardization.Converted(graph, back, element, own));
        }

        if (node.NeedsGradient(1))
        {
            node.SetBroadcastInputGradient(1, Standardization.Converted(graph, graph.Add("Mul", output, standardized), element, node.Element));
        }
    }
}

/// <summary>Y = scale·x̂ + bias per channel, x̂ standardised over each group of channels; an instance is a group of one channel.</summary>
internal static class GroupNormalizationGradient
{
    public static void Emit(GradientContext node)
    {
        GroupNormalizationAttributes normalization = GroupNormalizationAttributes.Of(node.Node);
        Emit(node, normalization.Groups, normalization.VarianceOffset);
    }

    public static void EmitInstance(GradientContext node)
    {
        TensorShape x = node.InputShape(0);
        long channels = (x[1].Value ?? node.InputShape(1)[0].Value) ?? throw node.Unsupported($"its input is {x}; a fixed number of channels is accepted");
        Emit(node, channels, InstanceNormalizationAttributes.Of(node.Node).VarianceOffset);
    }

    private static void Emit(GradientContext node, long groups, double offset)
    {
        GradientGraph graph = node.Graph;
        TensorShape shape = node.InputShape(0);
        ElementType own = node.Element;
        ElementType element = Standardization.ComputedType(own);
        long[] axes = [2];
        string grouped = graph.Reshape(Standardization.Converted(graph, node.Input(0), own, element), 0, groups, -1);
        string output = Standardization.Converted(graph, node.OutputGradient(), own, element);
        string centered = graph.Add("Sub", grouped, graph.ReduceMean(grouped, axes));
        string inverse = Standardization.InverseDeviation(graph, element, centered, offset, axes);
        string standardized = graph.Add("Mul", centered, inverse);
        if (node.NeedsGradient(0))
        {
            string scale = graph.Unsqueeze(Standardization.Converted(graph, node.Input(1), own, element), [.. Enumerable.Range(1, shape.Rank - 2).Select(axis => (long)axis)]);
            string gradient = graph.Reshape(graph.Add("Mul", output, scale), 0, groups, -1);
            string back = graph.ReshapeLike(Standardization.Backward(graph, gradient, standardized, inverse, axes), node.Input(0), shape);
            node.SetInputGradient(0, Standardization.Converted(graph, back, element, own));
        }

        long[] allButChannels = [0, .. Enumerable.Range(2, shape.Rank - 2).Select(axis => (long)axis)];
        if (node.NeedsGradient(1))
        {
            string product = graph.Add("Mul", output, graph.ReshapeLike(standardized, node.Input(0), shape));
            node.SetInputGradient(1, Standardization.Converted(graph, graph.ReduceSum(product, allButChannels, keepDimensions: false), element, own));
        }

        if (node.NeedsGradient(2))
        {
            node.SetInputGradient(2, graph.ReduceSum(node.OutputGradient(), allButChannels, keepDimensions: false));
        }
    }
}

/// <summary>
/// Y = (X − m) / (s + offset) with s = √(mean of (X − m)²) over axes: dX = (dY − mean dY) / (s + offset) − Y·mean(dY·Y) / s. Where s is 0, so is Y.
/// </summary>
internal static class MeanVarianceNormalizationGradient
{
    // Below any deviation but 0.
    private const double Smallest = 1e-30;

    public static void Emit(GradientContext node)
    {
        GradientGraph graph = node.Graph;
        ElementType own = node.Element;
        ElementType element = Standardization.ComputedType(own);
        long[] axes = [.. MeanVarianceNormalizationAttributes.Of(node.Node).Axes];
        string x = Standardization.Converted(graph, node.Input(0), own, element);
        string y = Standardization.Converted(graph, node.Output(), own, element);
        string output = Standardization.Converted(graph, node.OutputGradient(), own, element);
        string centered = graph.Add("Sub", x, graph.ReduceMean(x, axes));
        string deviation = graph.Add("Sqrt", graph.ReduceMean(graph.Add("Mul", centered, centered), axes));
        string direct = graph.Add(
            "Div",
            graph.Add("Sub", output, graph.ReduceMean(output, axes)),
            graph.Add("Add", deviation, graph.Scalar(element, MeanVarianceNormalizationAttributes.DeviationOffset)));
        string slope = graph.Add("Div", graph.ReduceMean(graph.Add("Mul", output, y), axes), graph.Add("Max", deviation, graph.Scalar(element, Smallest)));
        string back = graph.Add("Sub", direct, graph.Add("Mul", y, slope));
        node.SetInputGradient(0, Standardization.Converted(graph, back, element, own));
    }
}
