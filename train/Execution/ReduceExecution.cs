using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;
using TorchSharp;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Execution;

/// <summary>What the reductions have in common: axes as an operand, none given means all, unless noop_with_empty_axes.</summary>
internal static class Reduction
{
    public static NodeExecution Compile(GraphNode node, Func<Tensor, int[], bool, Tensor> reduce)
    {
        (bool keep, bool nothingWithoutAxes) = ReductionAttributes.Of(node);
        return call =>
        {
            Tensor x = call[0];
            int rank = (int)x.dim();
            long[] given = call.Has(1) ? call.Integers(1) : [];
            if (given.Length == 0 && nothingWithoutAxes)
            {
                call.Return(x.alias());
                return;
            }

            int[] axes = given.Length == 0 ? Axes.All(rank) : Axes.Of(given, rank, node);
            call.Return(reduce(x, axes, keep));
        };
    }

    /// <summary>Sizes of the result.</summary>
    public static long[] Sizes(Tensor x, int[] axes, bool keep)
    {
        long[] sizes = x.shape;
        return keep
            ? [.. sizes.Select((size, axis) => axes.Contains(axis) ? 1 : size)]
            : [.. sizes.Where((_, axis) => !axes.Contains(axis))];
    }
}

/// <summary>ReduceSum.</summary>
internal static class ReduceSumExecution
{
    public static NodeExecution Compile(GraphNode node) => Reduction.Compile(node, Run);

    private static Tensor Run(Tensor x, int[] axes, bool keep) => x.sum([.. axes.Select(axis => (long)axis)], keep, x.dtype);
}

/// <summary>ReduceMean.</summary>
internal static class ReduceMeanExecution
{
    public static NodeExecution Compile(GraphNode node) => Reduction.Compile(node, Run);

    private static Tensor Run(Tensor x, int[] axes, bool keep)
    {
        if (x.is_floating_point())
        {
            return x.mean([.. axes.Select(axis => (long)axis)], keep);
        }

        using Tensor real = x.to(ScalarType.Float64);
        using Tensor mean = real.mean([.. axes.Select(axis => (long)axis)], keep);
        return mean.to(x.dtype);
    }
}

/// <summary>ReduceMax. Equal maxima share the gradient equally; an empty set has the type's lowest value.</summary>
internal static class ReduceMaxExecution
{
    public static NodeExecution Compile(GraphNode node) => Reduction.Compile(node, Run);

    private static Tensor Run(Tensor x, int[] axes, bool keep)
    {
        if (x.numel() == 0 && axes.Any(axis => x.shape[axis] == 0))
        {
            return full(Reduction.Sizes(x, axes, keep), Lowest(x.dtype), x.dtype, x.device);
        }

        if (axes.Length == 0)
        {
            return x.alias();
        }

        return x.amax([.. axes.Select(axis => (long)axis)], keep);
    }

    private static Scalar Lowest(ScalarType type) => type switch
    {
        ScalarType.Int64 => long.MinValue,
        ScalarType.Int32 => int.MinValue,
        ScalarType.Int16 => short.MinValue,
        ScalarType.Int8 => sbyte.MinValue,
        ScalarType.Byte or ScalarType.Bool => 0,
        _ => double.NegativeInfinity,
    };
}

/// <summary>ArgMax: the first or the last position of the maximum along an axis.</summary>
internal static class ArgMaxExecution
{
    public static NodeExecution Compile(GraphNode node)
    {
        (long axis, bool keep, bool last) = ArgMaxAttributes.Of(node);
        return call =>
        {
            Tensor x = call[0];
            int along = Axes.Of(axis, (int)x.dim(), node);
            if (!last)
            {
                call.Return(x.argmax(along, keep));
                return;
            }

            using Tensor reversed = x.flip(along);
            using Tensor fromBack = reversed.argmax(along, keep);
            using Tensor negated = fromBack.neg();
            call.Return(negated + (x.shape[along] - 1));
        };
    }
}
