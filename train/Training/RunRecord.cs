using System.Reflection;
using System.Runtime.InteropServices;
using GradientDynamics.Train.Datasets;
using GradientDynamics.Train.Procedures;

namespace GradientDynamics.Train.Training;

/// <summary>run.json: what a run is, with every default filled in, what it ran on, and how it ended.</summary>
public sealed record RunRecord
{
    /// <summary>The complete configuration.</summary>
    public required RunConfig Configuration { get; init; }

    /// <summary>Seed of the run.</summary>
    public required long Seed { get; init; }

    /// <summary>Threads of libtorch; with another number the weights differ in their last bits.</summary>
    public required int Threads { get; init; }

    /// <summary>Device that it ran on; another one has other last bits. Default cpu.</summary>
    public string Device { get; init; } = TorchDevice.Cpu;

    /// <summary>SHA-256 of each split's content.</summary>
    public required IReadOnlyDictionary<Split, string> DatasetHashes { get; init; }

    /// <summary>Number of trained parameters.</summary>
    public required long ParameterCount { get; init; }

    /// <summary>What computed it.</summary>
    public required RunVersions Versions { get; init; }

    /// <summary>How the run ended; null while it has not.</summary>
    public RunResult? Result { get; init; }
}

/// <summary>Versions of what computed a run.</summary>
/// <param name="Tool">gd-train.</param>
/// <param name="Runtime">.NET.</param>
/// <param name="TorchSharp">TorchSharp.</param>
/// <param name="System">Operating system and processor architecture.</param>
public sealed record RunVersions(string Tool, string Runtime, string TorchSharp, string System)
{
    /// <summary>The versions of this process.</summary>
    public static RunVersions Current { get; } = new(
        VersionOf(typeof(RunVersions).Assembly),
        RuntimeInformation.FrameworkDescription,
        VersionOf(typeof(global::TorchSharp.torch).Assembly),
        $"{RuntimeInformation.OSDescription}, {RuntimeInformation.OSArchitecture}");

    private static string VersionOf(Assembly assembly) => assembly.GetName().Version?.ToString(3) ?? "";
}

/// <summary>How a run ended.</summary>
public sealed record RunResult
{
    /// <summary>Epochs that were run.</summary>
    public required int Epochs { get; init; }

    /// <summary>Whether early stopping ended it.</summary>
    public required bool StoppedEarly { get; init; }

    /// <summary>Epoch of the model.</summary>
    public required int SelectedEpoch { get; init; }

    /// <summary>The rule that chose the epoch.</summary>
    public required SelectionRule SelectedBy { get; init; }

    /// <summary>Whether the epoch was chosen on the test set, so that the test figures are no test.</summary>
    public required bool SelectedByOracle { get; init; }

    /// <summary>How the last layer was fitted after training, to the validation set; null where it was not.</summary>
    public LastLayerResult? LastLayer { get; init; }

    /// <summary>What objective and procedure remembered at the end, by name.</summary>
    public required IReadOnlyDictionary<string, double> State { get; init; }

    /// <summary>Main figures of the model, by name.</summary>
    public required IReadOnlyDictionary<string, double> Metrics { get; init; }
}
