namespace GradientDynamics.Analysis.DoubleDescent;

/// <summary>The linear teacher-student problem in its macroscopic parameters (section 4.2.1).</summary>
/// <remarks>
/// Latent inputs z ~ N(0, I/d), teacher ‖w‖² = d, targets y = zᵀw + ε, student inputs x = Fᵀz, loss ½‖y − Xŵ‖² + ½λ‖ŵ‖² without a factor 1/n,
/// ŵ = 0 at the start. The papers print ‖w‖ = 1 and 1/n in places; only this convention makes their formulas agree with each other.
/// </remarks>
public sealed record TeacherStudent
{
    /// <summary>Training examples n.</summary>
    public required int ExampleCount { get; init { ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, nameof(ExampleCount)); field = value; } }

    /// <summary>Blocks of features; their dimensions add up to d.</summary>
    public required IReadOnlyList<FeatureBlock> Blocks
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            ArgumentOutOfRangeException.ThrowIfZero(value.Count, nameof(Blocks));
            field = value;
        }
    }

    /// <summary>Variance σ² of the noise on training targets. Default 0.</summary>
    public double NoiseVariance { get; init => field = NonNegative(value, nameof(NoiseVariance)); }

    /// <summary>Weight decay λ. Default 0.</summary>
    public double Lambda { get; init => field = NonNegative(value, nameof(Lambda)); }

    /// <summary>Learning rate η, which only sets the unit of time in ridge formulas. Default 1.</summary>
    public double LearningRate
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, nameof(LearningRate));
            field = NonNegative(value, nameof(LearningRate));
        }
    } = 1;

    /// <summary>Features d.</summary>
    public int Dimension => Blocks.Sum(block => block.Dimension);

    /// <summary>Two blocks: p fast features and d − p features slower by κ.</summary>
    /// <param name="exampleCount">Training examples n.</param>
    /// <param name="dimension">Features d.</param>
    /// <param name="fastDimension">Fast features p, less than d.</param>
    /// <param name="kappa">Condition number κ of the modulation matrix.</param>
    /// <param name="fastSingularValue">Singular value of the fast features. Default 0.5, the papers' stand-in for η ≈ 1/λ_max ≈ 1/4.</param>
    public static TeacherStudent Bipartite(int exampleCount, int dimension, int fastDimension, double kappa, double fastSingularValue = 0.5)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(fastDimension, dimension);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(kappa);
        return new TeacherStudent
        {
            ExampleCount = exampleCount,
            Blocks = [new FeatureBlock(fastDimension, fastSingularValue), new FeatureBlock(dimension - fastDimension, fastSingularValue / kappa)],
        };
    }

    /// <summary>The ridge coefficient that stands for training time t: λ + 1/(ηt) (Eq. 4.2.22, after Ali et al., 2019).</summary>
    /// <param name="time">Training time t &gt; 0.</param>
    public double TotalRegularization(double time)
    {
        if (!(time > 0))
        {
            throw new ArgumentOutOfRangeException(nameof(time), time, "Training time is positive here; at t = 0 the student is 0 and R = Q = 0.");
        }

        return Lambda + (1 / (LearningRate * time));
    }

    private static double NonNegative(double value, string name)
        => value >= 0 && double.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} is finite and not negative.");
}
