using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Execution;

/// <summary>
/// Dropout: the input itself in evaluation; in training, or where the node's own operand asks for it, each element is 0 with
/// probability ratio and is scaled by 1 / (1 - ratio) otherwise. The random numbers are torch's, which the run's seed sets.
/// </summary>
internal static class DropoutExecution
{
    public static NodeExecution Compile(GraphNode node)
    {
        long? seed = DropoutAttributes.Of(node).Seed;
        return call => Run(seed, call);
    }

    private static void Run(long? seed, NodeCall call)
    {
        Tensor x = call[0];
        double ratio = call.Has(1) ? call.Number(1) : DropoutAttributes.DefaultRatio;
        bool drops = (call.Training || (call.Has(2) && call.Number(2) != 0)) && ratio > 0;
        if (drops && seed is not null)
        {
            throw new UnsupportedOperatorException($"Node {call.Node} cannot be trained: it has a seed of its own ({seed}); accepted is a Dropout without one, which follows the run's seed.");
        }

        if (!drops)
        {
            call.Return(x.alias());
            if (call.Wants(1))
            {
                call.Return(ones(x.shape, ScalarType.Bool, x.device), 1);
            }
        }
        else if (!call.Wants(1))
        {
            call.Return(nn.functional.dropout(x, ratio));
        }
        else
        {
            using Tensor uniform = rand(x.shape, x.dtype, x.device);
            Tensor kept = uniform.ge(ratio);
            using Tensor scale = kept.to(x.dtype);
            using Tensor masked = x * scale;
            call.Return(masked / (1 - ratio));
            call.Return(kept, 1);
        }
    }
}
