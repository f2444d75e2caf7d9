using GradientDynamics.Analysis.Numerics;

namespace GradientDynamics.Analysis.LinearNetworks;

/// <summary>One mode of a two-layer linear network on whitened inputs: τȧ = b(s − ab), τḃ = a(s − ab) (Eqs. 2.2.15, 2.2.16).</summary>
/// <remarks>
/// a² − b² is constant, so that (a, b) moves on a hyperbola; on a = b the strength u = ab is a logistic curve. Saxe, McClelland and Ganguli,
/// 2013, https://arxiv.org/abs/1312.6120. Accuracy: closed forms four roundings; integrated paths 1e-9 relative.
/// </remarks>
public static class ModeDynamics
{
    /// <summary>u(t) = s·exp(2st/τ)/(exp(2st/τ) − 1 + s/u₀), for a = b at the start (Eq. 2.2.22), in the form that cannot overflow.</summary>
    /// <param name="time">t ≥ 0.</param>
    /// <param name="singularValue">s &gt; 0, the singular value of the input-output correlation.</param>
    /// <param name="start">u₀ &gt; 0.</param>
    /// <param name="timeConstant">τ. Default 1.</param>
    public static double Strength(double time, double singularValue, double start, double timeConstant = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(time);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(singularValue);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(start);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(timeConstant);
        return singularValue / (1 + (((singularValue / start) - 1) * Math.Exp(-2 * singularValue * time / timeConstant)));
    }

    /// <summary>Time from strength u₀ to u_f: t = τ/(2s)·ln(u_f(s − u₀)/(u₀(s − u_f))). Eq. 2.2.21 is this with τ/(2s) where the OCR reads τ/(2u).</summary>
    /// <param name="start">u₀, between 0 and s.</param>
    /// <param name="end">u_f, between u₀ and s.</param>
    /// <param name="singularValue">s.</param>
    /// <param name="timeConstant">τ. Default 1.</param>
    public static double TimeToLearn(double start, double end, double singularValue, double timeConstant = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(start);
        ArgumentOutOfRangeException.ThrowIfLessThan(end, start);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(end, singularValue);
        return timeConstant / (2 * singularValue) * (Math.Log(end / start) + Math.Log((singularValue - start) / (singularValue - end)));
    }

    /// <summary>(a, b) at given times from any start, by integration with error control.</summary>
    /// <param name="inputStart">a at the start.</param>
    /// <param name="outputStart">b at the start.</param>
    /// <param name="singularValue">s.</param>
    /// <param name="times">Times, ascending.</param>
    /// <param name="timeConstant">τ. Default 1.</param>
    public static IReadOnlyList<(double Input, double Output)> Path(double inputStart, double outputStart, double singularValue, IReadOnlyList<double> times, double timeConstant = 1)
    {
        double[][] states = new DormandPrince().Integrate(
            (_, state, rate) =>
            {
                double error = (singularValue - (state[0] * state[1])) / timeConstant;
                rate[0] = state[1] * error;
                rate[1] = state[0] * error;
            },
            [inputStart, outputStart],
            [.. times]);
        return [.. states.Select(state => (state[0], state[1]))];
    }

    /// <summary>Where a path from (a, b) ends: on its hyperbola a² − b² = c, at ab = s (and at the origin from a = −b).</summary>
    /// <param name="inputStart">a at the start.</param>
    /// <param name="outputStart">b at the start.</param>
    /// <param name="singularValue">s &gt; 0.</param>
    public static (double Input, double Output) Limit(double inputStart, double outputStart, double singularValue)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(singularValue);
        double sum = inputStart + outputStart;
        if (sum == 0)
        {
            return (0, 0);
        }

        // (a + b)² = √(c² + 4s²) + 2s and (a + b)(a − b) = c, with the sign of a + b conserved.
        double c = (inputStart - outputStart) * sum;
        double limitSum = Math.CopySign(Math.Sqrt(double.Hypot(c, 2 * singularValue) + (2 * singularValue)), sum);
        double difference = c / limitSum;
        return ((limitSum + difference) / 2, (limitSum - difference) / 2);
    }
}
