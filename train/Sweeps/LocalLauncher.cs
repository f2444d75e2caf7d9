using System.Globalization;
using GradientDynamics.CommandLine;

namespace GradientDynamics.Train.Sweeps;

/// <summary>
/// Runs trials as processes on this machine, several at a time, within a memory budget. What one trial of a dataset needs is learned from the trials before it: until the first has written a
/// checkpoint, no second is started. Where memory grows beyond the budget nevertheless, the trial that was started last is killed and taken up again from its checkpoint when there is room.
/// </summary>
internal sealed class LocalLauncher
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    private readonly SweepFolder _folder;
    private readonly LaunchOptions _options;
    private readonly ProgressReporter _progress;
    private readonly LinkedList<Trial> _pending;
    private readonly int _threads;
    private readonly List<Running> _running = [];
    private readonly Dictionary<string, long> _needs = [];
    private int _ended;
    private int _failed;

    private LocalLauncher(SweepFolder folder, IReadOnlyList<Trial> pending, LaunchOptions options, ProgressReporter progress)
    {
        _folder = folder;
        _options = options;
        _progress = progress;
        _pending = new(pending);
        _threads = options.Processors ?? Math.Max(1, Environment.ProcessorCount / Parallel);
    }

    private int Parallel => _options.Parallel ?? 1;

    private long? Budget => _options.MemoryGib is { } gib ? (long)(gib * (1L << 30)) : null;

    /// <summary>Runs the trials to their ends.</summary>
    /// <exception cref="OperationCanceledException">Interrupted; the trials that were running have stopped and can go on.</exception>
    public static async Task RunAsync(SweepFolder folder, IReadOnlyList<Trial> pending, LaunchOptions options, ProgressReporter progress, CancellationToken cancellationToken)
    {
        using IDisposable held = FileLock.Take(folder.LockFile, "sweep run");
        LocalLauncher launcher = new(folder, pending, options, progress);
        try
        {
            await launcher.RunAsync(cancellationToken);
        }
        finally
        {
            await launcher.StopAsync();
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested && (_pending.Count > 0 || _running.Count > 0))
        {
            while (_pending.First is { Value: var next } && _running.Count < Parallel && HasRoomFor(next))
            {
                _pending.RemoveFirst();
                TrialProcess process = await TrialProcess.StartAsync(_folder, next, _threads, _options.Device, cancellationToken);
                _running.Add(new(process, process.EndAsync()));
            }

            // Memory is looked at while something runs, budget or not: the outcome says what a trial needed.
            Task tick = Task.Delay(Tick, cancellationToken);
            await Task.WhenAny([tick, .. _running.Select(running => running.End)]);
            Observe();
            foreach (Running ended in _running.Where(running => running.End.IsCompleted).ToArray())
            {
                _running.Remove(ended);
                Record(ended, await ended.End);
            }
        }
    }

    private bool HasRoomFor(Trial trial)
    {
        if (Budget is not { } budget || _running.Count == 0)
        {
            return true;
        }

        return _needs.TryGetValue(trial.Dataset, out long need)
            && _running.Sum(running => Math.Max(running.Process.PeakMemory, _needs.GetValueOrDefault(running.Process.Trial.Dataset))) + need <= budget;
    }

    private void Observe()
    {
        long memory = 0;
        foreach (TrialProcess process in _running.Select(running => running.Process))
        {
            memory += process.MeasureMemory();
            if (process.HasCheckpoint)
            {
                Learn(process);
            }
        }

        if (Budget is { } budget && memory > budget && _running.LastOrDefault(running => !running.End.IsCompleted) is { } last)
        {
            last.IsTooLarge = _running.Count == 1;
            last.MakesRoom = !last.IsTooLarge;
            Learn(last.Process);
            last.Process.Kill();
        }
    }

    private void Learn(TrialProcess process) => _needs[process.Trial.Dataset] = Math.Max(_needs.GetValueOrDefault(process.Trial.Dataset), process.PeakMemory);

    private void Record(Running ended, TrialOutcome? outcome)
    {
        Trial trial = ended.Process.Trial;
        ended.Process.Dispose();
        if (outcome is { State: TrialState.Failed } && ended.MakesRoom)
        {
            _progress.WriteLine($"{trial.Id} was stopped to stay within {Gib(_options.MemoryGib!.Value)} of memory, and goes on from its checkpoint when there is room.");
            _pending.AddFirst(trial);
            return;
        }

        if (outcome is null)
        {
            return;
        }

        if (outcome.State == TrialState.Failed && ended.IsTooLarge)
        {
            outcome = outcome with { Reason = $"it had {Gib(outcome.PeakMemoryGib)} of memory by itself, and --memory-gib allows {Gib(_options.MemoryGib!.Value)}; the next sweep run tries it again" };
        }

        _folder.Write(trial, outcome);
        _ended++;
        _failed += outcome.State == TrialState.Failed ? 1 : 0;
        _progress.Report(_ended, TrialSummary.Of(_folder, trial, outcome) + (_failed > 0 ? string.Create(CultureInfo.InvariantCulture, $" ({_failed} failed so far)") : ""));
    }

    private async Task StopAsync()
    {
        await Task.WhenAll(_running.Select(running => running.Process.StopAsync()));
        foreach (Running stopped in _running.ToArray())
        {
            _running.Remove(stopped);
            // One that ended by itself meanwhile counts; one that had to be killed goes on like one that stopped.
            TrialOutcome? outcome = await stopped.End;
            Record(stopped, outcome is { State: TrialState.Done } ? outcome : null);
        }
    }

    private static string Gib(double gib) => string.Create(CultureInfo.InvariantCulture, $"{gib:0.##} GiB");

    private sealed record Running(TrialProcess Process, Task<TrialOutcome?> End)
    {
        /// <summary>Whether it was killed because it alone was beyond the budget.</summary>
        public bool IsTooLarge { get; set; }

        /// <summary>Whether it was killed because there was no room for it beside the others.</summary>
        public bool MakesRoom { get; set; }
    }
}
