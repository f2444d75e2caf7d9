using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;
using TorchSharp;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Execution;

/// <summary>What the reductions have in common: axes as an operand, none given means all, unless noop_with_empty_axes.</summary>
internal static class Reduction
{
    /// <summary>A reduction over one axis or more; <paramref name="single"/> reduces every element by itself, where there is none.</summary>
    public static NodeExecution Compile(GraphNode node, Func<Tensor, int[], bool, Tensor> reduce, Func<Tensor, Tensor>? single = null)
    {
        (bool keep, bool nothingWithoutAxes) = ReductionAttributes.Of(node);
        return call =>
        {
            Tensor x = call[0];
            int rank = (int)x.dim();
            long[] given = call.Has(1) ? call.Integers(1) : [];
            int[] axes = given.Length > 0 ? Axes.Of(given, rank, node) : nothingWithoutAxes ? [] : Axes.All(rank);
            call.Return(axes.Length > 0 ? reduce(x, axes, keep) : single is null ? x.alias() : single(x));
        };
    }

    /// <summary>The tensor with all reduced axes as one axis, the last.</summary>
    public static Tensor Joined(Tensor x, int[] axes)
    {
        long[] sizes = x.shape;
        long[] others = [.. Enumerable.Range(0, sizes.Length).Where(axis => !axes.Contains(axis)).Select(axis => (long)axis)];
        using Tensor moved = x.permute([.. others, .. axes.Select(axis => (long)axis)]);
        return moved.reshape([.. others.Select(axis => sizes[axis]), axes.Aggregate(1L, (count, axis) => count * sizes[axis])]);
    }

    /// <summary>The result of a function of floating-point numbers; integers are computed in double precision and cut.</summary>
    public static Tensor InFloatingPoint(Tensor x, Func<Tensor, Tensor> function)
    {
        if (x.is_floating_point())
        {
            return function(x);
        }

        using Tensor real = x.to(ScalarType.Float64);
        using Tensor result = function(real);
        return result.to(x.dtype);
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

    private static Tensor Run(Tensor x, int[] axes, bool keep) => Reduction.InFloatingPoint(x, real => real.mean([.. axes.Select(axis => (long)axis)], keep));
}

/// <summary>ReduceMax and ReduceMin. Equal extrema share the gradient equally; an empty set has the type's lowest or highest value.</summary>
internal static class ReduceExtremumExecution
{
    public static NodeExecution CompileMax(GraphNode node) =>
        Reduction.Compile(node, (x, axes, keep) => IsEmpty(x, axes) ? Fill(x, axes, keep, Lowest(x.dtype)) : x.amax([.. axes.Select(axis => (long)axis)], keep));

    public static NodeExecution CompileMin(GraphNode node) =>
        Reduction.Compile(node, (x, axes, keep) => IsEmpty(x, axes) ? Fill(x, axes, keep, Highest(x.dtype)) : x.amin([.. axes.Select(axis => (long)axis)], keep));

    private static bool IsEmpty(Tensor x, int[] axes) => x.numel() == 0 && axes.Any(axis => x.shape[axis] == 0);

    private static Tensor Fill(Tensor x, int[] axes, bool keep, Scalar value) => full(Reduction.Sizes(x, axes, keep), value, x.dtype, x.device);

    private static Scalar Lowest(ScalarType type) => type switch
    {
        ScalarType.Int64 => long.MinValue,
        ScalarType.Int32 => int.MinValue,
        ScalarType.Int16 => short.MinValue,
        ScalarType.Int8 => sbyte.MinValue,
        ScalarType.Byte or ScalarType.Bool => 0,
        _ => double.NegativeInfinity,
    };

    private static Scalar Highest(ScalarType type) => type switch
    {
        ScalarType.Int64 => long.MaxValue,
        ScalarType.Int32 => int.MaxValue,
        ScalarType.Int16 => short.MaxValue,
        ScalarType.Int8 => sbyte.MaxValue,
        ScalarType.Byte => byte.MaxValue,
        ScalarType.Bool => 1,
        _ => double.PositiveInfinity,
    };
}

/// <summary>ReduceProd.</summary>
internal static class ReduceProductExecution
{
    public static NodeExecution Compile(GraphNode node) => Reduction.Compile(node, Run);

    private static Tensor Run(Tensor x, int[] axes, bool keep)
    {
        using Tensor joined = Reduction.Joined(x, axes);
        using Tensor product = joined.prod(joined.dim() - 1, false, x.dtype);
        return product.reshape(Reduction.Sizes(x, axes, keep));
    }
}

/// <summary>ReduceL1, ReduceL2 and ReduceSumSquare.</summary>
internal static class ReduceNormExecution
{
    public static NodeExecution CompileSumOfMagnitudes(GraphNode node) => Reduction.Compile(node, Summed(x => x.abs()), x => x.abs());

    public static NodeExecution CompileSumOfSquares(GraphNode node) => Reduction.Compile(node, Summed(x => x * x), x => x * x);

    public static NodeExecution CompileEuclidean(GraphNode node) => Reduction.Compile(
        node, (x, axes, keep) => Reduction.InFloatingPoint(x, real => linalg.vector_norm(real, 2, [.. axes.Select(axis => (long)axis)], keep)), x => x.abs());

    private static Func<Tensor, int[], bool, Tensor> Summed(Func<Tensor, Tensor> function) => (x, axes, keep) =>
    {
        using Tensor terms = function(x);
        return terms.sum([.. axes.Select(axis => (long)axis)], keep, x.dtype);
    };
}

/// <summary>ReduceLogSum and ReduceLogSumExp.</summary>
internal static class ReduceLogarithmExecution
{
    public static NodeExecution CompileOfSum(GraphNode node) => Reduction.Compile(
        node, (x, axes, keep) => Reduction.InFloatingPoint(x, real => LogarithmOfSum(real, axes, keep)), x => Reduction.InFloatingPoint(x, real => real.log()));

    public static NodeExecution CompileOfSumOfExponentials(GraphNode node) =>
        Reduction.Compile(node, (x, axes, keep) => Reduction.InFloatingPoint(x, real => LogarithmOfSumOfExponentials(real, axes, keep)));

    private static Tensor LogarithmOfSum(Tensor x, int[] axes, bool keep)
    {
        using Tensor sum = x.sum([.. axes.Select(axis => (long)axis)], keep, x.dtype);
        return sum.log();
    }

    private static Tensor LogarithmOfSumOfExponentials(Tensor x, int[] axes, bool keep)
    {
        using Tensor joined = Reduction.Joined(x, axes);
        using Tensor result = joined.logsumexp(-1);
        return result.reshape(Reduction.Sizes(x, axes, keep));
    }
}

/// <summary>ArgMax and ArgMin: the first or the last position of the extremum along an axis.</summary>
internal static class ArgMaxExecution
{
    public static NodeExecution Compile(GraphNode node) => Compile(node, (x, axis, keep) => x.argmax(axis, keep));

    public static NodeExecution CompileMin(GraphNode node) => Compile(node, (x, axis, keep) => x.argmin(axis, keep));

    private static NodeExecution Compile(GraphNode node, Func<Tensor, int, bool, Tensor> find)
    {
        (long axis, bool keep, bool last) = ArgMaxAttributes.Of(node);
        return call =>
        {
            Tensor x = call[0];
            int along = Axes.Of(axis, (int)x.dim(), node);
            if (!last)
            {
                call.Return(find(x, along, keep));
                return;
            }

            using Tensor reversed = x.flip(along);
            using Tensor fromBack = find(reversed, along, keep);
            using Tensor negated = fromBack.neg();
            call.Return(negated + (x.shape[along] - 1));
        };
    }
}
