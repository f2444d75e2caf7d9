using GradientDynamics.Train.Datasets;
using GradientDynamics.Train.Execution;
using TorchSharp;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Training;

/// <summary>Runs a network over a split in evaluation mode.</summary>
internal static class SplitEvaluation
{
    // Large enough that the cost per batch vanishes, small enough that the activations of a small image network stay within a few hundred megabytes.
    private const int LargestBatch = 1000;

    // 111 images of 3 x 224 x 224: a residual network of that size keeps some thirty times its input in its widest layers, 2 GB.
    private const long BatchElements = 1L << 24;

    // The scores of attention grow with the square of a text's length; 128 is also the batch of Idrissi et al.
    private const int LargestTextBatch = 128;

    /// <summary>Logits of every example. The module is in evaluation mode afterwards.</summary>
    public static Predictions Predict(GraphModule module, SplitTensors split, int logitCount, CancellationToken cancellationToken)
    {
        module.eval();
        using IDisposable noGradients = no_grad();
        Predictions predictions = new(split.Data.Count, logitCount);
        ReadOnlyMemory<int>[] parts = Batches(split.Data, LargestBatch, BatchElements);
        using BatchSequence batches = new(split, parts);
        foreach (ReadOnlyMemory<int> part in parts)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using DisposeScope scope = NewDisposeScope();
            predictions.Read(batches.Next(step: 0).Forward(module), part.Span);
        }

        return predictions;
    }

    /// <summary>All examples, in order unless another costs less, in batches of at most a number of examples and of elements of the input.</summary>
    public static ReadOnlyMemory<int>[] Batches(GroupedDataset data, int examples, long elements)
    {
        int size = (int)Math.Clamp(elements / data.Description.InputSize, 1, data.Description.IsText ? LargestTextBatch : examples);
        return [.. (data.Source.CheapestOrder ?? Enumerable.Range(0, data.Count)).Chunk(size).Select(chunk => (ReadOnlyMemory<int>)chunk)];
    }
}
