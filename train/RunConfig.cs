using System.Text.Json.Serialization;
using GradientDynamics.Onnx.Networks;
using GradientDynamics.Train.Datasets;
using GradientDynamics.Train.Objectives;
using GradientDynamics.Train.Optimizers;
using GradientDynamics.Train.Procedures;
using GradientDynamics.Train.Sampling;
using GradientDynamics.Train.Training;

namespace GradientDynamics.Train;

/// <summary>One training run: everything that decides its outcome.</summary>
public sealed record RunConfig : IJsonOnDeserialized
{
    /// <summary>Data to learn from.</summary>
    public required DatasetOptions Dataset { get; init; }

    /// <summary>Network to train.</summary>
    public required NetworkOptions Network { get; init; }

    /// <summary>Whether a network for two classes has one logit z, which stands for the logits (0, z), instead of two. Default false.</summary>
    public bool SingleLogit { get; init; }

    /// <summary>How the run goes. Default standard: one network, from the first epoch to the last.</summary>
    public ProcedureOptions Procedure { get; init; } = new StandardOptions();

    /// <summary>What training minimises.</summary>
    public required ObjectiveOptions Objective { get; init; }

    /// <summary>Which examples an epoch consists of. Default every example once, shuffled.</summary>
    public SamplerOptions Sampler { get; init; } = new ShuffleOptions();

    /// <summary>How weights follow the gradient.</summary>
    public required OptimizerOptions Optimizer { get; init; }

    /// <summary>Examples per step; null is the whole epoch at once, so that an epoch is one step. The last batch of an epoch may be smaller, but for <see cref="DropLastBatch"/>. Default 128.</summary>
    public int? BatchSize
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value ?? 1, nameof(BatchSize));
            field = value;
        }
    } = 128;

    /// <summary>Whether the examples of an epoch that do not fill a batch are left out, other ones each epoch. Default false.</summary>
    public bool DropLastBatch { get; init; }

    /// <summary>Passes over the sampler's examples.</summary>
    public required int Epochs
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, nameof(Epochs));
            field = value;
        }
    }

    /// <summary>Epochs between evaluations, which write metrics and a checkpoint; the last epoch is always evaluated. Default 1.</summary>
    public int EvaluateEvery
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, nameof(EvaluateEvery));
            field = value;
        }
    } = 1;

    /// <summary>Which evaluated epoch becomes the model. Default validation-worst-group.</summary>
    public SelectionRule Selection { get; init; } = SelectionRule.ValidationWorstGroup;

    /// <summary>How validation inputs are perturbed to measure their adversarial accuracy; null measures none. Default null.</summary>
    public AdversaryOptions? Adversary { get; init; }

    /// <summary>When to stop before the last epoch. Default never.</summary>
    public EarlyStopping? EarlyStopping { get; init; }

    /// <summary>Seed of the run, from which all random streams are derived. Default 0.</summary>
    public long Seed { get; init; }

    /// <summary>
    /// Threads of libtorch; null is one per processor, and run.json says how many that were. Weights are bit-identical for the same number of threads only. Default null.
    /// </summary>
    public int? Threads
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value ?? 1, nameof(Threads));
            field = value;
        }
    }

    void IJsonOnDeserialized.OnDeserialized()
    {
        bool hasValidation = Dataset.Splits.Contains(Split.Validation);
        if (Selection.NeedsValidation() && !hasValidation)
        {
            throw new ArgumentException("selection chooses on the validation set, which this dataset configuration does not have; accepted are last-epoch, or a dataset with a validation set.");
        }

        if (Selection.IsOracle() && !Dataset.Splits.Contains(Split.Test))
        {
            throw new ArgumentException("selection chooses on the test set, which this dataset configuration does not have; accepted are last-epoch, or a dataset with a test set.");
        }

        if (Objective.PenaltyStart?.When == PenaltyStartEvent.ValidationLossRises && !hasValidation)
        {
            throw new ArgumentException("objective.start waits for the validation loss to rise, and this dataset configuration has no validation set; accepted is a step, or a dataset with a validation set.");
        }

        if (Adversary is not null && !hasValidation)
        {
            throw new ArgumentException("adversary perturbs the validation set, which this dataset configuration does not have; accepted is no adversary, or a dataset with a validation set.");
        }

        if (Selection == SelectionRule.ValidationCleanAndAdversarial && Adversary is null)
        {
            throw new ArgumentException("""selection validation-clean-and-adversarial needs an adversary; accepted is "adversary": {"epsilon": …}, in input units.""");
        }

        if (Objective is RegressionOptions && Adversary is not null)
        {
            throw new ArgumentException("adversary needs predictions that are right or wrong, and objective regression has none; accepted is no adversary.");
        }

        if (EarlyStopping is not null && Selection == SelectionRule.LastEpoch)
        {
            throw new ArgumentException("earlyStopping needs a score to watch, and selection last-epoch has none; accepted is another selection, or no earlyStopping.");
        }

        if (DropLastBatch && BatchSize is null)
        {
            throw new ArgumentException("dropLastBatch leaves out what does not fill a batch, and batchSize is null: the whole epoch is one; accepted is a batchSize, or dropLastBatch false.");
        }

        if (Optimizer.AccumulatedBatches > 1 && !Objective.IsMeanOverExamples)
        {
            throw new ArgumentException(
                $"optimizer.accumulatedBatches sums up batches, and objective {ConfigurationKind.Of(Objective)} is no mean over examples that could be summed up; accepted is 1, or an objective such as erm.");
        }

        Procedure.RequireFit(this);
    }
}

/// <summary>When to stop before the last epoch.</summary>
public sealed record EarlyStopping
{
    /// <summary>Evaluations in a row without a better score after which training stops.</summary>
    public required int Patience
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, nameof(Patience));
            field = value;
        }
    }
}
