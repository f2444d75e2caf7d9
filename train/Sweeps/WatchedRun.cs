namespace GradientDynamics.Train.Sweeps;

/// <summary>The other side of <see cref="TrialProcess"/>, in the process of the run: a lock as long as the run goes, and a token that is cancelled when standard input ends or the command is interrupted.</summary>
internal sealed class WatchedRun : IDisposable
{
    private readonly IDisposable _lock;
    private readonly CancellationTokenSource _cancellation;
    private readonly CancellationToken _interrupt;

    private WatchedRun(IDisposable held, CancellationToken interrupt)
    {
        _lock = held;
        _interrupt = interrupt;
        _cancellation = CancellationTokenSource.CreateLinkedTokenSource(interrupt);
    }

    /// <summary>Cancelled when the run should stop.</summary>
    public CancellationToken Token => _cancellation.Token;

    /// <summary>Whether it should stop because nobody watches it any more, and not because of an interrupt.</summary>
    public bool HasLostItsWatcher => _cancellation.IsCancellationRequested && !_interrupt.IsCancellationRequested;

    /// <summary>Takes the lock and begins to read standard input.</summary>
    public static WatchedRun Begin(string lockFile, Stream input, CancellationToken interrupt)
    {
        WatchedRun run = new(FileLock.Take(lockFile, "process of this trial"), interrupt);
        // A thread that waits in a system call: it does not keep the process alive.
        new Thread(() => run.ReadToEnd(input)) { IsBackground = true, Name = "watched run" }.Start();
        return run;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _lock.Dispose();
        _cancellation.Dispose();
    }

    private void ReadToEnd(Stream input)
    {
        byte[] buffer = new byte[256];
        try
        {
            while (input.Read(buffer) > 0)
            {
            }
        }
        catch (IOException)
        {
            // A pipe that broke has ended as well.
        }

        try
        {
            _cancellation.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The run ended first.
        }
    }
}
