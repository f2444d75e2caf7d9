using MathNet.Numerics.LinearAlgebra;

namespace GradientDynamics.Analysis.Numerics;

/// <summary>Roots of systems of equations by Newton's method with step halving.</summary>
/// <remarks>Accuracy: the largest component of the residual is at most the tolerance, which the caller chooses from the rounding of its residual.</remarks>
public static class NewtonMethod
{
    // Quadratic near the root; the rest is for step halving far from it.
    private const int MaximumIterations = 500;

    /// <summary>A root of the system.</summary>
    /// <param name="residual">The residual at a point; a component that is not finite marks a point outside the domain.</param>
    /// <param name="jacobian">The residual's derivative at a point.</param>
    /// <param name="start">Where the iteration starts, inside the domain.</param>
    /// <param name="tolerance">Largest accepted component of the residual.</param>
    /// <exception cref="NonConvergenceException">The residual did not fall to the tolerance.</exception>
    public static Vector<double> Find(
        Func<Vector<double>, Vector<double>> residual, Func<Vector<double>, Matrix<double>> jacobian, Vector<double> start, double tolerance)
        => TryFind(residual, jacobian, start, tolerance, out Vector<double> root, out double remaining)
            ? root
            : throw new NonConvergenceException("Newton's method stopped before the tolerance " + tolerance.ToString("R") + ".", remaining);

    /// <summary>Finds a root of the system, or the best point on the way.</summary>
    /// <param name="residual">The residual at a point; a component that is not finite marks a point outside the domain.</param>
    /// <param name="jacobian">The residual's derivative at a point.</param>
    /// <param name="start">Where the iteration starts, inside the domain.</param>
    /// <param name="tolerance">Largest accepted component of the residual.</param>
    /// <param name="root">The last point.</param>
    /// <param name="remaining">Largest component of the residual there.</param>
    public static bool TryFind(
        Func<Vector<double>, Vector<double>> residual,
        Func<Vector<double>, Matrix<double>> jacobian,
        Vector<double> start,
        double tolerance,
        out Vector<double> root,
        out double remaining)
    {
        ArgumentNullException.ThrowIfNull(residual);
        ArgumentNullException.ThrowIfNull(jacobian);
        ArgumentNullException.ThrowIfNull(start);

        root = start;
        Vector<double> value = residual(root);
        remaining = value.InfinityNorm();
        for (int i = 0; i < MaximumIterations && double.IsFinite(remaining); i++)
        {
            if (remaining == 0)
            {
                return true;
            }

            Vector<double> direction = jacobian(root).Solve(value);
            if (!direction.ForAll(double.IsFinite))
            {
                break;
            }

            double norm = value.L2Norm();
            double length = 1;
            Vector<double> next = root - direction;
            Vector<double> nextValue = residual(next);
            // 2^-60 of a step is below rounding of the point: halving further cannot help.
            while (!(nextValue.L2Norm() < norm) && length > 1e-18)
            {
                length /= 2;
                next = root - (length * direction);
                nextValue = residual(next);
            }

            if (!(nextValue.L2Norm() < norm))
            {
                break;
            }

            root = next;
            value = nextValue;
            remaining = value.InfinityNorm();
        }

        return remaining <= tolerance;
    }
}
