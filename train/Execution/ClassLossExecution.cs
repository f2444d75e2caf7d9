using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;
using TorchSharp;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Execution;

/// <summary>NegativeLogLikelihoodLoss, and SoftmaxCrossEntropyLoss, which is that of LogSoftmax.</summary>
internal static class ClassLossExecution
{
    public static NodeExecution Compile(GraphNode node)
    {
        ClassLossAttributes loss = ClassLossAttributes.Of(node);
        return call =>
        {
            using DisposeScope scope = NewDisposeScope();
            call.Return(Loss(loss, call[0], call).MoveToOuterDisposeScope());
        };
    }

    public static NodeExecution CompileCrossEntropy(GraphNode node)
    {
        ClassLossAttributes loss = ClassLossAttributes.Of(node);
        return call =>
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor logarithms = call[0].log_softmax(1);
            call.Return(Loss(loss, logarithms, call).MoveToOuterDisposeScope());
            if (call.Wants(1))
            {
                call.Return(logarithms.MoveToOuterDisposeScope(), 1);
            }
        };
    }

    private static Tensor Loss(ClassLossAttributes loss, Tensor logarithms, NodeCall call)
    {
        Tensor labels = call[1].to(ScalarType.Int64);
        Tensor? ignored = loss.IgnoredLabel is { } label ? labels.eq(label) : null;
        Tensor classes = ignored is null ? labels : labels.masked_fill(ignored, 0);
        Tensor weights = call.At(2) is { } given ? given.index_select(0, classes.reshape(-1)).reshape(classes.shape) : ones(classes.shape, logarithms.dtype, logarithms.device);
        Tensor losses = logarithms.gather(1, classes.unsqueeze(1)).squeeze(1).neg() * weights;
        if (ignored is not null)
        {
            weights = weights.masked_fill(ignored, 0);
            losses = losses.masked_fill(ignored, 0);
        }

        return loss.Reduction switch
        {
            LossReduction.None => losses,
            LossReduction.Sum => losses.sum(),
            _ => losses.sum() / weights.sum(),
        };
    }
}
