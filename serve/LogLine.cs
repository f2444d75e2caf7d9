using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace GradientDynamics.Serve;

/// <summary>An event of the log as one line: time, level, message, and what an exception says.</summary>
internal sealed class LogLine() : ConsoleFormatter(FormatterName)
{
    /// <summary>The name by which the console finds the formatter.</summary>
    public const string FormatterName = "line";

    /// <inheritdoc/>
    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        string message = logEntry.Formatter(logEntry.State, logEntry.Exception);
        string cause = logEntry.Exception is null ? "" : $": {logEntry.Exception}";
        textWriter.WriteLine($"{DateTime.UtcNow:yyyy-MM-dd'T'HH:mm:ss.fff'Z'} {Label(logEntry.LogLevel)} {(message + cause).ReplaceLineEndings(" ")}");
    }

    private static string Label(LogLevel level) => level switch
    {
        LogLevel.Warning => "warning",
        LogLevel.Error or LogLevel.Critical => "error",
        _ => "info",
    };
}
