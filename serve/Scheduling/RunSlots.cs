namespace GradientDynamics.Serve.Scheduling;

/// <summary>
/// How many inferences run at once: each takes one core (sessions have one thread), so more than there are cores would only share them. Those that wait do so in the order of arrival.
/// </summary>
internal sealed class RunSlots : IDisposable
{
    private readonly SemaphoreSlim _free;

    /// <summary>Creates the slots; by default one per core.</summary>
    public RunSlots(int? count = null)
    {
        Count = count ?? Environment.ProcessorCount;
        _free = new SemaphoreSlim(Count);
    }

    /// <summary>How many inferences may run at once.</summary>
    public int Count { get; }

    /// <summary>Waits for a slot and runs the work in it.</summary>
    public async Task<T> RunAsync<T>(Func<T> work, CancellationToken cancellationToken)
    {
        await _free.WaitAsync(cancellationToken);
        try
        {
            return work();
        }
        finally
        {
            _free.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _free.Dispose();
}
