using GradientDynamics.Analysis.Numerics;

namespace GradientDynamics.Analysis.LinearNetworks;

/// <summary>Generalisation and training error of a linear student over the time of gradient flow (section 2.3; Advani and Saxe, 2017, https://arxiv.org/abs/1710.03667).</summary>
/// <remarks>
/// Mode i of eigenvalue λ_i of XXᵀ moves by itself (Eq. 2.3.13); a zero eigenvalue is a frozen mode. Accuracy: four roundings for a given spectrum,
/// 1e-12 for the limit of large N.
/// </remarks>
public sealed record GeneralizationDynamics
{
    /// <summary>Variance σ_w² of the teacher's weights. Default 1.</summary>
    public double TeacherVariance { get; init { ArgumentOutOfRangeException.ThrowIfNegative(value, nameof(TeacherVariance)); field = value; } } = 1;

    /// <summary>Variance σ₀² of the student's weights at the start. Default 0.</summary>
    public double StartVariance { get; init { ArgumentOutOfRangeException.ThrowIfNegative(value, nameof(StartVariance)); field = value; } }

    /// <summary>Variance σ_ε² of the noise on targets. Default 0.</summary>
    public double NoiseVariance { get; init { ArgumentOutOfRangeException.ThrowIfNegative(value, nameof(NoiseVariance)); field = value; } }

    /// <summary>Time constant τ. Default 1.</summary>
    public double TimeConstant { get; init { ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, nameof(TimeConstant)); field = value; } } = 1;

    /// <summary>Expected squared error of one mode's weight, (σ_w² + σ₀²)exp(−2λt/τ) + (σ_ε²/λ)(1 − exp(−λt/τ))².</summary>
    /// <param name="eigenvalue">λ ≥ 0.</param>
    /// <param name="time">t ≥ 0.</param>
    public double ModeError(double eigenvalue, double time)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(eigenvalue);
        ArgumentOutOfRangeException.ThrowIfNegative(time);
        double exponent = -eigenvalue * time / TimeConstant;
        double learned = -NearOne.Exp(exponent);
        double noise = eigenvalue == 0 ? 0 : NoiseVariance / eigenvalue * learned * learned;
        return ((TeacherVariance + StartVariance) * Math.Exp(2 * exponent)) + noise;
    }

    /// <summary>E_g(t) of a fresh input of covariance I/N: the mean of the modes' errors, plus σ_ε² (Advani and Saxe's form).</summary>
    /// <param name="eigenvalues">All N eigenvalues of XXᵀ.</param>
    /// <param name="time">t.</param>
    public double GeneralizationError(IReadOnlyList<double> eigenvalues, double time)
    {
        ArgumentNullException.ThrowIfNull(eigenvalues);
        return eigenvalues.Average(eigenvalue => ModeError(eigenvalue, time)) + NoiseVariance;
    }

    /// <summary>The error at the training inputs with fresh noise: the mean of λ_i times the modes' errors, plus σ_ε².</summary>
    /// <remarks>This is what the dissertation derives as the generalisation error (Eq. 2.3.22). It has no peak at α = 1: frozen directions cost nothing there.</remarks>
    /// <param name="eigenvalues">All N eigenvalues of XXᵀ.</param>
    /// <param name="time">t.</param>
    public double ErrorAtTrainingInputs(IReadOnlyList<double> eigenvalues, double time)
    {
        ArgumentNullException.ThrowIfNull(eigenvalues);
        return eigenvalues.Average(eigenvalue => eigenvalue * ModeError(eigenvalue, time)) + NoiseVariance;
    }

    /// <summary>Expected training error ‖y − ŷ‖², summed over the P examples (the mean of Eq. 2.3.28 over teacher, start and noise).</summary>
    /// <remarks>Σ_i(λ_i(σ_w² + σ₀²) + σ_ε²)exp(−2λ_i t/τ) over the nonzero eigenvalues, and σ_ε² for each example beyond their number.</remarks>
    /// <param name="eigenvalues">All N eigenvalues of XXᵀ.</param>
    /// <param name="exampleCount">P.</param>
    /// <param name="time">t.</param>
    public double TrainingError(IReadOnlyList<double> eigenvalues, int exampleCount, double time)
    {
        ArgumentNullException.ThrowIfNull(eigenvalues);
        int nonzero = Math.Min(exampleCount, eigenvalues.Count);
        double sum = (exampleCount - nonzero) * NoiseVariance;
        foreach (double eigenvalue in eigenvalues.OrderDescending().Take(nonzero))
        {
            sum += ((eigenvalue * (TeacherVariance + StartVariance)) + NoiseVariance) * Math.Exp(-2 * eigenvalue * time / TimeConstant);
        }

        return sum;
    }

    /// <summary>E_g(t) in the limit of large N at α = P/N, by the Marchenko-Pastur spectrum.</summary>
    /// <param name="alpha">α.</param>
    /// <param name="time">t.</param>
    public double LimitError(double alpha, double time) => MarchenkoPastur.Average(eigenvalue => ModeError(eigenvalue, time), alpha) + NoiseVariance;

    /// <summary>The error at the training inputs with fresh noise in the limit of large N (Eq. 2.3.22).</summary>
    /// <param name="alpha">α.</param>
    /// <param name="time">t.</param>
    public double LimitErrorAtTrainingInputs(double alpha, double time) => MarchenkoPastur.Average(eigenvalue => eigenvalue * ModeError(eigenvalue, time), alpha) + NoiseVariance;

    /// <summary>Training error of an example in the limit of large N, the mean of <see cref="TrainingError"/> over the P examples.</summary>
    /// <param name="alpha">α.</param>
    /// <param name="time">t.</param>
    public double LimitTrainingError(double alpha, double time)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(time);
        // The share at zero is of weights that no example sees; examples beyond the weights' number keep their noise.
        double seen = MarchenkoPastur.Average(eigenvalue => eigenvalue == 0 ? 0 : ((eigenvalue * (TeacherVariance + StartVariance)) + NoiseVariance) * Math.Exp(-2 * eigenvalue * time / TimeConstant), alpha);
        return (seen + (Math.Max(0, alpha - 1) * NoiseVariance)) / alpha;
    }

    /// <summary>The time at which E_g is smallest in the limit of large N, by search over 1e-3 to 1e6 time constants and golden section.</summary>
    /// <remarks>Positive infinity where training longer never hurts. Accuracy: 1e-6 relative.</remarks>
    /// <param name="alpha">α.</param>
    public (double Time, double Error) OptimalStopping(double alpha)
    {
        const int PointsPerDecade = 20;
        double scale = TimeConstant;
        double Error(double logarithm) => LimitError(alpha, scale * Math.Pow(10, logarithm));
        double[] grid = [.. Enumerable.Range(0, (9 * PointsPerDecade) + 1).Select(i => -3 + ((double)i / PointsPerDecade))];
        double[] errors = [.. grid.Select(Error)];
        int best = Array.IndexOf(errors, errors.Min());
        if (best == 0)
        {
            return (0, LimitError(alpha, 0));
        }

        // The last stretch is flat to rounding where the optimum is at infinity.
        if (best == grid.Length - 1 || errors[^1] - errors[best] <= 1e-13 * errors[best])
        {
            return (double.PositiveInfinity, errors[^1]);
        }

        (double at, double error) = ScalarMinimization.Find(Error, grid[best - 1], grid[best + 1]);
        return (scale * Math.Pow(10, at), error);
    }
}
