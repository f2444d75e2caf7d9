using GradientDynamics.Analysis.Numerics;
using MathNet.Numerics;

namespace GradientDynamics.Analysis.Balancing;

/// <summary>Closed forms about the logistic regression problem with a core, a spurious and many noise features (section 8.4).</summary>
public static class SpuriousFeatureProblem
{
    /// <summary>Probability of misclassifying by the core feature alone, P(y·x_core &lt; 0) = 1 − Φ(1/σ) for x_core ~ N(y, σ²).</summary>
    /// <remarks>1.308e-11 at the papers' σ = 0.15. Accuracy: 1e-14 relative.</remarks>
    /// <param name="standardDeviation">σ.</param>
    public static double CoreErrorProbability(double standardDeviation)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(standardDeviation);
        return SpecialFunctions.Erfc(1 / (standardDeviation * Math.Sqrt(2))) / 2;
    }

    /// <summary>Probability of misclassifying by the spurious feature alone where it agrees with the label in the given share of examples.</summary>
    /// <remarks>share·P + (1 − share)(1 − P) with P the error of a feature that always agrees. Accuracy: 1e-14 relative.</remarks>
    /// <param name="agreement">Share of examples whose spurious attribute agrees with the label.</param>
    /// <param name="standardDeviation">σ.</param>
    public static double SpuriousErrorProbability(double agreement, double standardDeviation)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(agreement);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(agreement, 1);
        double error = CoreErrorProbability(standardDeviation);
        return (agreement * error) + ((1 - agreement) * (1 - error));
    }

    /// <summary>Expected number of different examples after k draws with replacement from N: N(1 − (1 − 1/N)ᵏ) (section 8.5.4).</summary>
    /// <remarks>
    /// For the majority under a balanced sampler k counts the draws from the majority. The print's "44 % after 3 epochs" on CelebA is one epoch
    /// (162770/2 draws from 138503 examples; three epochs give 82.8 %). Accuracy: 1e-15 relative.
    /// </remarks>
    /// <param name="population">N.</param>
    /// <param name="draws">k.</param>
    public static double ExpectedUnique(double population, double draws)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(population, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(draws);
        return population == 1 ? Math.Min(draws, 1) : -population * NearOne.Exp(draws * NearOne.Log(-1 / population));
    }
}
