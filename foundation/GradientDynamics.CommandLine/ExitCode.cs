namespace GradientDynamics.CommandLine;

/// <summary>Exit code of every command; a script can tell from it whose turn it is.</summary>
public enum ExitCode
{
    /// <summary>The command did what it was asked to.</summary>
    Done = 0,

    /// <summary>The command measured, and a gate (a required accuracy or margin) was missed.</summary>
    GateFailed = 1,

    /// <summary>The command line or a configuration is wrong.</summary>
    Configuration = 2,

    /// <summary>A file (data, model, checkpoint) is missing or wrong.</summary>
    File = 3,

    /// <summary>A server cannot be reached or refuses.</summary>
    Server = 4,

    /// <summary>The numbers failed: a loss that is not a number, a solver that does not converge.</summary>
    Numerics = 5,

    /// <summary>The system failed: disk full, out of memory, a native library that does not load.</summary>
    System = 6,

    /// <summary>A fault of this program.</summary>
    Fault = 70,

    /// <summary>Interrupted by Ctrl-C or a termination signal.</summary>
    Interrupted = 130,
}
