using System.Text.Json.Serialization;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Optimizers;

/// <summary>Stochastic gradient descent, with torch's momentum: the buffer collects gradients, the step is learning rate times buffer.</summary>
public sealed record SgdOptions : OptimizerOptions, IJsonOnDeserialized
{
    /// <summary>Momentum. Default 0.</summary>
    public double Momentum { get; init { ThrowIfNoDecay(value, nameof(Momentum)); field = value; } }

    /// <summary>Nesterov's form of momentum. Default false.</summary>
    public bool Nesterov { get; init; }

    void IJsonOnDeserialized.OnDeserialized()
    {
        if (Nesterov && Momentum == 0)
        {
            throw new ArgumentException("nesterov needs a momentum above 0.");
        }
    }

    internal override OptimizerHelper Create(IReadOnlyList<Parameter> decayed, IReadOnlyList<Parameter> others)
    {
        SGD.ParamGroup[] groups = [Group(decayed, WeightDecay), Group(others, 0)];
        return optim.SGD(groups.Where(group => group.Parameters.Any()), LearningRate, Momentum, 0, WeightDecay, Nesterov);
    }

    private SGD.ParamGroup Group(IReadOnlyList<Parameter> parameters, double decay) => new(parameters, LearningRate, Momentum, 0, decay, Nesterov, false);
}
