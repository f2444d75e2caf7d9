namespace GradientDynamics.Analysis.Numerics;

/// <summary>An iteration ended without reaching its tolerance.</summary>
public sealed class NonConvergenceException : ArithmeticException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What was sought and how far the iteration got.</param>
    /// <param name="residual">What remained of the quantity that should have become zero.</param>
    public NonConvergenceException(string message, double residual)
        : base($"{message} (residual {residual:R})")
    {
        Residual = residual;
    }

    /// <summary>Creates the exception without a residual (NaN).</summary>
    public NonConvergenceException()
        : this("the iteration did not converge", double.NaN)
    {
    }

    /// <summary>Creates the exception without a residual (NaN).</summary>
    /// <param name="message">What was sought.</param>
    public NonConvergenceException(string message)
        : this(message, double.NaN)
    {
    }

    /// <summary>Creates the exception without a residual (NaN).</summary>
    /// <param name="message">What was sought.</param>
    /// <param name="innerException">The cause.</param>
    public NonConvergenceException(string message, Exception innerException)
        : base(message, innerException)
    {
        Residual = double.NaN;
    }

    /// <summary>What remained of the quantity that should have become zero.</summary>
    public double Residual { get; }
}
