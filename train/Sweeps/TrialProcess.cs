using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using GradientDynamics.CommandLine;
using GradientDynamics.Train.Training;

namespace GradientDynamics.Train.Sweeps;

/// <summary>
/// One attempt at a trial: gd-train fit --resume as a process of its own. It stops, resumably, when its standard input ends, so that it outlives neither an interrupt nor the end of the process that
/// watches it; and it holds a lock, so that no two processes are ever at one trial.
/// </summary>
internal sealed class TrialProcess : IDisposable
{
    // A batch of the largest networks, after which a run looks whether it should stop, and the writing of its last state.
    private static readonly TimeSpan TimeToStop = TimeSpan.FromMinutes(1);

    private readonly SweepFolder _folder;
    private readonly Process _process;
    private readonly StreamWriter _log;
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly Lock _writing = new();
    private string? _error;

    private TrialProcess(SweepFolder folder, Trial trial, Process process, StreamWriter log)
    {
        _folder = folder;
        Trial = trial;
        _process = process;
        _log = log;
    }

    /// <summary>The trial.</summary>
    public Trial Trial { get; }

    /// <summary>Number of the process.</summary>
    public int ProcessId => _process.Id;

    /// <summary>Largest memory that was seen, in bytes.</summary>
    public long PeakMemory { get; private set; }

    /// <summary>Whether the trial's run has written a checkpoint: it has then had a batch of every kind.</summary>
    public bool HasCheckpoint => File.Exists(_folder.RunOf(Trial).LastCheckpoint);

    /// <summary>Starts an attempt.</summary>
    /// <param name="folder">The sweep.</param>
    /// <param name="trial">The trial.</param>
    /// <param name="threads">Threads of a run that is new and does not say how many.</param>
    /// <param name="device">Device of a new run; null is the CPU.</param>
    /// <param name="cancellationToken">Ends waiting for an earlier process of the trial.</param>
    public static async Task<TrialProcess> StartAsync(SweepFolder folder, Trial trial, int threads, string? device, CancellationToken cancellationToken)
    {
        await WaitForEarlierProcessAsync(folder, trial, cancellationToken);
        RunDirectory directory = folder.RunOf(trial);
        string run = directory.Path;
        bool begun = File.Exists(directory.RunFile);
        if (!begun && Directory.Exists(run))
        {
            // A process that was killed before it had written anything that a run could continue from.
            Directory.Delete(run, recursive: true);
        }

        JsonObject configuration = JsonObject.Create(trial.Configuration) ?? throw new CommandException(ExitCode.Configuration, $"{folder.PlanFile}: the configuration of {trial.Id} is no object.");
        if (!begun && configuration["threads"] is null)
        {
            configuration["threads"] = threads;
        }
        else if (begun && configuration["threads"] is null)
        {
            // The run goes on with those it has.
            configuration.Remove("threads");
        }

        AtomicFile.WriteText(folder.ConfigurationOf(trial), configuration.ToJsonString(ConfigurationFile.Options) + "\n");
        List<string> arguments = ["fit", "--config", folder.ConfigurationOf(trial), "--output", run, "--resume", "--watched", folder.LockOf(trial)];
        if (device is not null && !begun)
        {
            arguments.AddRange(["--device", device]);
        }

        ProcessStartInfo info = ToolProcess.Start([.. arguments]);
        info.RedirectStandardInput = true;
        info.RedirectStandardOutput = true;
        info.RedirectStandardError = true;
        Directory.CreateDirectory(Path.GetDirectoryName(folder.LogOf(trial))!);
        StreamWriter log = new(new FileStream(folder.LogOf(trial), FileMode.Append, FileAccess.Write, FileShare.ReadWrite), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { AutoFlush = true, NewLine = "\n" };
        TrialProcess started;
        try
        {
            started = new(folder, trial, Process.Start(info)!, log);
        }
        catch
        {
            log.Dispose();
            throw;
        }

        started._process.OutputDataReceived += started.Log;
        started._process.ErrorDataReceived += started.Log;
        started._process.BeginOutputReadLine();
        started._process.BeginErrorReadLine();
        return started;
    }

    /// <summary>Waits for the end and says how it went; null where the process was interrupted, which says nothing about the trial.</summary>
    public async Task<TrialOutcome?> EndAsync()
    {
        await _process.WaitForExitAsync();
        int exitCode = _process.ExitCode;
        if (exitCode == (int)ExitCode.Interrupted)
        {
            return null;
        }

        bool done = exitCode == (int)ExitCode.Done && _folder.ResultOf(Trial) is not null;
        return Outcome(done ? TrialState.Done : TrialState.Failed, exitCode, done ? null : _error ?? TrialOutcome.Describe(exitCode));
    }

    /// <summary>An outcome of this attempt.</summary>
    public TrialOutcome Outcome(TrialState state, int exitCode, string? reason) => new()
    {
        Id = Trial.Id,
        State = state,
        ExitCode = exitCode,
        Reason = reason,
        Attempts = (_folder.OutcomeOf(Trial)?.Attempts ?? 0) + 1,
        Seconds = Math.Round(Stopwatch.GetElapsedTime(_started).TotalSeconds, 3),
        PeakMemoryGib = Math.Round(PeakMemory / (double)(1L << 30), 3),
    };

    /// <summary>Looks at the memory of the process, in bytes; 0 where it has ended.</summary>
    public long MeasureMemory()
    {
        try
        {
            _process.Refresh();
            long memory = _process.HasExited ? 0 : _process.WorkingSet64;
            PeakMemory = Math.Max(PeakMemory, Math.Max(memory, _process.HasExited ? 0 : _process.PeakWorkingSet64));
            return memory;
        }
        catch (InvalidOperationException)
        {
            // It ended between the two lines.
            return 0;
        }
    }

    /// <summary>Asks the process to stop as an interrupt would; one that does not within a minute is killed, and has its last checkpoint.</summary>
    public async Task StopAsync()
    {
        _process.StandardInput.Close();
        using CancellationTokenSource limit = new(TimeToStop);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            Kill();
        }
    }

    /// <summary>Ends the process at once.</summary>
    public void Kill() => _process.Kill();

    /// <inheritdoc/>
    public void Dispose()
    {
        _process.Dispose();
        lock (_writing)
        {
            _log.Dispose();
        }
    }

    private void Log(object sender, DataReceivedEventArgs received)
    {
        const string Error = "error: ";
        if (received.Data is { } line)
        {
            lock (_writing)
            {
                _log.WriteLine(line);
                _error = line.StartsWith(Error, StringComparison.Ordinal) ? line[Error.Length..] : _error;
            }
        }
    }

    // One that lost its watcher stops after its batch.
    private static async Task WaitForEarlierProcessAsync(SweepFolder folder, Trial trial, CancellationToken cancellationToken)
    {
        long began = Stopwatch.GetTimestamp();
        while (true)
        {
            using (IDisposable? free = FileLock.TryTake(folder.LockOf(trial)))
            {
                if (free is not null)
                {
                    return;
                }
            }

            if (Stopwatch.GetElapsedTime(began) > TimeToStop)
            {
                throw new CommandException(ExitCode.Configuration, $"{folder.LockOf(trial)}: another process is at the trial {trial.Id}; accepted is one at a time.");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(200), cancellationToken);
        }
    }
}
