namespace GradientDynamics.Train.Execution;

/// <summary>
/// Names of initializers as names of parameters and back: torch does not allow a dot in the name of a parameter (it separates modules),
/// so "." is written "%2E", and "%" is written "%25".
/// </summary>
public static class ParameterNames
{
    /// <summary>The parameter's name for an initializer's.</summary>
    public static string Encode(string initializer)
    {
        ArgumentNullException.ThrowIfNull(initializer);
        return initializer.Replace("%", "%25", StringComparison.Ordinal).Replace(".", "%2E", StringComparison.Ordinal);
    }

    /// <summary>The initializer's name for a parameter's.</summary>
    public static string Decode(string parameter)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        return parameter.Replace("%2E", ".", StringComparison.Ordinal).Replace("%25", "%", StringComparison.Ordinal);
    }
}
