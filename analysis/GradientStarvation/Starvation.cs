using GradientDynamics.Analysis.Numerics;
using MathNet.Numerics.LinearAlgebra;

namespace GradientDynamics.Analysis.GradientStarvation;

/// <summary>Which feature starves which: the derivatives of the responses at the optimum by the squared strengths (Def. 6.3.2, Thm. 6.3.5).</summary>
/// <remarks>
/// Exact, by the implicit function theorem at the fixed point: with D = diag(α(1 − α)), dz/d(s_i²) = (I + S²UᵀDU/λ)⁻¹ e_i (u_iᵀα)/λ.
/// Under spectral decoupling z does not depend on the strengths and all derivatives are 0. Accuracy: rounding times the condition of the system, 1e-12 relative in practice.
/// </remarks>
public static class Starvation
{
    /// <summary>The matrix of dz_j*/d(s_i²), row j, column i. A negative entry off the diagonal: feature i starves feature j.</summary>
    /// <param name="network">The network.</param>
    public static Matrix<double> Matrix(LinearizedNetwork network)
    {
        ArgumentNullException.ThrowIfNull(network);
        int features = network.FeatureCount;
        if (network.Regularizer == Regularizer.SpectralDecoupling)
        {
            return Matrix<double>.Build.Dense(features, features);
        }

        FixedPoint optimum = FixedPoint.Find(network);
        Vector<double> spread = optimum.Dual.Map(a => a * (1 - a));
        Matrix<double> curvature = network.LeftVectors.TransposeThisAndMultiply(network.LeftVectors.MapIndexed((row, _, value) => value * spread[row]));
        Vector<double> gains = network.Gains();
        Matrix<double> system = Matrix<double>.Build.DenseIdentity(features) + curvature.MapIndexed((row, _, value) => value * gains[row]);
        Vector<double> forces = network.LeftVectors.TransposeThisAndMultiply(optimum.Dual) / network.Lambda;
        return system.Solve(Matrix<double>.Build.DenseOfDiagonalVector(forces));
    }

    /// <summary>dz₂*/d(s₁²) of two features to first order in the coupling δ (App. .5.47), negative for s₁ &gt; s₂ and δ &gt; 0.</summary>
    /// <remarks>
    /// −δ·s₂²·λ·W₁²(exp W₁ − exp W₂)/(k(1 + W₁)(s₁² + λ)²) with W_i = W(s_i²/λ + 1) and k = (s₂² + λ)(1 + 1/W₂).
    /// At λ = 0.01, s = (3, 2): right to 0.2 % at δ = 0.001, 15 % too large at δ = 0.5.
    /// </remarks>
    /// <param name="delta">δ.</param>
    /// <param name="first">s₁.</param>
    /// <param name="second">s₂.</param>
    /// <param name="lambda">λ.</param>
    public static double FirstOrderDerivative(double delta, double first, double second, double lambda)
    {
        double w1 = LambertW.Evaluate((first * first / lambda) + 1);
        double w2 = LambertW.Evaluate((second * second / lambda) + 1);
        double stiffness = ((second * second) + lambda) * (1 + (1 / w2));
        double sum = (first * first) + lambda;
        return -delta * second * second * lambda * w1 * w1 * (Math.Exp(w1) - Math.Exp(w2)) / (stiffness * (1 + w1) * sum * sum);
    }

    /// <summary>One point of the map of regimes over (s₁, s₂, δ, λ).</summary>
    /// <param name="First">s₁.</param>
    /// <param name="Second">s₂.</param>
    /// <param name="Delta">δ.</param>
    /// <param name="Lambda">λ.</param>
    /// <param name="Derivative">dz₂*/d(s₁²), exact.</param>
    /// <param name="FirstOrder">The same to first order in δ.</param>
    /// <param name="RelativeResponse">z₂* over what it is with s₁ = s₂: below 1, the second feature is starved by the first one's excess.</param>
    public readonly record struct Regime(double First, double Second, double Delta, double Lambda, double Derivative, double FirstOrder, double RelativeResponse)
    {
        /// <summary>Whether strengthening the first feature weakens the second.</summary>
        public bool IsStarving => Derivative < 0;
    }

    /// <summary>The regime of two features.</summary>
    /// <param name="first">s₁.</param>
    /// <param name="second">s₂.</param>
    /// <param name="delta">δ.</param>
    /// <param name="lambda">λ.</param>
    public static Regime RegimeOf(double first, double second, double delta, double lambda)
    {
        LinearizedNetwork network = LinearizedNetwork.TwoFeatures(delta, first, second, lambda);
        double response = FixedPoint.Find(network).Responses[1];
        double balanced = FixedPoint.Find(LinearizedNetwork.TwoFeatures(delta, second, second, lambda)).Responses[1];
        return new Regime(first, second, delta, lambda, Matrix(network)[1, 0], FirstOrderDerivative(delta, first, second, lambda), response / balanced);
    }
}
