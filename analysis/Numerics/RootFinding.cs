namespace GradientDynamics.Analysis.Numerics;

/// <summary>Roots of functions of one variable by Brent's method: bisection that interpolates where it may.</summary>
/// <remarks>
/// Accuracy: the returned point lies within the tolerance plus four roundings of a change of sign.
/// Brent, Algorithms for Minimization without Derivatives, 1973, chapter 4.
/// </remarks>
public static class RootFinding
{
    // Bisection alone halves the largest double interval 1,100 times to one rounding; Brent needs at most its square and in practice 10.
    private const int MaximumIterations = 2000;

    /// <summary>The point between two bounds where the function changes sign.</summary>
    /// <param name="function">The function, continuous between the bounds.</param>
    /// <param name="lower">One bound.</param>
    /// <param name="upper">The other bound; the function has the opposite sign there.</param>
    /// <param name="tolerance">Accepted distance from the root. Default 0: as close as doubles allow.</param>
    /// <exception cref="NonConvergenceException">The function has the same sign at both bounds or is not finite.</exception>
    public static double Find(Func<double, double> function, double lower, double upper, double tolerance = 0)
    {
        if (TryFind(function, lower, upper, out double root, tolerance))
        {
            return root;
        }

        double residual = Math.Min(Math.Abs(function(lower)), Math.Abs(function(upper)));
        throw new NonConvergenceException($"No change of sign was found between {lower:R} and {upper:R}.", residual);
    }

    /// <summary>Finds the point between two bounds where the function changes sign, or says that there is none.</summary>
    /// <param name="function">The function, continuous between the bounds.</param>
    /// <param name="lower">One bound.</param>
    /// <param name="upper">The other bound.</param>
    /// <param name="root">The root; NaN where none was found.</param>
    /// <param name="tolerance">Accepted distance from the root. Default 0: as close as doubles allow.</param>
    public static bool TryFind(Func<double, double> function, double lower, double upper, out double root, double tolerance = 0)
    {
        ArgumentNullException.ThrowIfNull(function);
        ArgumentOutOfRangeException.ThrowIfNegative(tolerance);

        double a = lower;
        double b = upper;
        double fa = function(a);
        double fb = function(b);
        root = double.NaN;
        if (!double.IsFinite(fa) || !double.IsFinite(fb) || (fa > 0 && fb > 0) || (fa < 0 && fb < 0))
        {
            return false;
        }

        double c = a;
        double fc = fa;
        double step = b - a;
        double previousStep = step;
        for (int i = 0; i < MaximumIterations; i++)
        {
            if ((fb > 0 && fc > 0) || (fb < 0 && fc < 0))
            {
                c = a;
                fc = fa;
                step = previousStep = b - a;
            }

            if (Math.Abs(fc) < Math.Abs(fb))
            {
                (a, b, c) = (b, c, b);
                (fa, fb, fc) = (fb, fc, fb);
            }

            double accepted = (2 * double.BitIncrement(1.0) - 2) * Math.Abs(b) + (tolerance / 2);
            double half = (c - b) / 2;
            if (Math.Abs(half) <= accepted || fb == 0)
            {
                root = b;
                return true;
            }

            if (Math.Abs(previousStep) >= accepted && Math.Abs(fa) > Math.Abs(fb))
            {
                (double p, double q) = Interpolate(a, b, c, fa, fb, fc, half);
                if (2 * p < Math.Min((3 * half * q) - Math.Abs(accepted * q), Math.Abs(previousStep * q)))
                {
                    previousStep = step;
                    step = p / q;
                }
                else
                {
                    step = previousStep = half;
                }
            }
            else
            {
                step = previousStep = half;
            }

            a = b;
            fa = fb;
            // At an exact zero bound the smallest step would vanish: half the bracket then always moves.
            double smallest = accepted > 0 ? accepted : Math.Abs(half);
            b += Math.Abs(step) > accepted ? step : Math.CopySign(smallest, half);
            fb = function(b);
            if (!double.IsFinite(fb))
            {
                return false;
            }
        }

        return false;
    }

    private static (double Numerator, double Denominator) Interpolate(double a, double b, double c, double fa, double fb, double fc, double half)
    {
        double s = fb / fa;
        double p;
        double q;
        if (a == c)
        {
            p = 2 * half * s;
            q = 1 - s;
        }
        else
        {
            double t = fa / fc;
            double r = fb / fc;
            p = s * ((2 * half * t * (t - r)) - ((b - a) * (r - 1)));
            q = (t - 1) * (r - 1) * (s - 1);
        }

        return p > 0 ? (p, -q) : (-p, q);
    }
}
