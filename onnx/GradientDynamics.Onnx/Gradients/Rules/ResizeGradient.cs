using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;

namespace GradientDynamics.Onnx.Gradients.Rules;

/// <summary>
/// Y is a linear map of X along each axis, Y = W·X (plus extrapolated values): dX = Wᵀ·dY along each axis. Where every element is repeated
/// a whole number of times, that is a sum over blocks.
/// </summary>
internal static class ResizeGradient
{
    private const int RegionInput = 1;
    private const int ScalesInput = 2;
    private const int SizesInput = 3;

    public static void Emit(GradientContext node)
    {
        ResizeAttributes resize = ResizeAttributes.Of(node.Node);
        TensorShape x = node.InputShape(0);
        int[] axes = resize.AxesFor(x.Rank);
        ResizeAxis?[] maps = Maps(node, resize, x, axes);
        int[] changed = [.. Enumerable.Range(0, axes.Length).Where(i => maps[i] is { IsIdentity: false })];
        GradientGraph graph = node.Graph;
        string gradient = node.OutputGradient();
        if (resize.Mode == ResizeMode.Nearest && changed.Length > 0 && changed.All(i => Repeats(resize, maps[i]!)))
        {
            node.SetInputGradient(0, OverBlocks(graph, gradient, node.OutputShape(), [.. changed.Select(i => (axes[i], maps[i]!))]));
            return;
        }

        foreach (int i in changed)
        {
            gradient = AlongAxis(graph, gradient, node.Element, axes[i], x.Rank, maps[i]!.Weights(resize), maps[i]!);
        }

        node.SetInputGradient(0, gradient);
    }

    private static ResizeAxis?[] Maps(GradientContext node, ResizeAttributes resize, TensorShape x, int[] axes)
    {
        float[]? scales = Numbers(node, ScalesInput, "scales");
        long[]? sizes = scales is null ? Sizes(node, axes) : null;
        float[]? region = resize.Coordinates == ResizeCoordinates.CropAndResize ? Numbers(node, RegionInput, "roi") : null;
        var maps = new ResizeAxis?[axes.Length];
        if (sizes is not null && resize.Policy != ResizePolicy.Stretch)
        {
            maps = ResizeAxis.ToSizes(resize, [.. axes.Select(axis => Known(node, x, axis))], sizes);
        }
        else
        {
            for (int i = 0; i < axes.Length; i++)
            {
                // An axis whose size is not known stays as it is, or cannot be followed.
                bool same = scales?[i] == 1 || (sizes is not null && sizes[i] < 0);
                maps[i] = same && region is null ? null
                    : scales is not null ? ResizeAxis.ByScales([Known(node, x, axes[i])], [scales[i]])[0]
                    : ResizeAxis.ToSizes(resize, [Known(node, x, axes[i])], [sizes![i]])[0];
            }
        }

        return region is null ? maps : [.. maps.Select((map, i) => map! with { RegionStart = region[i], RegionEnd = region[axes.Length + i] })];
    }

    // The output's sizes along the axes; -1 where it is the input's, known by its name.
    private static long[] Sizes(GradientContext node, int[] axes)
    {
        if (node.Constant(SizesInput) is { } constant && ResizeAttributes.Of(node.Node).Policy != ResizePolicy.Stretch)
        {
            return constant.AsSpan<long>().ToArray();
        }

        TensorShape x = node.InputShape(0);
        TensorShape y = node.OutputShape();
        return [.. axes.Select(axis => y[axis].Value
            ?? (y[axis].Symbol is not null && y[axis] == x[axis] ? -1 : throw node.Unsupported($"its output {y} has no fixed size along axis {axis}; constant scales or sizes are accepted")))];
    }

    private static long Known(GradientContext node, TensorShape x, int axis) =>
        x[axis].Value ?? throw node.Unsupported($"its input {x} has no fixed size along axis {axis}, which is resized; a fixed size is accepted");

    private static float[]? Numbers(GradientContext node, int index, string what) => node.Node.Input(index) is null ? null
        : node.Constant(index) is { Element: ElementType.Float } constant ? constant.AsSpan<float>().ToArray()
        : throw node.Unsupported($"its {what} '{node.Input(index)}' is computed; a constant is accepted");

    // Whether every element of the input is repeated equally often, one after the other.
    private static bool Repeats(ResizeAttributes resize, ResizeAxis map) =>
        map.From > 0 && map.To % map.From == 0 && map.Nearest(resize).Index().All(pair => pair.Item == pair.Index / (map.To / map.From));

    private static string OverBlocks(GradientGraph graph, string gradient, TensorShape shape, (int Axis, ResizeAxis Map)[] changed)
    {
        // [..., size, repetitions, ...]: a 0 copies the size of an axis in front of the first that is divided; at most one behind may vary.
        List<long> sizes = [];
        List<long> repetitions = [];
        for (int axis = 0; axis < shape.Rank; axis++)
        {
            if (Array.Find(changed, each => each.Axis == axis).Map is { } map)
            {
                sizes.Add(map.From);
                repetitions.Add(sizes.Count);
                sizes.Add(map.To / map.From);
            }
            else
            {
                sizes.Add(shape[axis].Value ?? (repetitions.Count == 0 ? 0 : -1));
            }
        }

        return graph.ReduceSum(graph.Reshape(gradient, [.. sizes]), [.. repetitions], keepDimensions: false);
    }

    private static string AlongAxis(GradientGraph graph, string gradient, ElementType element, int axis, int rank, double[] weights, ResizeAxis map)
    {
        // dY·W where the axis is the last, Wᵀ·dY where it is the last but one; another is exchanged with the last.
        if (axis == rank - 2)
        {
            var transposed = new double[weights.Length];
            for (long row = 0; row < map.To; row++)
            {
                for (long column = 0; column < map.From; column++)
                {
                    transposed[(column * map.To) + row] = weights[(row * map.From) + column];
                }
            }

            return graph.Add("MatMul", Matrix(graph, element, transposed, map.From, map.To), gradient);
        }

        string matrix = Matrix(graph, element, weights, map.To, map.From);
        if (axis == rank - 1)
        {
            return graph.Add("MatMul", gradient, matrix);
        }

        long[] exchange = [.. Enumerable.Range(0, rank).Select(each => (long)each)];
        (exchange[axis], exchange[^1]) = (exchange[^1], exchange[axis]);
        NodeAttributes attributes = NodeAttributes.None.With("perm", exchange);
        return graph.Add("Transpose", attributes, graph.Add("MatMul", graph.Add("Transpose", attributes, gradient), matrix));
    }

    // In double precision, and cast in the graph: in whatever precision that is executed, the weights are rounded once.
    private static string Matrix(GradientGraph graph, ElementType element, double[] numbers, long rows, long columns)
    {
        string matrix = graph.Constant(ConstantTensor.Of<double>(numbers, rows, columns));
        return element == ElementType.Double ? matrix : graph.Cast(matrix, element);
    }
}
