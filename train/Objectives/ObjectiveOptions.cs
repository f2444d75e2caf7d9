using System.Text.Json.Serialization;

namespace GradientDynamics.Train.Objectives;

/// <summary>What training minimises: a data loss and, where the method has one, a penalty.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(ErmOptions), "erm")]
[JsonDerivedType(typeof(SpectralDecouplingOptions), "spectral-decoupling")]
public abstract record ObjectiveOptions
{
    /// <summary>The objective of one run, in its state before the first step.</summary>
    internal abstract IObjective Create();
}
