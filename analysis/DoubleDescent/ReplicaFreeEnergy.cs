using GradientDynamics.Analysis.Numerics;
using MathNet.Numerics.LinearAlgebra;

namespace GradientDynamics.Analysis.DoubleDescent;

/// <summary>The replica-symmetric free energy of the isotropic student, and its saddle point found numerically (App. .2.3).</summary>
/// <remarks>
/// −βf = (Q − R²)/(2D) + ½ln D − (α/2)ln(1 + βD) − (αβ/2)(G − 2R + Q)/(1 + βD) − (βλ/2)(Q + D), D = Q₀ − Q, G = 1 + σ².
/// The print (Eqs. .2.30, .2.65) lacks the last term; without it the extremum is a = α instead of Eq. 4.2.13.
/// R and Q at the saddle do not depend on the inverse temperature β. Accuracy: the saddle to 1e-12 in the gradient, scaled by D.
/// </remarks>
public sealed record ReplicaFreeEnergy
{
    // The gradient's components are of order one after scaling; a thousand roundings cover their sums over extreme settings.
    private const double GradientTolerance = 1e-12;

    /// <summary>Examples per dimension, n/d.</summary>
    public required double Alpha { get; init { ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, nameof(Alpha)); field = value; } }

    /// <summary>Total regularisation over the squared singular value, (λ + 1/(ηt))/σ².</summary>
    public required double ScaledRegularization
    {
        get;
        init { ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, nameof(ScaledRegularization)); field = value; }
    }

    /// <summary>Variance of the noise on training targets. Default 0.</summary>
    public double NoiseVariance { get; init { ArgumentOutOfRangeException.ThrowIfNegative(value, nameof(NoiseVariance)); field = value; } }

    /// <summary>Inverse temperature β. Default 1.</summary>
    public double InverseTemperature { get; init { ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, nameof(InverseTemperature)); field = value; } } = 1;

    /// <summary>−βf at a point.</summary>
    /// <param name="r">R.</param>
    /// <param name="q">Q, the overlap of two replicas.</param>
    /// <param name="spread">D = Q₀ − Q, positive.</param>
    public double Value(double r, double q, double spread)
    {
        double beta = InverseTemperature;
        double cooled = 1 + (beta * spread);
        return ((q - (r * r)) / (2 * spread))
            + (0.5 * Math.Log(spread))
            - (0.5 * Alpha * NearOne.Log(beta * spread))
            - (0.5 * Alpha * beta * (1 + NoiseVariance - (2 * r) + q) / cooled)
            - (0.5 * beta * ScaledRegularization * (q + spread));
    }

    /// <summary>Derivatives of −βf by R, Q and D.</summary>
    /// <param name="r">R.</param>
    /// <param name="q">Q.</param>
    /// <param name="spread">D.</param>
    public (double R, double Q, double Spread) Gradient(double r, double q, double spread)
    {
        double beta = InverseTemperature;
        double cooled = 1 + (beta * spread);
        double common = (0.5 / spread) - (0.5 * Alpha * beta / cooled) - (0.5 * beta * ScaledRegularization);
        double byR = (-r / spread) + (Alpha * beta / cooled);
        double energy = 1 + NoiseVariance - (2 * r) + q;
        double bySpread = common - ((q - (r * r)) / (2 * spread * spread)) + (0.5 * Alpha * beta * beta * energy / (cooled * cooled));
        return (byR, common, bySpread);
    }

    /// <summary>The saddle point: where all three derivatives vanish.</summary>
    /// <exception cref="NonConvergenceException">Newton's method did not reach the tolerance.</exception>
    public (OrderParameters Parameters, double Spread) FindSaddle()
    {
        double beta = InverseTemperature;
        // At large regularisation D = 1/(βλ); at small, the data hold the weights to about 1/(β(α + λ)).
        double start = Math.Log(1 / (beta * (Alpha + ScaledRegularization)));
        Vector<double> root = NewtonMethod.Find(
            x => Scaled(x[0], x[1], Math.Exp(x[2])),
            x => NumericalJacobian(x),
            Vector<double>.Build.Dense([0.5 * Math.Min(1, Alpha), 0.5 * Math.Min(1, Alpha), start]),
            GradientTolerance);
        return (new OrderParameters(root[0], root[1]), Math.Exp(root[2]));
    }

    // The gradient times D (times D² β in the last component), so that all components stay of order one at every temperature.
    private Vector<double> Scaled(double r, double q, double spread)
    {
        (double byR, double byQ, double bySpread) = Gradient(r, q, spread);
        double heat = InverseTemperature * spread / (1 + (InverseTemperature * spread));
        return Vector<double>.Build.Dense([byR * spread, byQ * spread, (bySpread - byQ) * spread * spread / heat]);
    }

    // Central differences: Newton's method needs the slope to a few digits, its residual alone decides the accuracy.
    private Matrix<double> NumericalJacobian(Vector<double> x)
    {
        const double Width = 1e-6;
        Matrix<double> jacobian = Matrix<double>.Build.Dense(3, 3);
        for (int column = 0; column < 3; column++)
        {
            Vector<double> above = x.Clone();
            Vector<double> below = x.Clone();
            above[column] += Width;
            below[column] -= Width;
            Vector<double> slope = (Scaled(above[0], above[1], Math.Exp(above[2])) - Scaled(below[0], below[1], Math.Exp(below[2]))) / (2 * Width);
            jacobian.SetColumn(column, slope);
        }

        return jacobian;
    }
}
