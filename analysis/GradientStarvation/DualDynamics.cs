using GradientDynamics.Analysis.Numerics;
using MathNet.Numerics.LinearAlgebra;

namespace GradientDynamics.Analysis.GradientStarvation;

/// <summary>Gradient ascent on the dual of the regularised cross-entropy, the dynamics in which starvation is derived.</summary>
/// <remarks>
/// Exact (Eq. 6.3.9): α̇ = log((1 − α)/α) − Aα with A = US²Uᵀ/λ under weight decay. Under spectral decoupling (Eq. 6.3.18) A = UUᵀ/λ, the identity
/// over λ where the features have full row rank: the α_i are then independent. Approximate (Eq. 6.3.10): α̇ = −log α − (A + I)α, from
/// log(1 − α) ≈ −α. Learning rate 1: time is η·t.
/// </remarks>
public sealed class DualDynamics
{
    private readonly LinearizedNetwork _network;
    private readonly Matrix<double> _kernel;
    private readonly bool _approximate;

    /// <summary>Creates the dynamics.</summary>
    /// <param name="network">The network.</param>
    /// <param name="approximate">Whether log(1 − α) is replaced by −α (Eq. 6.3.10). Default false.</param>
    public DualDynamics(LinearizedNetwork network, bool approximate = false)
    {
        ArgumentNullException.ThrowIfNull(network);
        _network = network;
        _approximate = approximate;
        Vector<double> gains = network.Gains();
        _kernel = network.LeftVectors.MapIndexed((_, column, value) => value * gains[column]).TransposeAndMultiply(network.LeftVectors);
        if (approximate)
        {
            _kernel += Matrix<double>.Build.DenseIdentity(network.ExampleCount);
        }
    }

    /// <summary>The network.</summary>
    public LinearizedNetwork Network => _network;

    /// <summary>A, or A + I in the approximate dynamics.</summary>
    public Matrix<double> Kernel => _kernel;

    /// <summary>α̇ at α.</summary>
    /// <param name="dual">α in (0, 1).</param>
    public Vector<double> Rate(Vector<double> dual)
    {
        ArgumentNullException.ThrowIfNull(dual);
        return dual.Map(Barrier) - (_kernel * dual);
    }

    /// <summary>The objective that ascends: ΣH(α) − ½αᵀAα, or Σ(α − α·log α) − ½αᵀ(A + I)α in the approximate dynamics.</summary>
    /// <param name="dual">α in [0, 1].</param>
    public double Objective(Vector<double> dual)
    {
        ArgumentNullException.ThrowIfNull(dual);
        double entropy = dual.Sum(a => _approximate ? (a > 0 ? a - (a * Math.Log(a)) : 0) : LegendreDual.BinaryEntropy(a));
        return entropy - (0.5 * dual.DotProduct(_kernel * dual));
    }

    /// <summary>The Jacobian of α̇: −diag(1/(α(1 − α))) − A, or −diag(1/α) − (A + I).</summary>
    /// <param name="dual">α in (0, 1).</param>
    public Matrix<double> Jacobian(Vector<double> dual)
    {
        ArgumentNullException.ThrowIfNull(dual);
        Matrix<double> jacobian = -_kernel;
        for (int i = 0; i < dual.Count; i++)
        {
            jacobian[i, i] -= 1 / (_approximate ? dual[i] : dual[i] * (1 - dual[i]));
        }

        return jacobian;
    }

    /// <summary>α at given times by integration with error control.</summary>
    /// <param name="start">α at time 0, in (0, 1).</param>
    /// <param name="times">Times, ascending.</param>
    public IReadOnlyList<Vector<double>> Integrate(Vector<double> start, IReadOnlyList<double> times)
    {
        ArgumentNullException.ThrowIfNull(start);
        // In u = log α the barrier at zero is at infinity, and a start of 1e-8 is no stiffness: u̇ = α̇/α.
        double[] logarithms = start.Map(a => Math.Log(a)).ToArray();
        double[][] states = new DormandPrince().Integrate(
            (_, state, rate) =>
            {
                Vector<double> dual = Vector<double>.Build.Dense(state.Length);
                for (int i = 0; i < state.Length; i++)
                {
                    dual[i] = Math.Exp(state[i]);
                }

                Vector<double> slope = Rate(dual);
                for (int i = 0; i < state.Length; i++)
                {
                    rate[i] = slope[i] / dual[i];
                }
            },
            logarithms,
            [.. times]);
        return [.. states.Select(state => Vector<double>.Build.DenseOfEnumerable(state.Select(Math.Exp)))];
    }

    /// <summary>Gradient ascent by equal steps, as the papers' code runs it: α is kept within [1e-50, 1 − 2⁻⁵³].</summary>
    /// <param name="start">α at step 0.</param>
    /// <param name="learningRate">Step size.</param>
    /// <param name="steps">Steps.</param>
    /// <returns>α after 0, 1, …, steps steps.</returns>
    public IEnumerable<Vector<double>> Ascend(Vector<double> start, double learningRate, int steps)
    {
        ArgumentNullException.ThrowIfNull(start);
        Vector<double> dual = start.Map(Clamp);
        yield return dual;
        for (int step = 0; step < steps; step++)
        {
            dual = (dual + (learningRate * Rate(dual))).Map(Clamp);
            yield return dual;
        }
    }

    private double Barrier(double dual) => _approximate ? -Math.Log(dual) : NearOne.Log(-dual) - Math.Log(dual);

    private static double Clamp(double dual) => Math.Clamp(dual, 1e-50, double.BitDecrement(1));
}
