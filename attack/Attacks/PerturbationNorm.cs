using System.Numerics;

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
        public double Distance(ReadOnlySpan<float> input, ReadOnlySpan<float> perturbed) =>
            norm == PerturbationNorm.Linf ? LargestChange(input, perturbed) : Math.Sqrt(SquaredDistance(input, perturbed));

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
        Vector<double> sums = Vector<double>.Zero;
        int i = 0;
        for (; i <= values.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector.Widen(new Vector<float>(values[i..]), out Vector<double> low, out Vector<double> high);
            sums += (low * low) + (high * high);
        }

        double sum = Vector.Sum(sums);
        for (; i < values.Length; i++)
        {
            sum += (double)values[i] * values[i];
        }

        return Math.Sqrt(sum);
    }

    /// <summary>Squared Euclidean distance of two points, in double precision.</summary>
    public static double SquaredDistance(ReadOnlySpan<float> first, ReadOnlySpan<float> second)
    {
        Vector<double> sums = Vector<double>.Zero;
        int i = 0;
        for (; i <= first.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector.Widen(new Vector<float>(first[i..]), out Vector<double> firstLow, out Vector<double> firstHigh);
            Vector.Widen(new Vector<float>(second[i..]), out Vector<double> secondLow, out Vector<double> secondHigh);
            Vector<double> low = secondLow - firstLow;
            Vector<double> high = secondHigh - firstHigh;
            sums += (low * low) + (high * high);
        }

        double sum = Vector.Sum(sums);
        for (; i < first.Length; i++)
        {
            double change = (double)second[i] - first[i];
            sum += change * change;
        }

        return sum;
    }

    private static double LargestChange(ReadOnlySpan<float> first, ReadOnlySpan<float> second)
    {
        double largest = 0;
        for (int i = 0; i < first.Length; i++)
        {
            largest = Math.Max(largest, Math.Abs((double)second[i] - first[i]));
        }

        return largest;
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
