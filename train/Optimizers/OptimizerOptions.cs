using System.Text.Json.Serialization;
using TorchSharp.Modules;

namespace GradientDynamics.Train.Optimizers;

/// <summary>How weights follow the gradient.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(SgdOptions), "sgd")]
[JsonDerivedType(typeof(AdamOptions), "adam")]
[JsonDerivedType(typeof(AdamWOptions), "adam-w")]
public abstract record OptimizerOptions
{
    /// <summary>Learning rate.</summary>
    public required double LearningRate { get; init { NumberGuards.ThrowIfNotPositive(value, nameof(LearningRate)); field = value; } }

    /// <summary>Weight decay: for sgd and adam an L2 term that is added to the gradient, w times this, for adam-w a decay of w itself, times the learning rate. Default 0.</summary>
    public double WeightDecay { get; init { NumberGuards.ThrowIfNegativeOrNotFinite(value, nameof(WeightDecay)); field = value; } }

    /// <summary>Which parameters decay. Default all, as torch has it.</summary>
    public DecayedParameters Decayed { get; init; } = DecayedParameters.All;

    /// <summary>How the learning rate changes in the course of the run. Default constant.</summary>
    public ScheduleOptions Schedule { get; init; } = new ConstantScheduleOptions();

    /// <summary>Largest Euclidean norm of all gradients together; a longer one is scaled down to it. Null does not clip. Default null.</summary>
    public double? ClipNorm { get; init { NumberGuards.ThrowIfNotPositive(value ?? 1, nameof(ClipNorm)); field = value; } }

    /// <summary>Largest absolute value of each gradient's elements; a larger one is cut to it, before <see cref="ClipNorm"/>. Null does not clip. Default null.</summary>
    public double? ClipValue { get; init { NumberGuards.ThrowIfNotPositive(value ?? 1, nameof(ClipValue)); field = value; } }

    /// <summary>Batches whose gradients make one step: the gradient is that of their examples together. Default 1.</summary>
    public int AccumulatedBatches
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, nameof(AccumulatedBatches));
            field = value;
        }
    } = 1;

    /// <summary>
    /// Decay d of the exponential moving average of the parameters, average ← d·average + (1 − d)·w after each step, begun at the initial parameters. The averages are evaluated and become the
    /// model; running statistics of normalization are the network's own. Null keeps no average. Default null.
    /// </summary>
    public double? AverageDecay { get; init { ThrowIfNoDecay(value ?? 0, nameof(AverageDecay)); field = value; } }

    /// <summary>torch's optimizer over groups of parameters, the first of which decays. The learning rate is set before each step.</summary>
    internal abstract OptimizerHelper Create(IReadOnlyList<Parameter> decayed, IReadOnlyList<Parameter> others);

    /// <summary>Refuses what is not in [0, 1).</summary>
    private protected static void ThrowIfNoDecay(double value, string name)
    {
        NumberGuards.ThrowIfNegativeOrNotFinite(value, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(value, 1, name);
    }
}

/// <summary>Which parameters weight decay applies to. Biases and the scales and offsets of normalization are the parameters of one dimension.</summary>
public enum DecayedParameters
{
    /// <summary>All.</summary>
    All,

    /// <summary>All but biases and the parameters of normalization.</summary>
    Weights,

    /// <summary>Biases and the parameters of normalization only: what the published code of Idrissi et al., 2022, does for text, its two groups being exchanged.</summary>
    BiasesAndNormalization,
}
