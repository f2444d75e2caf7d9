using System.Text.Json.Serialization;

namespace GradientDynamics.Train.Sweeps;

/// <summary>How a trial stands.</summary>
public enum TrialState
{
    /// <summary>Its run has ended and has a model.</summary>
    Done,

    /// <summary>Its process ended without one.</summary>
    Failed,
}

/// <summary>trials/ID.json of a sweep: how the last attempt at a trial ended. An attempt that was interrupted leaves none.</summary>
public sealed record TrialOutcome
{
    /// <summary>Exit codes above this are 128 plus the number of the signal that ended a process.</summary>
    private const int Signals = 128;

    /// <summary>The trial.</summary>
    public required string Id { get; init; }

    /// <summary>How it ended.</summary>
    public required TrialState State { get; init; }

    /// <summary>Exit code of its process: those of gd-train, or 128 plus the number of the signal that ended it, 137 where it was killed.</summary>
    public required int ExitCode { get; init; }

    /// <summary>What went wrong; null where it is done.</summary>
    public required string? Reason { get; init; }

    /// <summary>Attempts so far; those that were interrupted with the sweep are not counted.</summary>
    public required int Attempts { get; init; }

    /// <summary>Wall time of the last attempt.</summary>
    public required double Seconds { get; init; }

    /// <summary>Largest memory of its process in GiB, as it was seen once a second; 0 where it was not seen.</summary>
    public required double PeakMemoryGib { get; init; }

    /// <summary>
    /// Whether the next sweep run goes on with it: the process was killed or the system failed it, so that nothing is known against the trial itself.
    /// </summary>
    [JsonIgnore]
    public bool CanGoOn => State == TrialState.Failed && (ExitCode > Signals || ExitCode == (int)CommandLine.ExitCode.System);

    /// <summary>What an exit code says where the process itself said nothing.</summary>
    public static string Describe(int exitCode) => exitCode switch
    {
        Signals + 9 => "the process was killed (signal 9), as systems do that run out of memory; the next sweep run goes on with it",
        > Signals => $"the process was ended by signal {exitCode - Signals}; the next sweep run goes on with it",
        _ => $"the process ended with exit code {exitCode} and said nothing",
    };
}
