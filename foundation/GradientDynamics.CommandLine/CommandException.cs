namespace GradientDynamics.CommandLine;

/// <summary>A failure whose exit code is known where it is thrown; the message is the one line that the user reads.</summary>
public sealed class CommandException : Exception
{
    /// <summary>Creates a failure with its exit code and the one line that says what is wrong, where, and what is accepted.</summary>
    public CommandException(ExitCode exitCode, string message, Exception? inner = null)
        : base(message, inner)
    {
        ExitCode = exitCode;
    }

    /// <summary>Exit code of the process.</summary>
    public ExitCode ExitCode { get; }
}
