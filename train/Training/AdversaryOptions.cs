using GradientDynamics.Onnx.Graph;
using GradientDynamics.Train.Datasets;
using GradientDynamics.Train.Execution;
using GradientDynamics.Train.Objectives;
using TorchSharp;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Training;

/// <summary>
/// Projected gradient ascent on the cross-entropy within an L∞ ball, without a random start, for choosing an epoch during training. Audits measure robustness with stronger attacks.
/// </summary>
/// <remarks>Madry et al., 2018, https://arxiv.org/abs/1706.06083.</remarks>
public sealed record AdversaryOptions
{
    /// <summary>Radius of the ball, in input units.</summary>
    public required double Epsilon { get; init { NumberGuards.ThrowIfNotPositive(value, nameof(Epsilon)); field = value; } }

    /// <summary>Steps. Default 10, as in the code of Pezeshki et al., 2021, table 1.</summary>
    public int Steps
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, nameof(Steps));
            field = value;
        }
    } = 10;

    /// <summary>Step size as a part of the radius. Default 0.1, as in the same code.</summary>
    public double RelativeStepSize { get; init { NumberGuards.ThrowIfNotPositive(value, nameof(RelativeStepSize)); field = value; } } = 0.1;
}

/// <summary>Accuracy of a network on perturbed inputs.</summary>
internal static class AdversarialEvaluation
{
    // Gradients keep the activations of a whole batch alive.
    private const int LargestBatch = 250;

    // 27 images of 3 x 224 x 224: a residual network of that size keeps some 50 times the input for the gradient, 1 GB.
    private const long BatchElements = 1L << 22;

    /// <summary>Share of the split's examples that are classified right at the end of the ascent. The module is in evaluation mode afterwards.</summary>
    public static double Accuracy(GraphModule module, SplitTensors split, int logitCount, AdversaryOptions adversary, CancellationToken cancellationToken)
    {
        module.eval();
        Predictions predictions = new(split.Data.Count, logitCount);
        ReadOnlyMemory<int>[] parts = SplitEvaluation.Batches(split.Data, LargestBatch, BatchElements);
        using BatchSequence batches = new(split, parts);
        int start = 0;
        foreach (ReadOnlyMemory<int> part in parts)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using DisposeScope scope = NewDisposeScope();
            Batch batch = batches.Next(step: 0);
            Tensor perturbed = Perturb(module, batch, split.Data.Description, adversary);
            using IDisposable noGradients = no_grad();
            predictions.Read(module.forward(perturbed), start);
            start += part.Length;
        }

        return (double)predictions.Correct(split.Data.Labels).Count(correct => correct) / predictions.Count;
    }

    private static Tensor Perturb(GraphModule module, Batch batch, DatasetDescription data, AdversaryOptions adversary)
    {
        InputBounds bounds = data.Bounds ?? throw new InvalidOperationException($"The inputs of {data.Name} have no bounds.");
        Tensor lower = Bound(bounds.Lower, batch.Inputs).maximum(batch.Inputs - adversary.Epsilon);
        Tensor upper = Bound(bounds.Upper, batch.Inputs).minimum(batch.Inputs + adversary.Epsilon);
        Tensor perturbed = batch.Inputs.clone();
        for (int step = 0; step < adversary.Steps; step++)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor point = perturbed.detach().requires_grad_(true);
            // The sum over the batch: the mean's small factor could round a gradient to 0, and only its sign counts.
            Tensor loss = ClassificationLoss.PerExample(module.forward(point), batch.Labels).sum();
            Tensor gradient = autograd.grad([loss], [point])[0];
            perturbed = (point.detach() + (gradient.sign() * (adversary.RelativeStepSize * adversary.Epsilon))).maximum(lower).minimum(upper).MoveToOuterDisposeScope();
        }

        return perturbed;
    }

    // Scalar bounds, or one per channel (the first dimension of an input).
    private static Tensor Bound(IReadOnlyList<double> bounds, Tensor inputs)
    {
        long[] shape = bounds.Count == 1 ? [1] : [1, bounds.Count, .. Enumerable.Repeat(1L, (int)inputs.dim() - 2)];
        return tensor([.. bounds], inputs.dtype, inputs.device).reshape(shape).expand_as(inputs);
    }
}
