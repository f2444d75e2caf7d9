using GradientDynamics.Analysis.Numerics;
using MathNet.Numerics.LinearAlgebra;

namespace GradientDynamics.Analysis.DoubleDescent;

/// <summary>Noisy stochastic gradient descent as Langevin dynamics at inverse temperature β (Eqs. 4.2.4, 4.2.20).</summary>
/// <remarks>
/// ŵ ← ŵ − η∇L + √(2η/β)·ξ with ξ ~ N(0, I). Its law is Gaussian at every step: the mean is noiseless gradient descent, the covariance is diagonal in the
/// eigenbasis of XᵀX, with h = l + λ: c_t = (2η/β)(1 − (1 − ηh)^{2t})/(1 − (1 − ηh)²), which tends to 1/(βh(1 − ηh/2)), and to the Gibbs
/// distribution's 1/(βh) as η → 0. Accuracy: rounding.
/// </remarks>
public sealed class LangevinDynamics
{
    private readonly TeacherStudentDraw _draw;
    private readonly SymmetricEigen _eigen;
    private readonly double _learningRate;
    private readonly double _lambda;
    private readonly double _inverseTemperature;

    /// <summary>Creates the dynamics.</summary>
    /// <param name="draw">The draw.</param>
    /// <param name="learningRate">η, less than 2/(λ_max + λ).</param>
    /// <param name="lambda">Weight decay λ; positive where XᵀX is singular, or there is no equilibrium.</param>
    /// <param name="inverseTemperature">β.</param>
    public LangevinDynamics(TeacherStudentDraw draw, double learningRate, double lambda, double inverseTemperature)
    {
        ArgumentNullException.ThrowIfNull(draw);
        ArgumentOutOfRangeException.ThrowIfNegative(lambda);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(inverseTemperature);
        _draw = draw;
        _lambda = lambda;
        _inverseTemperature = inverseTemperature;
        _eigen = SymmetricEigen.Of(draw.Inputs.TransposeThisAndMultiply(draw.Inputs));
        double largest = 2 / (_eigen.Values[^1] + lambda);
        if (!(learningRate > 0 && learningRate < largest))
        {
            throw new ArgumentOutOfRangeException(nameof(learningRate), learningRate, $"The dynamics are stable for learning rates between 0 and {largest:G10}.");
        }

        _learningRate = learningRate;
    }

    /// <summary>Mean of the equilibrium distribution: the ridge solution (XᵀX + λI)⁻¹Xᵀy.</summary>
    public Vector<double> EquilibriumMean()
    {
        Vector<double> projected = _eigen.Vectors.TransposeThisAndMultiply(_draw.Inputs.TransposeThisAndMultiply(_draw.Targets));
        return _eigen.Vectors * projected.MapIndexed((i, value) => value / Curvature(i));
    }

    /// <summary>Covariance at equilibrium, exact for the step size.</summary>
    public Matrix<double> EquilibriumCovariance() => InEigenbasis(h => 1 / (_inverseTemperature * h * (1 - (_learningRate * h / 2))));

    /// <summary>Covariance of the Gibbs distribution, (XᵀX + λI)⁻¹/β, the limit of small steps.</summary>
    public Matrix<double> GibbsCovariance() => InEigenbasis(h => 1 / (_inverseTemperature * h));

    /// <summary>Covariance after t steps from a fixed start.</summary>
    /// <param name="steps">Steps t.</param>
    public Matrix<double> Covariance(double steps) => InEigenbasis(h =>
    {
        double factor = 1 - (_learningRate * h);
        return 2 * _learningRate / _inverseTemperature * (1 - Math.Pow(factor * factor, steps)) / (_learningRate * h * (2 - (_learningRate * h)));
    });

    /// <summary>Expected R and Q at equilibrium: those of the mean, and Tr(F·Cov·Fᵀ)/d more in Q.</summary>
    public OrderParameters EquilibriumOrderParameters()
    {
        OrderParameters mean = _draw.Measure(EquilibriumMean());
        Matrix<double> spread = _draw.Modulation * EquilibriumCovariance() * _draw.Modulation.Transpose();
        return mean with { Q = mean.Q + (spread.Trace() / _draw.Teacher.Count) };
    }

    /// <summary>One trajectory; returns the weights after each step.</summary>
    /// <param name="steps">Steps.</param>
    /// <param name="source">Randomness.</param>
    public IEnumerable<Vector<double>> Simulate(int steps, GaussianSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        double spread = Math.Sqrt(2 * _learningRate / _inverseTemperature);
        Vector<double> weights = Vector<double>.Build.Dense(_draw.Teacher.Count);
        for (int step = 0; step < steps; step++)
        {
            Vector<double> residual = (_draw.Inputs * weights) - _draw.Targets;
            weights = weights - (_learningRate * (_draw.Inputs.TransposeThisAndMultiply(residual) + (_lambda * weights))) + source.Vector(weights.Count, spread);
            yield return weights;
        }
    }

    private double Curvature(int mode)
    {
        double curvature = _eigen.Values[mode] + _lambda;
        return curvature > 1e-14 * (_eigen.Values[^1] + _lambda)
            ? curvature
            : throw new InvalidDataException("XᵀX is singular and λ = 0: the noise accumulates in the frozen subspace and there is no equilibrium. A positive λ gives one.");
    }

    private Matrix<double> InEigenbasis(Func<double, double> variance)
    {
        Matrix<double> scaled = _eigen.Vectors.MapIndexed((_, column, value) => value * variance(Curvature(column)));
        return scaled.TransposeAndMultiply(_eigen.Vectors);
    }
}
