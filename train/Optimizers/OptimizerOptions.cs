using System.Text.Json.Serialization;
using TorchSharp.Modules;

namespace GradientDynamics.Train.Optimizers;

/// <summary>How weights follow the gradient.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(SgdOptions), "sgd")]
[JsonDerivedType(typeof(AdamOptions), "adam")]
public abstract record OptimizerOptions
{
    /// <summary>Learning rate.</summary>
    public required double LearningRate { get; init { NumberGuards.ThrowIfNotPositive(value, nameof(LearningRate)); field = value; } }

    /// <summary>L2 weight decay, added to the gradient as torch does: w times this. Default 0.</summary>
    public double WeightDecay { get; init { NumberGuards.ThrowIfNegativeOrNotFinite(value, nameof(WeightDecay)); field = value; } }

    /// <summary>The optimizer of one run.</summary>
    internal abstract OptimizerHelper Create(IEnumerable<Parameter> parameters);
}
