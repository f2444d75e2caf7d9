using System.Net.Sockets;

namespace GradientDynamics.CommandLine;

/// <summary>What an exception means to the user: an exit code and one line.</summary>
/// <param name="ExitCode">Exit code of the process.</param>
/// <param name="Message">One line.</param>
internal readonly record struct Failure(ExitCode ExitCode, string Message)
{
    // errno of Linux and macOS, and the system error codes of Windows.
    private const int NoSpace = 28;
    private const int QuotaExceededLinux = 122;
    private const int QuotaExceededMacOS = 69;
    private const int DiskFullWindows = unchecked((int)0x80070070);
    private const int HandleDiskFullWindows = unchecked((int)0x80070027);

    public static Failure Of(Exception exception)
    {
        Exception cause = exception;
        while (cause is AggregateException { InnerExceptions.Count: 1 } or TypeInitializationException or System.Reflection.TargetInvocationException && cause.InnerException is not null)
        {
            cause = cause.InnerException!;
        }

        return cause switch
        {
            CommandException known => new(known.ExitCode, Line(known.Message)),
            IOException io when IsDiskFull(io) => new(ExitCode.System, $"disk full: {Line(io.Message)}"),
            IOException { InnerException: IOException inner } io when IsDiskFull(inner) => new(ExitCode.System, $"disk full: {Line(io.Message)}"),
            OutOfMemoryException => new(ExitCode.System, $"out of memory: {Line(cause.Message)}"),
            DllNotFoundException or BadImageFormatException => new(ExitCode.System, $"a native library does not load: {Line(cause.Message)}"),
            OperationCanceledException { InnerException: TimeoutException timeout } => new(ExitCode.Server, Line(timeout.Message)),
            OperationCanceledException => new(ExitCode.Interrupted, "interrupted."),
            HttpRequestException or TimeoutException => new(ExitCode.Server, Line(cause.Message)),
            SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse or SocketError.AccessDenied or SocketError.AddressNotAvailable } => new(ExitCode.System, Line(cause.Message)),
            SocketException => new(ExitCode.Server, Line(cause.Message)),
            InvalidDataException or IOException or UnauthorizedAccessException => new(ExitCode.File, Line(cause.Message)),
            _ => new(ExitCode.Fault, $"a fault of this program, please report it: {cause.GetType().Name}: {Line(cause.Message)}"),
        };
    }

    public static string Line(string message) => string.Join(' ', message.Split((char[])['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));

    private static bool IsDiskFull(IOException exception) =>
        exception.HResult is DiskFullWindows or HandleDiskFullWindows or NoSpace
        || (OperatingSystem.IsLinux() && exception.HResult == QuotaExceededLinux)
        || (OperatingSystem.IsMacOS() && exception.HResult == QuotaExceededMacOS);
}
