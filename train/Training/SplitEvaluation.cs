using GradientDynamics.Train.Execution;
using GradientDynamics.Train.Objectives;
using TorchSharp;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Training;

/// <summary>Classifies a split in evaluation mode.</summary>
internal static class SplitEvaluation
{
    // Large enough that the cost per batch vanishes, small enough that the activations of a small image network stay within a few hundred megabytes.
    private const int BatchSize = 1000;

    /// <summary>Loss and accuracies of the split. The module is in evaluation mode afterwards.</summary>
    public static SplitMetrics Evaluate(GraphModule module, SplitTensors split, IReadOnlyList<double> trainingShares, CancellationToken cancellationToken)
    {
        module.eval();
        using IDisposable noGradients = no_grad();
        bool[] correct = new bool[split.Data.Count];
        double loss = 0;
        for (int start = 0; start < correct.Length; start += BatchSize)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using DisposeScope scope = NewDisposeScope();
            int count = Math.Min(BatchSize, correct.Length - start);
            Batch batch = split.Range(start, count, step: 0);
            Tensor logits = module.forward(batch.Inputs);
            loss += ClassificationLoss.CrossEntropy(logits, batch.Labels).item<float>() * (double)count;
            ReadCorrect(logits, batch.Labels, correct.AsSpan(start, count));
        }

        return SplitMetrics.Of(split.Data.Description, loss / correct.Length, split.Groups, correct, trainingShares);
    }

    /// <summary>Says for each example whether its prediction is its label.</summary>
    public static void ReadCorrect(Tensor logits, Tensor labels, Span<bool> correct) => ClassificationLoss.Predict(logits).eq(labels).data<bool>().CopyTo(correct);
}
