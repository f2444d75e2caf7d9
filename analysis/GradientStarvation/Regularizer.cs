namespace GradientDynamics.Analysis.GradientStarvation;

/// <summary>What is added to the summed loss.</summary>
public enum Regularizer
{
    /// <summary>(λ/2)‖θ‖² (Eq. 6.3.5): features compete.</summary>
    WeightDecay,

    /// <summary>(λ/2)‖ŷ‖² (Eq. 6.3.17): features are learned independently.</summary>
    SpectralDecoupling,
}
