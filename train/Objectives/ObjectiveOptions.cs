using System.Text.Json.Serialization;
using GradientDynamics.CommandLine;

namespace GradientDynamics.Train.Objectives;

/// <summary>What training minimises: a data loss and, where the method has one, a penalty.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(ErmOptions), "erm")]
[JsonDerivedType(typeof(SpectralDecouplingOptions), "spectral-decoupling")]
[JsonDerivedType(typeof(GroupDroOptions), "group-dro")]
[JsonDerivedType(typeof(IrmOptions), "irm")]
[JsonDerivedType(typeof(VRexOptions), "v-rex")]
[JsonDerivedType(typeof(FocalLossOptions), "focal-loss")]
[JsonDerivedType(typeof(LabelSmoothingOptions), "label-smoothing")]
[JsonDerivedType(typeof(SquaredErrorOptions), "squared-error")]
[JsonDerivedType(typeof(HingeLossOptions), "hinge-loss")]
[JsonDerivedType(typeof(RegressionOptions), "regression")]
[JsonDerivedType(typeof(MarginVarianceOptions), "margin-variance")]
public abstract record ObjectiveOptions
{
    /// <summary>Whether the value is the mean over the batch of something that each example has by itself, so that a batch may be summed up in parts.</summary>
    internal virtual bool IsMeanOverExamples => true;

    /// <summary>When the penalty starts; null where the objective has no such setting.</summary>
    internal virtual PenaltyStart? PenaltyStart => null;

    /// <summary>The objective of one run, in its state before the first step.</summary>
    /// <exception cref="CommandException">The objective does not fit data and network; the message says what it needs.</exception>
    internal abstract IObjective Create(ObjectiveContext context);

    /// <summary>The refusal of an objective that does not fit.</summary>
    private protected static CommandException Refused(string message) => new(ExitCode.Configuration, $"objective: {message}");
}

/// <summary>What an objective is told of data and network.</summary>
/// <param name="Dataset">Name of the dataset.</param>
/// <param name="LogitCount">Logits of the network; 1 stands for two classes.</param>
/// <param name="ClassCount">Classes.</param>
/// <param name="AttributeCount">Values of the attribute; 0 where the dataset has none.</param>
/// <param name="HasEnvironments">Whether training examples have an environment.</param>
/// <param name="HasTargets">Whether examples have a real-valued target.</param>
internal sealed record ObjectiveContext(string Dataset, int LogitCount, int ClassCount, int AttributeCount = 0, bool HasEnvironments = false, bool HasTargets = false)
{
    /// <summary>Number of groups, empty ones included.</summary>
    public int GroupCount => ClassCount * Math.Max(1, AttributeCount);
}
