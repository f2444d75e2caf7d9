using System.Numerics;
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
    // The iteration is monotone and squares its error; from its start it takes five to ten steps, sixty at a tiny regularisation with fewer examples than features.
    private const int MaximumIterations = 500;

    // Newton's method ends where a step no longer changes the root.
    private const double Settled = 4e-16;

    // Beyond it squares of the regularisation overflow; R and Q are 0 there to rounding.
    private const double LargestVectorized = 1e150;

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

    /// <summary>L_G at many regularisations, in the processor's vector registers.</summary>
    /// <remarks>The same numbers as one by one, to a few roundings.</remarks>
    /// <param name="problem">The problem; its own Lambda is not added again.</param>
    /// <param name="totalRegularizations">λ + 1/(ηt), positive.</param>
    /// <param name="errors">Receives L_G, as many.</param>
    public static void GeneralizationErrors(TeacherStudent problem, ReadOnlySpan<double> totalRegularizations, Span<double> errors)
    {
        ArgumentNullException.ThrowIfNull(problem);
        ArgumentOutOfRangeException.ThrowIfLessThan(errors.Length, totalRegularizations.Length);
        int lanes = Vector<double>.Count;
        int i = 0;
        BlockConstants constants = new(problem);
        for (; i + lanes <= totalRegularizations.Length; i += lanes)
        {
            Vector<double> lambda = new(totalRegularizations[i..]);
            if (Vector.GreaterThanAll(lambda, Vector<double>.Zero) && Vector.LessThanAll(lambda, new Vector<double>(LargestVectorized)))
            {
                SolveLanes(constants, lambda).CopyTo(errors[i..]);
            }
            else
            {
                for (int lane = 0; lane < lanes; lane++)
                {
                    errors[i + lane] = GeneralizationError(problem, totalRegularizations[i + lane]);
                }
            }
        }

        for (; i < totalRegularizations.Length; i++)
        {
            errors[i] = GeneralizationError(problem, totalRegularizations[i]);
        }
    }

    private static Vector<double> SolveLanes(BlockConstants constants, Vector<double> lambda)
    {
        Vector<double> ratio = new(constants.Ratio);
        lambda = Vector.Max(lambda, new Vector<double>(Smallest(constants.LargestSquare)));
        Vector<double> largest = new(constants.LargestSquare);
        Vector<double> h = ((ratio - Vector<double>.One) * largest) - lambda;
        Vector<double> product = 4 * largest * ratio * lambda;
        Vector<double> root = Vector.SquareRoot((h * h) + product);
        Vector<double> rho = Vector.ConditionalSelect(Vector.GreaterThan(h, Vector<double>.Zero), (h + root) / (2 * largest), product / (2 * largest * (root - h)));
        for (int iteration = 0; ; iteration++)
        {
            Vector<double> value = rho - ratio;
            Vector<double> slope = Vector<double>.One;
            for (int k = 0; k < constants.Shares.Length; k++)
            {
                Vector<double> inverse = Vector<double>.One / (lambda + (rho * constants.Squares[k]));
                Vector<double> weight = constants.Shares[k] * constants.Squares[k] * inverse;
                value += weight * rho;
                slope += weight * lambda * inverse;
            }

            Vector<double> step = -value / slope;
            Vector<long> moves = Vector.GreaterThan(step, Settled * rho);
            if (Vector.EqualsAll(moves, Vector<long>.Zero))
            {
                break;
            }

            if (iteration == MaximumIterations)
            {
                throw new NonConvergenceException("The effective sample size was not found.", Vector.Sum(Vector.Abs(step)));
            }

            rho = Vector.ConditionalSelect(moves, rho + step, rho);
        }

        Vector<double> bias = new(constants.NoiseVariance);
        Vector<double> unexplained = rho;
        for (int k = 0; k < constants.Shares.Length; k++)
        {
            Vector<double> strength = rho * constants.Squares[k];
            Vector<double> inverse = Vector<double>.One / (lambda + strength);
            Vector<double> missing = lambda * inverse;
            bias += constants.Shares[k] * missing * missing;
            unexplained += constants.Shares[k] * strength * inverse * missing;
        }

        return ((bias * ratio / unexplained) - new Vector<double>(constants.NoiseVariance)) / 2;
    }

    // Below this the limit of no regularisation is reached to rounding, and σ²/λ would overflow.
    private static double Smallest(double largestSquare) => 1e-290 * largestSquare;

    private static double Solve(TeacherStudent problem, double lambda, Span<double> r, Span<double> q)
    {
        if (!(lambda > 0) || double.IsInfinity(lambda))
        {
            throw new ArgumentOutOfRangeException(nameof(lambda), lambda, "The total regularisation λ + 1/(ηt) is positive and finite.");
        }

        IReadOnlyList<FeatureBlock> blocks = problem.Blocks;
        double largest = 0;
        int dimension = 0;
        for (int k = 0; k < blocks.Count; k++)
        {
            largest = Math.Max(largest, blocks[k].SingularValue * blocks[k].SingularValue);
            dimension += blocks[k].Dimension;
        }

        lambda = Math.Max(lambda, Smallest(largest));
        double ratio = (double)problem.ExampleCount / dimension;
        double rho = EffectiveSamples(blocks, dimension, ratio, lambda, largest);

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
    // With the largest σ in every block the root is smaller and known, which is the start.
    private static double EffectiveSamples(IReadOnlyList<FeatureBlock> blocks, int dimension, double ratio, double lambda, double largestSquare)
    {
        double h = ((ratio - 1) * largestSquare) - lambda;
        double product = 2 * Math.Sqrt(largestSquare * ratio) * Math.Sqrt(lambda);
        double root = double.Hypot(h, product);
        double rho = h > 0 ? (h + root) / (2 * largestSquare) : product / (2 * largestSquare) * (product / (root - h));
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
            if (!(step > Settled * rho))
            {
                return rho;
            }

            rho = next;
        }

        throw new NonConvergenceException($"The effective sample size at regularisation {lambda:R} was not found.", rho);
    }

    // A problem's numbers in the order of its blocks.
    private readonly struct BlockConstants(TeacherStudent problem)
    {
        public double[] Shares { get; } = [.. problem.Blocks.Select(block => (double)block.Dimension / problem.Dimension)];

        public double[] Squares { get; } = [.. problem.Blocks.Select(block => block.SingularValue * block.SingularValue)];

        public double LargestSquare { get; } = problem.Blocks.Max(block => block.SingularValue * block.SingularValue);

        public double Ratio { get; } = (double)problem.ExampleCount / problem.Dimension;

        public double NoiseVariance { get; } = problem.NoiseVariance;
    }
}
