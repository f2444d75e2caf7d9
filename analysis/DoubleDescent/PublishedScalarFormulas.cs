using System.Numerics;

namespace GradientDynamics.Analysis.DoubleDescent;

/// <summary>What the published scalar formulas give at one total regularisation.</summary>
/// <param name="A">Auxiliary a_i of each block (Eq. 4.2.13).</param>
/// <param name="R">R_i of each block (Eq. 4.2.14).</param>
/// <param name="Q">Q_i of each block (Eq. 4.2.15).</param>
public sealed record PublishedPoint(IReadOnlyList<double> A, IReadOnlyList<double> R, IReadOnlyList<double> Q)
{
    /// <summary>Sums over the blocks.</summary>
    public OrderParameters Total => new(R.Sum(), Q.Sum());
}

/// <summary>The dissertation's replica formulas for R and Q under ridge regression (Eqs. 4.2.11-4.2.16).</summary>
/// <remarks>
/// They are what the papers' figures draw. For two blocks they are not the exact asymptotics: R_i leaves out the other block's degrees of
/// freedom (<see cref="JointEquivalent"/> does not), so that the second descent comes two to four times too early.
/// Accuracy: 1e-14 relative in a, R and Q except near n = d with vanishing regularisation, where the formulas have a pole; the difference
/// of large terms in a is taken in the form that does not cancel.
/// </remarks>
public static class PublishedScalarFormulas
{
    /// <summary>R and Q of two blocks.</summary>
    /// <param name="problem">A problem of exactly two blocks.</param>
    /// <param name="totalRegularization">λ + 1/(ηt), positive.</param>
    public static PublishedPoint TwoBlocks(TeacherStudent problem, double totalRegularization)
    {
        ArgumentNullException.ThrowIfNull(problem);
        if (problem.Blocks.Count != 2)
        {
            throw new ArgumentException($"The published formulas are for two blocks; this problem has {problem.Blocks.Count}.", nameof(problem));
        }

        RequirePositive(totalRegularization);
        double ratio = (double)problem.ExampleCount / problem.Dimension;
        double[] a = new double[2];
        double[] r = new double[2];
        double[] b = new double[2];
        for (int i = 0; i < 2; i++)
        {
            FeatureBlock block = problem.Blocks[i];
            double alpha = (double)problem.ExampleCount / block.Dimension;
            double scaled = problem.Dimension / (block.Dimension * block.SingularValue * block.SingularValue) * totalRegularization;
            (a[i], b[i]) = Auxiliaries(alpha, scaled);
            r[i] = ratio / a[i];
        }

        double c0 = 1 + problem.NoiseVariance - (2 * r[1]) - (ratio * (2 - a[0]) / a[0]);
        double c1 = 1 + problem.NoiseVariance - (2 * r[0]) - (ratio * (2 - a[1]) / a[1]);
        double determinant = 1 - (b[0] * b[1]);
        double[] q = [((b[0] * b[1] * c1) + (b[0] * c0)) / determinant, ((b[0] * b[1] * c0) + (b[1] * c1)) / determinant];
        return new PublishedPoint(a, r, q);
    }

    /// <summary>L_G of two blocks at many regularisations, in the processor's vector registers.</summary>
    /// <remarks>The same numbers as one by one, to a few roundings.</remarks>
    /// <param name="problem">A problem of exactly two blocks.</param>
    /// <param name="totalRegularizations">λ + 1/(ηt), positive.</param>
    /// <param name="errors">Receives L_G, as many.</param>
    public static void GeneralizationErrors(TeacherStudent problem, ReadOnlySpan<double> totalRegularizations, Span<double> errors)
    {
        ArgumentNullException.ThrowIfNull(problem);
        ArgumentOutOfRangeException.ThrowIfLessThan(errors.Length, totalRegularizations.Length);
        // Beyond it squares overflow.
        const double LargestVectorized = 1e150;
        int lanes = Vector<double>.Count;
        int i = 0;
        if (problem.Blocks.Count == 2)
        {
            TwoBlockConstants constants = new(problem);
            for (; i + lanes <= totalRegularizations.Length; i += lanes)
            {
                Vector<double> total = new(totalRegularizations[i..]);
                if (!Vector.GreaterThanAll(total, Vector<double>.Zero) || !Vector.LessThanAll(total * Vector.Max(constants.First.Scale, constants.Second.Scale), new Vector<double>(LargestVectorized)))
                {
                    break;
                }

                ErrorOfLanes(constants, total).CopyTo(errors[i..]);
            }
        }

        for (; i < totalRegularizations.Length; i++)
        {
            errors[i] = TwoBlocks(problem, totalRegularizations[i]).Total.GeneralizationError;
        }
    }

    private static Vector<double> ErrorOfLanes(TwoBlockConstants constants, Vector<double> total)
    {
        Vector<double> one = Vector<double>.One;
        Vector<double> ratio = constants.Ratio;
        (Vector<double> inverse0, Vector<double> b0) = Lanes(constants.First, total);
        (Vector<double> inverse1, Vector<double> b1) = Lanes(constants.Second, total);
        Vector<double> r0 = ratio * inverse0;
        Vector<double> r1 = ratio * inverse1;
        // (2 − a)/a = 2/a − 1.
        Vector<double> c0 = constants.Noisy - (2 * r1) - ((2 * r0) - ratio);
        Vector<double> c1 = constants.Noisy - (2 * r0) - ((2 * r1) - ratio);
        Vector<double> both = b0 * b1;
        Vector<double> q = ((both * (c0 + c1)) + (b0 * c0) + (b1 * c1)) / (one - both);
        return (one + q - (2 * (r0 + r1))) / 2;
    }

    // 1/a and b of a block.
    private static (Vector<double> Inverse, Vector<double> B) Lanes(in BlockLanes block, Vector<double> total)
    {
        Vector<double> one = Vector<double>.One;
        Vector<double> scaled = block.Scale * total;
        Vector<double> h = block.OneLessAlpha - scaled;
        Vector<double> root = Vector.SquareRoot((h * h) + (4 * scaled));
        Vector<double> positive = 2 * scaled / (root + h);
        Vector<double> u = Vector.ConditionalSelect(Vector.GreaterThan(h, Vector<double>.Zero), positive, (root - h) / 2);
        return (one / (one + u), block.Alpha / (block.OneLessAlpha + (u * (one + one + u))));
    }

    private readonly struct BlockLanes(TeacherStudent problem, FeatureBlock block)
    {
        public Vector<double> Alpha { get; } = new((double)problem.ExampleCount / block.Dimension);

        public Vector<double> OneLessAlpha { get; } = new(1 - ((double)problem.ExampleCount / block.Dimension));

        public Vector<double> Scale { get; } = new(problem.Dimension / (block.Dimension * block.SingularValue * block.SingularValue));
    }

    private readonly struct TwoBlockConstants(TeacherStudent problem)
    {
        public BlockLanes First { get; } = new(problem, problem.Blocks[0]);

        public BlockLanes Second { get; } = new(problem, problem.Blocks[1]);

        public Vector<double> Ratio { get; } = new((double)problem.ExampleCount / problem.Dimension);

        public Vector<double> Noisy { get; } = new(1 + problem.NoiseVariance);
    }

    /// <summary>R and Q of an isotropic student, F = σ·I.</summary>
    /// <param name="problem">A problem of exactly one block.</param>
    /// <param name="totalRegularization">λ + 1/(ηt), positive.</param>
    public static PublishedPoint OneBlock(TeacherStudent problem, double totalRegularization)
    {
        ArgumentNullException.ThrowIfNull(problem);
        if (problem.Blocks.Count != 1)
        {
            throw new ArgumentException($"This formula is for one block; this problem has {problem.Blocks.Count}.", nameof(problem));
        }

        double singularValue = problem.Blocks[0].SingularValue;
        return Isotropic((double)problem.ExampleCount / problem.Dimension, totalRegularization / (singularValue * singularValue), problem.NoiseVariance);
    }

    /// <summary>R and Q of an isotropic student by its ratio of examples alone.</summary>
    /// <param name="alpha">n/d, positive.</param>
    /// <param name="scaledRegularization">(λ + 1/(ηt))/σ², positive.</param>
    /// <param name="noiseVariance">Variance of the noise on training targets.</param>
    public static PublishedPoint Isotropic(double alpha, double scaledRegularization, double noiseVariance)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(alpha);
        RequirePositive(scaledRegularization);
        (double a, double b) = Auxiliaries(alpha, scaledRegularization);
        return new PublishedPoint([a], [alpha / a], [b * (1 + noiseVariance - (alpha * (2 - a) / a))]);
    }

    // a = 1 + u with u the positive root of u² + hu = λ̃, h = 1 − α − λ̃; b = α/(a² − α).
    private static (double A, double B) Auxiliaries(double alpha, double scaledRegularization)
    {
        double h = 1 - alpha - scaledRegularization;
        double root = double.Hypot(h, 2 * Math.Sqrt(scaledRegularization));
        double u = h > 0 ? 2 * scaledRegularization / (root + h) : (root - h) / 2;
        return (1 + u, alpha / (1 - alpha + (u * (2 + u))));
    }

    private static void RequirePositive(double totalRegularization)
    {
        if (!(totalRegularization > 0) || double.IsInfinity(totalRegularization))
        {
            throw new ArgumentOutOfRangeException(nameof(totalRegularization), totalRegularization, "The total regularisation λ + 1/(ηt) is positive and finite.");
        }
    }
}
