namespace GradientDynamics.Analysis.DoubleDescent;

/// <summary>Features that the modulation matrix scales alike.</summary>
public sealed record FeatureBlock
{
    /// <summary>Creates a block.</summary>
    /// <param name="dimension">How many features; at least 1.</param>
    /// <param name="singularValue">The modulation matrix's singular value for them; positive.</param>
    public FeatureBlock(int dimension, double singularValue)
    {
        Dimension = dimension;
        SingularValue = singularValue;
    }

    /// <summary>How many features.</summary>
    public int Dimension { get; init { ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, nameof(Dimension)); field = value; } }

    /// <summary>The modulation matrix's singular value for these features; zero would make it singular.</summary>
    public double SingularValue
    {
        get;
        init
        {
            if (!(value > 0) || double.IsInfinity(value))
            {
                throw new ArgumentOutOfRangeException(nameof(SingularValue), value, "A singular value of the modulation matrix is positive and finite; zero makes the modulation singular.");
            }

            field = value;
        }
    }
}
