namespace GradientDynamics.Analysis.Numerics;

/// <summary>The real branches of the Lambert W function, the solutions w of w·exp(w) = x.</summary>
/// <remarks>
/// Accuracy: 1e-15 relative on both branches, the neighbourhood of the branch point −1/e included.
/// Away from the branch point the iteration is that of Fritsch, Shafer and Crowley, CACM 16 (1973), algorithm 443; near it
/// Newton's method runs on q = w + 1, where the equation is 1 − (1 − q)·exp(q) = 1 + e·x and nothing cancels.
/// Corless et al., 1996, https://doi.org/10.1007/BF02124750.
/// </remarks>
public static class LambertW
{
    /// <summary>The smallest argument, −1/e rounded to double.</summary>
    public const double BranchPoint = -0.36787944117144233;

    // e = EulerHigh + EulerLow to 107 bits, so that 1 + e·x keeps its digits where it is small.
    private const double EulerHigh = Math.E;
    private const double EulerLow = 1.4456468917292502e-16;

    // Below this value of 1 + e·x the equation in q is used: w + 1 is then below 0.83 and the plain iteration would lose digits.
    private const double NearBranchPoint = 0.5;

    // The iteration is of fourth order; its starts need at most four steps, the rest is reserve.
    private const int MaximumIterations = 20;

    /// <summary>W of branch 0 (w ≥ −1, for x ≥ −1/e) or −1 (w ≤ −1, for −1/e ≤ x &lt; 0).</summary>
    /// <param name="x">The argument.</param>
    /// <param name="branch">0 or −1.</param>
    public static double Evaluate(double x, int branch = 0)
    {
        if (branch is not (0 or -1))
        {
            throw new ArgumentOutOfRangeException(nameof(branch), branch, "The Lambert W function has the real branches 0 and -1.");
        }

        if (double.IsNaN(x) || x < BranchPoint || (branch == -1 && x >= 0))
        {
            string domain = branch == 0 ? "x >= -1/e" : "-1/e <= x < 0";
            throw new ArgumentOutOfRangeException(nameof(x), x, $"Branch {branch} of the Lambert W function is real for {domain}.");
        }

        // W(x) = x - x² + ..., so below half a rounding of one, W(x) and x are the same double.
        if ((branch == 0 && Math.Abs(x) < 1e-16) || double.IsPositiveInfinity(x))
        {
            return x;
        }

        double distance = Math.FusedMultiplyAdd(EulerHigh, x, 1) + (EulerLow * x);
        return distance < NearBranchPoint ? FromBranchPoint(distance, branch) : Iterate(x, Start(x, branch));
    }

    private static double Start(double x, int branch)
    {
        if (branch == 0)
        {
            double log = NearOne.Log(x);
            return log * (1 - (NearOne.Log(log) / (2 + log)));
        }

        double outer = Math.Log(-x);
        double inner = Math.Log(-outer);
        return outer - inner + (inner / outer);
    }

    private static double Iterate(double x, double w)
    {
        for (int i = 0; i < MaximumIterations; i++)
        {
            double z = Math.Log(x / w) - w;
            double next = 1 + w;
            double q = 2 * next * (next + (2 * z / 3));
            double change = z / next * (q - z) / (q - (2 * z));
            w *= 1 + change;
            // Of fourth order: after a relative change of 1e-5 the next one is below rounding.
            if (Math.Abs(change) < 1e-5)
            {
                return w;
            }
        }

        throw new NonConvergenceException($"The Lambert W function at {x:R} was not found.", Math.Log(x / w) - w);
    }

    private static double FromBranchPoint(double distance, int branch)
    {
        if (distance <= 0)
        {
            return -1;
        }

        double p = Math.Sqrt(2 * distance) * (branch == 0 ? 1 : -1);
        double q = p - (p * p / 3) + (11 * p * p * p / 72);
        for (int i = 0; i < MaximumIterations; i++)
        {
            double residual = Displacement(q) - distance;
            double change = residual / (q * Math.Exp(q));
            q -= change;
            // Newton's method squares the error: after a relative change of 1e-9 the next one is below rounding.
            if (Math.Abs(change) <= 1e-9 * Math.Abs(q))
            {
                return q - 1;
            }
        }

        throw new NonConvergenceException("The Lambert W function near its branch point was not found.", Displacement(q) - distance);
    }

    // 1 − (1 − q)·exp(q) = Σ_{k≥2} (k − 1) q^k / k!, summed where the closed form cancels.
    private static double Displacement(double q)
    {
        if (Math.Abs(q) > 1)
        {
            return 1 - ((1 - q) * Math.Exp(q));
        }

        double power = q * q / 2;
        double sum = 0;
        for (int k = 2; k < 30 && Math.Abs(power) > 1e-18 * Math.Abs(sum); k++)
        {
            sum += (k - 1) * power;
            power *= q / (k + 1);
        }

        return sum;
    }
}
