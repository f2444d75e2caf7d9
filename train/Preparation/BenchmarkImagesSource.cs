using GradientDynamics.Train.Datasets;

namespace GradientDynamics.Train.Preparation;

/// <summary>The files of one of the papers' image benchmarks: an archive of images, and the metadata that is made of the lists beside them.</summary>
/// <param name="metadata">The metadata file.</param>
/// <param name="images">The folder of the images.</param>
/// <param name="archive">The archive as it is fetched.</param>
/// <param name="marker">Name of a file that the images' folder has in the archive.</param>
internal abstract class BenchmarkImagesSource(string metadata, string images, string archive, string marker) : DatasetSource
{
    public override bool CanSynthesize => true;

    /// <summary>Published counts of every split.</summary>
    protected abstract IReadOnlyList<PublishedCounts> Counts { get; }

    public override bool IsArranged(string folder) => File.Exists(Path.Combine(folder, metadata)) && Directory.Exists(Path.Combine(folder, images));

    public override IReadOnlyList<PublishedCounts> CountsOf(DatasetOptions options) => Counts;

    public override async Task ArrangeAsync(string folder, Action<string> say, CancellationToken cancellationToken)
    {
        string unpacked = Path.Combine(folder, images);
        if (!Directory.Exists(unpacked))
        {
            say("Unpacking.");
            await ArchiveContents.ExtractAsync(Path.Combine(folder, archive), marker, unpacked, cancellationToken);
        }

        WriteMetadata(folder);
    }

    /// <summary>Makes the metadata of the published lists in a folder.</summary>
    protected void WriteMetadata(string folder) => MetadataFile.Write(Path.Combine(folder, metadata), ReadOriginal(folder));

    /// <summary>Reads the published lists in a folder.</summary>
    /// <exception cref="InvalidDataException">A list is not what it should be; the message names it.</exception>
    protected abstract List<GroupMetadata> ReadOriginal(string folder);
}
