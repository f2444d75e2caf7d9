using GradientDynamics.Analysis.Numerics;

namespace GradientDynamics.Analysis.DoubleDescent;

/// <summary>What the joint deterministic equivalent gives at one total regularisation.</summary>
/// <param name="R">R_k of each block.</param>
/// <param name="Q">Q_k of each block.</param>
/// <param name="GeneralizationError">L_G = E/2 on noiseless targets, computed without the cancellation of ½(1 + Q − 2R).</param>
public sealed record JointPoint(IReadOnlyList<double> R, IReadOnlyList<double> Q, double GeneralizationError)
{
    /// <summary>Sums over the blocks.</summary>
    public OrderParameters Total => new(R.Sum(), Q.Sum());
}

/// <summary>The exact high-dimensional limit of ridge regression for any number of blocks, all of them sharing one effective sample size.</summary>
/// <remarks>
/// With λ_r the ridge coefficient, r_k = ρσ_k²/(λ_r + ρσ_k²) and ρ the root of ρ + Σ(p_k/d)r_k = n/d:
/// R_k = (p_k/d)r_k, γ = Σp_k r_k²/n, E = (Σ(p_k/d)(1 − r_k)² + σ²)/(1 − γ) − σ², Q_k = p_k r_k²(1/d + (E + σ²)/n).
/// This is the random-matrix limit of the simulation (1/d corrections remain), where the published two-block formula is not.
/// Dobriban and Wager, 2018, https://arxiv.org/abs/1507.03003, for the method. Accuracy: 1e-14 relative, except near n = d with
/// vanishing regularisation, where the solution itself is ill-conditioned.
/// </remarks>
public static class JointEquivalent
{
    // The iteration is monotone and squares its error; the flat start of a tiny regularisation takes about sixty steps.
    private const int MaximumIterations = 500;

    /// <summary>R, Q and L_G of ridge regression.</summary>
    /// <param name="problem">The problem; its own Lambda is not added again.</param>
    /// <param name="totalRegularization">λ + 1/(ηt), positive.</param>
    public static JointPoint At(TeacherStudent problem, double totalRegularization)
    {
        ArgumentNullException.ThrowIfNull(problem);
        double[] r = new double[problem.Blocks.Count];
        double[] q = new double[problem.Blocks.Count];
        double error = Solve(problem, totalRegularization, r, q);
        return new JointPoint(r, q, error);
    }

    /// <summary>L_G alone.</summary>
    /// <param name="problem">The problem; its own Lambda is not added again.</param>
    /// <param name="totalRegularization">λ + 1/(ηt), positive.</param>
    public static double GeneralizationError(TeacherStudent problem, double totalRegularization)
    {
        ArgumentNullException.ThrowIfNull(problem);
        int count = problem.Blocks.Count;
        Span<double> values = count <= 64 ? stackalloc double[2 * count] : new double[2 * count];
        return Solve(problem, totalRegularization, values[..count], values[count..]);
    }

    private static double Solve(TeacherStudent problem, double lambda, Span<double> r, Span<double> q)
    {
        if (!(lambda > 0) || double.IsInfinity(lambda))
        {
            throw new ArgumentOutOfRangeException(nameof(lambda), lambda, "The total regularisation λ + 1/(ηt) is positive and finite.");
        }

        IReadOnlyList<FeatureBlock> blocks = problem.Blocks;
        // Below this the limit of no regularisation is reached to rounding, and σ²/λ would overflow.
        double largest = blocks.Max(block => block.SingularValue);
        lambda = Math.Max(lambda, 1e-290 * largest * largest);
        int dimension = problem.Dimension;
        double ratio = (double)problem.ExampleCount / dimension;
        double rho = EffectiveSamples(blocks, dimension, ratio, lambda);

        double bias = problem.NoiseVariance;
        double unexplained = rho;
        for (int k = 0; k < blocks.Count; k++)
        {
            double share = (double)blocks[k].Dimension / dimension;
            double strength = rho * blocks[k].SingularValue * blocks[k].SingularValue;
            double learned = strength / (lambda + strength);
            double missing = lambda / (lambda + strength);
            r[k] = share * learned;
            q[k] = share * learned * learned;
            bias += share * missing * missing;
            unexplained += share * learned * missing;
        }

        // 1 − γ = (d/n)(ρ + Σ(p_k/d) r_k (1 − r_k)), a sum of positive terms, by the equation for ρ.
        double inflated = bias * ratio / unexplained;
        for (int k = 0; k < blocks.Count; k++)
        {
            q[k] *= 1 + (inflated / ratio);
        }

        return (inflated - problem.NoiseVariance) / 2;
    }

    // ρ + Σ(p_k/d)ρσ²/(λ + ρσ²) − n/d increases and is concave: Newton's method from below climbs to the root and cannot pass it.
    private static double EffectiveSamples(IReadOnlyList<FeatureBlock> blocks, int dimension, double ratio, double lambda)
    {
        double rho = 0;
        for (int i = 0; i < MaximumIterations; i++)
        {
            double value = rho - ratio;
            double slope = 1;
            for (int k = 0; k < blocks.Count; k++)
            {
                double share = (double)blocks[k].Dimension / dimension;
                double square = blocks[k].SingularValue * blocks[k].SingularValue;
                double denominator = lambda + (rho * square);
                value += share * rho * square / denominator;
                slope += share * square / denominator * (lambda / denominator);
            }

            double step = -value / slope;
            double next = rho + step;
            if (!(step > 4e-16 * rho))
            {
                return rho;
            }

            rho = next;
        }

        throw new NonConvergenceException($"The effective sample size at regularisation {lambda:R} was not found.", rho);
    }
}
