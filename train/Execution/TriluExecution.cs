using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;
using TorchSharp;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Execution;

/// <summary>Trilu: the upper or the lower triangle of each matrix.</summary>
internal static class TriluExecution
{
    public static NodeExecution Compile(GraphNode node)
    {
        bool upper = TriluAttributes.Of(node).Upper;
        return call =>
        {
            // No diagonal lies farther out than the matrix is wide or high.
            long most = call[0].shape.Max() + 1;
            long diagonal = call.Has(1) ? Math.Clamp(call.Integers(1)[0], -most, most) : 0;
            call.Return(upper ? call[0].triu(diagonal) : call[0].tril(diagonal));
        };
    }
}

/// <summary>EyeLike: 1 on a diagonal, 0 elsewhere.</summary>
internal static class EyeLikeExecution
{
    public static NodeExecution Compile(GraphNode node)
    {
        (ElementType? type, long diagonal) = EyeLikeAttributes.Of(node);
        return call =>
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor x = call[0];
            long most = x.shape.Max() + 1;
            long along = Math.Clamp(diagonal, -most, most);
            Tensor filled = ones(x.shape, type is { } wanted ? call.TypeOf(wanted) : x.dtype, x.device);
            call.Return(filled.triu(along).tril(along).MoveToOuterDisposeScope());
        };
    }
}

/// <summary>NonZero: the positions of what is not 0, a row for each dimension.</summary>
internal static class NonZeroExecution
{
    public static Tensor Run(Tensor x)
    {
        using Tensor positions = x.nonzero();
        return positions.t();
    }
}
