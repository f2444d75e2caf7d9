using System.Text.Json.Serialization;
using GradientDynamics.Train.Training;

namespace GradientDynamics.Train.Procedures;

/// <summary>How a run goes: one network from the first epoch to the last, or several stages or networks.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(StandardOptions), "standard")]
[JsonDerivedType(typeof(JustTrainTwiceOptions), "jtt")]
[JsonDerivedType(typeof(LearningFromFailureOptions), "lff")]
[JsonDerivedType(typeof(DeepFeatureReweightingOptions), "deep-feature-reweighting")]
public abstract record ProcedureOptions
{
    /// <summary>Refuses configurations that make no sense with the procedure.</summary>
    /// <exception cref="ArgumentException">They do not fit; the message names the keys and says what is accepted.</exception>
    internal virtual void RequireFit(RunConfig config)
    {
    }

    /// <summary>The procedure of one run before its first epoch.</summary>
    internal abstract IProcedure Create(ProcedureContext context);

    /// <summary>What is done to the selected network after the last epoch; null where nothing is. Does not depend on anything but its arguments, so that an interrupted run does it again.</summary>
    internal virtual LastLayerFit? Finish(ProcedureContext context, Checkpoint selected, CancellationToken cancellationToken) => null;
}

/// <summary>What a procedure does with the epochs of a run.</summary>
internal interface IProcedure : IDisposable
{
    /// <summary>The network that is evaluated and becomes the model. It may be another one after an epoch.</summary>
    Learner Learner { get; }

    /// <summary>What it remembers beyond the learner, as figures for the log.</summary>
    IReadOnlyDictionary<string, double> Figures { get; }

    /// <summary>Trains one epoch.</summary>
    /// <param name="epoch">Number of the epoch, from 0.</param>
    /// <param name="step">Number of its first step, from 0.</param>
    /// <param name="cancellationToken">Interrupts it.</param>
    EpochResult RunEpoch(int epoch, long step, CancellationToken cancellationToken);

    /// <summary>Everything that the rest of the run depends on beyond the learner, by name.</summary>
    Dictionary<string, Onnx.Graph.ConstantTensor> Save();

    /// <summary>Returns to a checkpoint, the learner included.</summary>
    void Load(Checkpoint checkpoint);
}
