using GradientDynamics.CommandLine;
using GradientDynamics.Train.Datasets;
using GradientDynamics.Train.Optimizers;
using GradientDynamics.Train.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Training;

/// <summary>Passes over training examples batch by batch.</summary>
internal sealed class EpochRunner(RunConfig config, OptimizerOptions optimizer, SplitTensors train, RunSeed seed, int logitCount)
{
    /// <summary>What is done with a batch.</summary>
    public delegate BatchResult BatchStep(Batch batch, BatchPlace place);

    /// <summary>Steps of an epoch over a sampler's examples, and the epochs.</summary>
    public RunLength LengthOf(ISampler sampler, int epochs) => new(StepsFor(sampler.SampleEpoch(0).Length), epochs);

    /// <summary>Steps of an epoch over a number of examples.</summary>
    public long StepsFor(int examples)
    {
        long batches = config.BatchSize is not { } size ? 1 : config.DropLastBatch ? examples / size : Ceiling(examples, size);
        return Ceiling(batches, optimizer.AccumulatedBatches);
    }

    /// <summary>One pass over the examples of <paramref name="order"/>.</summary>
    /// <exception cref="CommandException">The numbers failed.</exception>
    public EpochResult Run(int[] order, EpochPlace place, BatchStep step, CancellationToken cancellationToken)
    {
        // Dropout draws from libtorch's own generator: seeded per epoch, it is where a resumed run needs it.
        manual_seed(seed.Derive("torch", place.StageEpoch));
        if (config.BatchSize is null)
        {
            // One batch has no order; sorted, the set itself serves without a copy.
            Array.Sort(order);
        }

        if (config.DropLastBatch && config.BatchSize is { } batchSize)
        {
            order = order.Length >= batchSize
                ? order[..(order.Length / batchSize * batchSize)]
                : throw new CommandException(ExitCode.Configuration, $"dropLastBatch: the {order.Length} examples of an epoch do not fill a batch of {batchSize}; accepted is a smaller batchSize, or dropLastBatch false.");
        }

        CropAndFlip? augmentation = config.Dataset.TrainingAugmentation;
        Random random = seed.Stream("augmentation", place.StageEpoch);
        PlannedBatch[] plan = [.. Plan(order.Length)];
        Predictions predictions = new(order.Length, logitCount);
        double loss = 0;
        double penalty = 0;
        long steps = 0;
        using BatchSequence batches = new(train, [.. plan.Select(batch => (ReadOnlyMemory<int>)order.AsMemory(batch.Start, batch.Count))], new Visits(seed, place.StageEpoch, 0));
        foreach ((int number, PlannedBatch planned) in plan.Index())
        {
            cancellationToken.ThrowIfCancellationRequested();
            using DisposeScope scope = NewDisposeScope();
            Batch taken = batches.Next(place.FirstStep + steps);
            Batch batch = augmentation is null ? taken : augmentation.Apply(taken, random);
            BatchResult result = step(batch, new(place.Epoch, number, order.AsMemory(planned.Start, planned.Count), planned.Share, planned.BeginsStep, planned.EndsStep));
            loss += result.Loss * planned.Count;
            penalty += result.Penalty * planned.Count;
            predictions.Read(result.Logits, planned.Start);
            steps += planned.EndsStep ? 1 : 0;
        }

        return new(loss / order.Length, penalty / order.Length, steps, order, predictions, batches.Waited);
    }

    private IEnumerable<PlannedBatch> Plan(int examples)
    {
        int batchSize = config.BatchSize ?? examples;
        int stepSize = checked((int)Math.Min((long)batchSize * optimizer.AccumulatedBatches, examples));
        for (int start = 0; start < examples;)
        {
            int stepStart = start / stepSize * stepSize;
            int stepEnd = Math.Min(stepStart + stepSize, examples);
            int count = Math.Min(batchSize, stepEnd - start);
            yield return new(start, count, (double)count / (stepEnd - stepStart), start == stepStart, start + count == stepEnd);
            start += count;
        }
    }

    private static long Ceiling(long count, long part) => (count + part - 1) / part;

    private readonly record struct PlannedBatch(int Start, int Count, double Share, bool BeginsStep, bool EndsStep);
}

/// <summary>Where an epoch stands in the run.</summary>
/// <param name="Epoch">Its number in the run, from 0.</param>
/// <param name="StageEpoch">Its number in its stage, from 0, by which random streams are drawn.</param>
/// <param name="FirstStep">Number of its first step in its stage, from 0.</param>
internal readonly record struct EpochPlace(int Epoch, int StageEpoch, long FirstStep);

/// <summary>Where a batch stands in its epoch and step.</summary>
/// <param name="Epoch">Number of the epoch in the run, from 0.</param>
/// <param name="Number">Number of the batch in the epoch, from 0.</param>
/// <param name="Examples">Indices of its examples in the training set.</param>
/// <param name="Share">Its share in the examples of its step.</param>
/// <param name="BeginsStep">Whether it is the first of its step.</param>
/// <param name="EndsStep">Whether it is the last of its step.</param>
internal readonly record struct BatchPlace(int Epoch, int Number, ReadOnlyMemory<int> Examples, double Share, bool BeginsStep, bool EndsStep)
{
    /// <summary>The error of numbers that failed here.</summary>
    public CommandException Diverged(long step, string what) =>
        new(ExitCode.Numerics, $"{what} in batch {Number + 1} of epoch {Epoch + 1} (step {step}): training has diverged. A smaller optimizer.learningRate may help.");
}

/// <summary>What an epoch gave.</summary>
/// <param name="Loss">The data term, mean over the examples.</param>
/// <param name="Penalty">The penalties, mean over the examples.</param>
/// <param name="Steps">Steps taken.</param>
/// <param name="Examples">Indices of the examples, in the order in which they were taken.</param>
/// <param name="Predictions">Their predictions, before their own step and in training mode.</param>
/// <param name="WaitedForData">Time in which nothing was learned because a batch was not read yet.</param>
internal sealed record EpochResult(double Loss, double Penalty, long Steps, int[] Examples, Predictions Predictions, TimeSpan WaitedForData);
