namespace GradientDynamics.Analysis.DoubleDescent;

/// <summary>How far ridge regression with coefficient λ + 1/(ηt) is from gradient descent at step t.</summary>
/// <param name="Time">Step t.</param>
/// <param name="Descent">R and Q of gradient descent.</param>
/// <param name="Flow">R and Q of gradient flow at time ηt.</param>
/// <param name="Ridge">R and Q of ridge regression at λ + 1/(ηt).</param>
public sealed record RidgeComparison(double Time, OrderParameters Descent, OrderParameters Flow, OrderParameters Ridge)
{
    /// <summary>Gradient flow's risk is at most this many times ridge regression's at λ = 1/time, in sample and for every spectrum.</summary>
    /// <remarks>
    /// Ali, Kolter and Tibshirani, 2019, https://arxiv.org/abs/1810.10082, theorem 1: exp(−x) ≤ 1/(1 + x) for the bias,
    /// 1 − exp(−x) ≤ 1.2985·x/(1 + x) for the variance, and 1.2985² = 1.6862. With correlated modes (F ≠ I) it bounds each mode's
    /// filter, not the generalisation error as a whole.
    /// </remarks>
    public const double RiskRatioBound = 1.6862;

    /// <summary>L_G of ridge minus L_G of gradient descent.</summary>
    public double Gap => Ridge.GeneralizationError - Descent.GeneralizationError;

    /// <summary>Compares on one set of inputs, averaged over teacher and noise.</summary>
    /// <param name="spectrum">The inputs in their eigenbasis.</param>
    /// <param name="time">Step t &gt; 0.</param>
    /// <param name="learningRate">η.</param>
    /// <param name="lambda">Weight decay λ.</param>
    /// <param name="noiseVariance">σ².</param>
    public static RidgeComparison Of(StudentSpectrum spectrum, double time, double learningRate, double lambda, double noiseVariance)
    {
        ArgumentNullException.ThrowIfNull(spectrum);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(time);
        return new RidgeComparison(
            time,
            spectrum.Averaged(spectrum.GradientDescent(time, learningRate, lambda), noiseVariance),
            spectrum.Averaged(SpectralFilter.GradientFlow(learningRate * time, lambda), noiseVariance),
            spectrum.Averaged(SpectralFilter.Ridge(lambda + (1 / (learningRate * time))), noiseVariance));
    }
}
