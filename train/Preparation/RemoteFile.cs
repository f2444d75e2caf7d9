namespace GradientDynamics.Train.Preparation;

/// <summary>A file that can be downloaded.</summary>
/// <param name="Path">Where it goes, below the dataset's folder.</param>
/// <param name="Address">Where it is.</param>
internal sealed record RemoteFile(string Path, Uri Address)
{
    /// <summary>Checksum as published; null where the publisher states none. The SHA-256 of what came is then printed, so that the next download can be held to it.</summary>
    public FileChecksum? Checksum { get; init; }

    /// <summary>What it is unpacked to, below the dataset's folder; where that is there already, the file is not fetched. Null where it is used as it is.</summary>
    public string? Contents { get; init; }

    /// <summary>About how many bytes it has, for the user's information; null where unknown.</summary>
    public long? ApproximateSize { get; init; }
}
