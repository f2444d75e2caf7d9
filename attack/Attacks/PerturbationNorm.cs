namespace GradientDynamics.Attack.Attacks;

/// <summary>The norm in which a perturbation is measured.</summary>
public enum PerturbationNorm
{
    /// <summary>The largest change of one element.</summary>
    Linf,

    /// <summary>The Euclidean length.</summary>
    L2,
}

/// <summary>Lengths of perturbations and of gradients.</summary>
internal static class PerturbationNorms
{
    extension(PerturbationNorm norm)
    {
        /// <summary>Norm of <paramref name="perturbed"/> − <paramref name="input"/>, differences and sum in double precision.</summary>
        public double Distance(ReadOnlySpan<float> input, ReadOnlySpan<float> perturbed)
        {
            double result = 0;
            for (int i = 0; i < input.Length; i++)
            {
                double change = (double)perturbed[i] - input[i];
                result = norm == PerturbationNorm.Linf ? Math.Max(result, Math.Abs(change)) : result + (change * change);
            }

            return norm == PerturbationNorm.Linf ? result : Math.Sqrt(result);
        }

        /// <summary>Dual norm of a gradient: L1 for L∞, L2 for L2. The first-order change of the loss over a ball of radius ε is ε times this.</summary>
        public double DualLength(ReadOnlySpan<float> gradient) =>
            norm == PerturbationNorm.Linf ? SumOfMagnitudes(gradient) : EuclideanLength(gradient);

        /// <summary>The name as papers print it.</summary>
        public string Symbol => norm == PerturbationNorm.Linf ? "L∞" : "L2";

        /// <summary>The radius beyond which every valid input lies in the ball: the box's side for L∞, its diagonal for L2.</summary>
        public double Diameter(ReadOnlySpan<float> lower, ReadOnlySpan<float> upper) => norm.Distance(lower, upper);
    }

    /// <summary>Euclidean length, safe against underflow and overflow of the squares.</summary>
    public static double EuclideanLength(ReadOnlySpan<float> values)
    {
        double sum = 0;
        foreach (float value in values)
        {
            sum += (double)value * value;
        }

        return Math.Sqrt(sum);
    }

    private static double SumOfMagnitudes(ReadOnlySpan<float> values)
    {
        double sum = 0;
        foreach (float value in values)
        {
            sum += Math.Abs((double)value);
        }

        return sum;
    }
}
