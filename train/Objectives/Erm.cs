using System.Collections.ObjectModel;
using GradientDynamics.Train.Training;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Objectives;

/// <summary>Empirical risk minimisation: the mean cross-entropy and nothing else. The reference that the other objectives are compared with.</summary>
public sealed record ErmOptions : ObjectiveOptions
{
    internal override IObjective Create() => new ErmObjective();
}

internal sealed class ErmObjective : IObjective
{
    public IReadOnlyDictionary<string, double> State
    {
        get => ReadOnlyDictionary<string, double>.Empty;
        set => ArgumentOutOfRangeException.ThrowIfNotEqual(value.Count, 0, nameof(value));
    }

    public ObjectiveValue Evaluate(Tensor logits, Batch batch) => new(ClassificationLoss.CrossEntropy(logits, batch.Labels), Penalty: null);

    public void ObserveValidation(double loss, long nextStep)
    {
    }
}
