namespace GradientDynamics.Train.Sweeps;

/// <summary>Who runs the trials.</summary>
internal enum Launcher
{
    /// <summary>This machine, as child processes.</summary>
    Local,

    /// <summary>A Slurm cluster, as a job array.</summary>
    Slurm,

    /// <summary>A Kubernetes cluster, as an Indexed Job.</summary>
    Kubernetes,
}

/// <summary>How trials are run.</summary>
/// <param name="Parallel">Trials at the same time, at most; null is one on this machine, and as many as the cluster gives elsewhere.</param>
/// <param name="MemoryGib">Memory: on this machine of all trials together, on a cluster of each. Null sets no limit.</param>
/// <param name="Processors">Processors of each trial; null is an equal share of this machine's, and one on a cluster.</param>
/// <param name="Device">Where trials compute: cpu or cuda:N; null is cpu.</param>
/// <param name="RetryFailed">Whether trials that failed by themselves are tried again.</param>
internal sealed record LaunchOptions(int? Parallel, double? MemoryGib, int? Processors, string? Device, bool RetryFailed)
{
    /// <summary>Whether a trial is still to be run, given how its last attempt ended.</summary>
    public bool IsPending(TrialOutcome? outcome) => outcome is null || outcome.CanGoOn || (RetryFailed && outcome.State == TrialState.Failed);
}
