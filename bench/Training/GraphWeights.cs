using GradientDynamics.Onnx.Graph;
using static TorchSharp.torch;

namespace GradientDynamics.Bench.Training;

/// <summary>Gives a network written by hand the weights of a graph.</summary>
internal static class GraphWeights
{
    public static void CopyTo(IReadOnlyList<Tensor> parameters, IReadOnlyList<ConstantTensor> weights)
    {
        if (parameters.Count != weights.Count)
        {
            throw new ArgumentException($"The network by hand has {parameters.Count} parameters, the graph {weights.Count}.", nameof(weights));
        }

        using IDisposable noGradients = no_grad();
        for (int i = 0; i < parameters.Count; i++)
        {
            using Tensor flat = tensor(weights[i].AsSpan<float>().ToArray());
            using Tensor shaped = flat.reshape(weights[i].Sizes.ToArray());
            parameters[i].copy_(shaped);
        }
    }
}
