using GradientDynamics.Analysis.Numerics;
using MathNet.Numerics.LinearAlgebra;

namespace GradientDynamics.Analysis.GradientStarvation;

/// <summary>How a fixed point is sought.</summary>
public enum FixedPointMethod
{
    /// <summary>Newton's method on the optimality condition.</summary>
    Newton,

    /// <summary>Gradient ascent on the dual, run to convergence.</summary>
    Dual,

    /// <summary>Gradient descent on the primal, run to convergence.</summary>
    Primal,
}

/// <summary>The optimum of training a linearised network, with its certificate.</summary>
/// <param name="Dual">α*, (examples).</param>
/// <param name="Responses">z* = gains·Uᵀα* (Eq. 6.3.11), (features).</param>
/// <param name="Residual">Largest |α̇| at α*: how far the optimality condition is from holding, in units of a margin.</param>
/// <param name="LargestEigenvalue">Largest eigenvalue of the dynamics' Jacobian at α*; for more than 1,000 examples an upper bound of it.</param>
public sealed record FixedPoint(Vector<double> Dual, Vector<double> Responses, double Residual, double LargestEigenvalue)
{
    // A cubic cost: beyond it Weyl's bound −min 1/(α(1 − α)) stands in, which certifies the same.
    private const int EigenvalueLimit = 1000;

    // Linear convergence at the ratio of smallest to largest curvature: λ down to 1e-6 of s² is reached.
    private const int MaximumSteps = 20_000_000;

    /// <summary>Whether the point attracts: all eigenvalues are negative (Thm. 6.3.3).</summary>
    public bool IsAttractive => LargestEigenvalue < 0;

    /// <summary>The fixed point of the exact dynamics (Eq. 6.3.9 or 6.3.18).</summary>
    /// <param name="network">The network.</param>
    /// <param name="method">How. Default Newton.</param>
    /// <exception cref="NonConvergenceException">The residual stayed above its tolerance.</exception>
    public static FixedPoint Find(LinearizedNetwork network, FixedPointMethod method = FixedPointMethod.Newton)
    {
        ArgumentNullException.ThrowIfNull(network);
        Vector<double> dual = method switch
        {
            FixedPointMethod.Newton => LinearizedNetwork.DualOfMargins(network.LeftVectors * NewtonResponses(network)),
            FixedPointMethod.Dual => Ascend(network),
            FixedPointMethod.Primal => LinearizedNetwork.DualOfMargins(network.LeftVectors * Descend(network)),
            _ => throw new ArgumentOutOfRangeException(nameof(method), method, "Accepted are newton, dual and primal."),
        };
        return Certify(network, dual);
    }

    /// <summary>The fixed point of the approximate dynamics (Eq. 6.3.10), by Newton's method.</summary>
    /// <param name="network">The network.</param>
    /// <exception cref="NonConvergenceException">The residual stayed above its tolerance.</exception>
    public static FixedPoint FindApproximate(LinearizedNetwork network)
    {
        DualDynamics dynamics = new(network, approximate: true);
        Vector<double> start = dynamics.Kernel.Diagonal().Map(diagonal => LambertW.Evaluate(diagonal) / diagonal);
        Vector<double> dual = NewtonMethod.Find(
            point => point.ForAll(a => a > 0) ? dynamics.Rate(point) : Vector<double>.Build.Dense(point.Count, double.NaN),
            dynamics.Jacobian,
            start,
            Tolerance(network));
        double residual = dynamics.Rate(dual).InfinityNorm();
        return new FixedPoint(dual, network.Responses(dual), residual, SymmetricEigen.Of(dynamics.Jacobian(dual)).Values[^1]);
    }

    /// <summary>The residual that rounding leaves: s₁²/λ amplifies the rounding of α.</summary>
    /// <param name="network">The network.</param>
    public static double Tolerance(LinearizedNetwork network)
    {
        ArgumentNullException.ThrowIfNull(network);
        return 1e-13 * Math.Max(10, network.Gains().Maximum());
    }

    private static FixedPoint Certify(LinearizedNetwork network, Vector<double> dual)
    {
        Vector<double> responses = network.Responses(dual);
        Vector<double> margins = network.LeftVectors * responses;
        double residual = dual.MapIndexed((i, a) => NearOne.Log(-a) - Math.Log(a) - margins[i]).InfinityNorm();
        double bound = -dual.Min(a => 1 / (a * (1 - a)));
        double largest = network.ExampleCount <= EigenvalueLimit ? SymmetricEigen.Of(new DualDynamics(network).Jacobian(dual)).Values[^1] : bound;
        double tolerance = Tolerance(network);
        return residual <= tolerance
            ? new FixedPoint(dual, responses, residual, largest)
            : throw new NonConvergenceException($"The fixed point was not reached to {tolerance:G3}.", residual);
    }

    // The condition in the features' basis, x = v under weight decay and x = z under spectral decoupling: weights·Uᵀσ(−U·weights·x) = λx.
    private static Vector<double> NewtonResponses(LinearizedNetwork network)
    {
        Vector<double> weights = network.Regularizer == Regularizer.WeightDecay ? network.Strengths : Vector<double>.Build.Dense(network.FeatureCount, 1);
        Matrix<double> scaled = network.LeftVectors.MapIndexed((_, column, value) => value * weights[column]);
        Vector<double> Gradient(Vector<double> x) => scaled.TransposeThisAndMultiply(LinearizedNetwork.DualOfMargins(scaled * x)) - (network.Lambda * x);
        Matrix<double> Hessian(Vector<double> x)
        {
            Vector<double> spread = LinearizedNetwork.DualOfMargins(scaled * x).Map(a => a * (1 - a));
            Matrix<double> curvature = scaled.TransposeThisAndMultiply(scaled.MapIndexed((row, _, value) => value * spread[row]));
            for (int i = 0; i < x.Count; i++)
            {
                curvature[i, i] += network.Lambda;
            }

            return -curvature;
        }

        // Newton's method runs on until the residual stops falling; the certificate judges the result.
        NewtonMethod.TryFind(Gradient, Hessian, Vector<double>.Build.Dense(network.FeatureCount), 0, out Vector<double> root, out _);
        return weights.PointwiseMultiply(root);
    }

    private static Vector<double> Ascend(LinearizedNetwork network)
    {
        DualDynamics dynamics = new(network);
        double stiffness = network.Gains().Maximum();
        double tolerance = 0.1 * Tolerance(network);
        Vector<double> dual = Vector<double>.Build.Dense(network.ExampleCount, 1e-8);
        for (int step = 0; step < MaximumSteps; step++)
        {
            Vector<double> rate = dynamics.Rate(dual);
            if (rate.InfinityNorm() <= tolerance)
            {
                return dual;
            }

            // 1 over the largest curvature at this point; moves are kept inside by halving the distance to the border.
            double curvature = stiffness + dual.Max(a => 1 / (a * (1 - a)));
            dual = dual.MapIndexed((i, a) => Math.Clamp(a + (rate[i] / curvature), a / 2, (1 + a) / 2));
        }

        throw new NonConvergenceException($"Dual ascent took more than {MaximumSteps} steps.", dynamics.Rate(dual).InfinityNorm());
    }

    private static Vector<double> Descend(LinearizedNetwork network)
    {
        PrimalDynamics dynamics = new(network);
        double learningRate = 1 / dynamics.LargestCurvature();
        Vector<double> parameters = Vector<double>.Build.Dense(network.FeatureCount);
        double smallest = double.PositiveInfinity;
        int sinceSmallest = 0;
        for (int step = 0; step < MaximumSteps; step++)
        {
            Vector<double> rate = dynamics.Rate(parameters);
            double norm = rate.L2Norm();
            // The gradient of a convex loss falls at every step until rounding stops it.
            sinceSmallest = norm < smallest ? 0 : sinceSmallest + 1;
            smallest = Math.Min(norm, smallest);
            if (norm == 0 || sinceSmallest > 100)
            {
                return network.Strengths.PointwiseMultiply(parameters);
            }

            parameters += learningRate * rate;
        }

        throw new NonConvergenceException($"Primal descent took more than {MaximumSteps} steps.", smallest);
    }
}
