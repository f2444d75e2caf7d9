using TorchSharp.Modules;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Optimizers;

/// <summary>Adam with decoupled weight decay: before each step w ← w·(1 − learning rate·weight decay).</summary>
/// <remarks>Loshchilov and Hutter, "Decoupled Weight Decay Regularization", 2019, https://arxiv.org/abs/1711.05101.</remarks>
public sealed record AdamWOptions : OptimizerOptions
{
    /// <summary>Decay of the mean of gradients. Default 0.9.</summary>
    public double Beta1 { get; init { ThrowIfNoDecay(value, nameof(Beta1)); field = value; } } = 0.9;

    /// <summary>Decay of the mean of squared gradients. Default 0.999.</summary>
    public double Beta2 { get; init { ThrowIfNoDecay(value, nameof(Beta2)); field = value; } } = 0.999;

    /// <summary>Added to the root of the mean of squares, against division by zero. Default 1e-8.</summary>
    public double DenominatorOffset { get; init { NumberGuards.ThrowIfNotPositive(value, nameof(DenominatorOffset)); field = value; } } = 1e-8;

    internal override OptimizerHelper Create(IReadOnlyList<Parameter> decayed, IReadOnlyList<Parameter> others)
    {
        AdamW.ParamGroup[] groups = [Group(decayed, WeightDecay), Group(others, 0)];
        return optim.AdamW(groups.Where(group => group.Parameters.Any()), LearningRate, Beta1, Beta2, DenominatorOffset, WeightDecay);
    }

    private AdamW.ParamGroup Group(IReadOnlyList<Parameter> parameters, double decay) => new(parameters, LearningRate, Beta1, Beta2, DenominatorOffset, decay, false, false);
}
