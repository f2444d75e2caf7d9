using GradientDynamics.Train.Execution;
using TorchSharp;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Training;

/// <summary>Runs a network over a split in evaluation mode.</summary>
internal static class SplitEvaluation
{
    // Large enough that the cost per batch vanishes, small enough that the activations of a small image network stay within a few hundred megabytes.
    private const int BatchSize = 1000;

    /// <summary>Logits of every example. The module is in evaluation mode afterwards.</summary>
    public static Predictions Predict(GraphModule module, SplitTensors split, int logitCount, CancellationToken cancellationToken)
    {
        module.eval();
        using IDisposable noGradients = no_grad();
        Predictions predictions = new(split.Data.Count, logitCount);
        for (int start = 0; start < predictions.Count; start += BatchSize)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using DisposeScope scope = NewDisposeScope();
            Batch batch = split.Range(start, Math.Min(BatchSize, predictions.Count - start), step: 0);
            predictions.Read(batch.Forward(module), start);
        }

        return predictions;
    }
}
