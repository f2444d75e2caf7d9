using System.Collections.ObjectModel;
using GradientDynamics.Train.Training;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Objectives;

/// <summary>Turns logits and a batch into the loss and the penalty whose sum a step descends. May keep state, which a checkpoint holds.</summary>
internal interface IObjective
{
    /// <summary>Loss and penalty of the batch, both scalars that carry gradients.</summary>
    /// <param name="logits">Logits (batch, classes), or (batch, 1) for two classes.</param>
    /// <param name="batch">Labels, groups and environments of the batch, and the number of the step.</param>
    ObjectiveValue Evaluate(Tensor logits, Batch batch);

    /// <summary>Told after each evaluation: the loss on the validation set, and the number of the next step.</summary>
    void ObserveValidation(double loss, long nextStep);

    /// <summary>State beyond the options, by name; empty where there is none.</summary>
    IReadOnlyDictionary<string, double> State { get; set; }
}

/// <summary>Value of an objective: <paramref name="Loss"/> is the data term, <paramref name="Penalty"/> the regulariser, or null where the objective has none. Their sum is minimised.</summary>
/// <param name="Loss">The data term.</param>
/// <param name="Penalty">The regulariser of the predictions.</param>
/// <param name="WeightPenalty">Coefficient of the squared norm of all parameters, which is minimised as well.</param>
internal readonly record struct ObjectiveValue(Tensor Loss, Tensor? Penalty, double WeightPenalty = 0)
{
    /// <summary>The sum of what depends on predictions.</summary>
    public Tensor Total => Penalty is null ? Loss : Loss + Penalty;
}

/// <summary>An objective that remembers nothing from step to step.</summary>
internal abstract class StatelessObjective : IObjective
{
    public IReadOnlyDictionary<string, double> State
    {
        get => ReadOnlyDictionary<string, double>.Empty;
        set => ArgumentOutOfRangeException.ThrowIfNotEqual(value.Count, 0, nameof(value));
    }

    public abstract ObjectiveValue Evaluate(Tensor logits, Batch batch);

    public void ObserveValidation(double loss, long nextStep)
    {
    }
}
