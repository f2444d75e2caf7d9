using System.Globalization;
using Spectre.Console;

namespace GradientDynamics.CommandLine;

/// <summary>Progress of long work, always on standard error: a bar on a terminal, one line per step elsewhere.</summary>
public sealed class ProgressReporter : IDisposable
{
    private readonly string _activity;
    private readonly long _total;
    private readonly TextWriter _lines;
    private readonly IAnsiConsole? _console;
    private readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ProgressTask? _bar;
    private readonly Task? _drawing;

    private ProgressReporter(string activity, long total, TextWriter lines, IAnsiConsole? console)
    {
        _activity = activity;
        _total = total;
        _lines = lines;
        _console = console;
        if (console is not null)
        {
            TaskCompletionSource<ProgressTask> added = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _drawing = console.Progress()
                .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
                .StartAsync(async context =>
                {
                    ProgressTask task = context.AddTask(Markup.Escape(activity), maxValue: Math.Max(1, total));
                    task.IsIndeterminate = total == 0;
                    added.SetResult(task);
                    await _finished.Task;
                });
            _bar = added.Task.GetAwaiter().GetResult();
        }
    }

    /// <summary>Begins an activity of <paramref name="total"/> steps, 0 where the number is unknown. With <paramref name="json"/> lines are written even on a terminal.</summary>
    public static ProgressReporter Create(string activity, long total, bool json)
    {
        ArgumentException.ThrowIfNullOrEmpty(activity);
        ArgumentOutOfRangeException.ThrowIfNegative(total);
        IAnsiConsole? console = null;
        if (!json && !Console.IsErrorRedirected)
        {
            console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
            console = console.Profile.Capabilities is { Ansi: true, Interactive: true } ? console : null;
        }

        return new ProgressReporter(activity, total, Console.Error, console);
    }

    /// <summary>Begins an activity that is reported as lines to <paramref name="lines"/>.</summary>
    public static ProgressReporter Create(string activity, long total, TextWriter lines)
    {
        ArgumentException.ThrowIfNullOrEmpty(activity);
        ArgumentOutOfRangeException.ThrowIfNegative(total);
        return new ProgressReporter(activity, total, lines, console: null);
    }

    /// <summary>Says that <paramref name="done"/> steps are done.</summary>
    public void Report(long done, string detail)
    {
        if (_bar is not null)
        {
            _bar.Value = done;
            _bar.Description = Markup.Escape(string.IsNullOrEmpty(detail) ? _activity : $"{_activity}: {detail}");
            return;
        }

        string count = _total > 0 ? $"{done.ToString(CultureInfo.InvariantCulture)}/{_total.ToString(CultureInfo.InvariantCulture)}" : done.ToString(CultureInfo.InvariantCulture);
        _lines.WriteLine(string.IsNullOrEmpty(detail) ? $"{_activity} {count}" : $"{_activity} {count}: {detail}");
    }

    /// <summary>Writes a line that stays, above the bar where there is one.</summary>
    public void WriteLine(string line)
    {
        if (_console is not null)
        {
            _console.WriteLine(line);
        }
        else
        {
            _lines.WriteLine(line);
        }
    }

    /// <summary>Ends the activity and leaves its last state on the terminal.</summary>
    public void Dispose()
    {
        _finished.TrySetResult();
        _drawing?.GetAwaiter().GetResult();
    }
}
