using GradientDynamics.CommandLine;
using GradientDynamics.Train.Datasets;

namespace GradientDynamics.Train.Preparation;

/// <summary>
/// Where the files of one kind of dataset come from and what must be true of them. <c>gd-train datasets prepare</c> downloads <see cref="Downloads"/>, asks for <see cref="ByHand"/>, and calls
/// <see cref="ArrangeAsync"/>; <c>verify</c> compares with <see cref="CountsOf"/>; <c>synthesize</c> calls <see cref="Synthesize"/>.
/// </summary>
internal abstract class DatasetSource
{
    /// <summary>All sources, in the order in which they are listed. A kind without one is generated, or the user's own.</summary>
    public static IReadOnlyList<DatasetSource> All { get; } =
    [
        new WaterbirdsSource(),
        new CelebASource(),
        new ImageFolderSource(),
        new ParquetImagesSource(),
        new FeatureTableSource(),
        new MultiNliSource(),
        new CivilCommentsSource(),
    ];

    /// <summary>The kind of dataset, as configurations name it.</summary>
    public abstract string Kind { get; }

    /// <summary>Who may use the data for what, in a sentence.</summary>
    public abstract string Licence { get; }

    /// <summary>Files that anyone may download.</summary>
    public virtual IReadOnlyList<RemoteFile> Downloads => [];

    /// <summary>Files that the user must fetch, because a licence has to be accepted first or no stable address exists.</summary>
    public virtual IReadOnlyList<ManualFile> ByHand => [];

    /// <summary>Whether a folder is prepared already, so that nothing need be fetched.</summary>
    public virtual bool IsArranged(string folder) => false;

    /// <summary>Makes what the loader reads out of the fetched files, whole or not at all; a second call does no harm. Default nothing: the loader reads the files as they were fetched.</summary>
    /// <exception cref="InvalidDataException">A fetched file is not what it should be; the message names it.</exception>
    public virtual Task ArrangeAsync(string folder, Action<string> say, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>The published counts that a configuration's splits must have; empty where none are published or the data is the user's own.</summary>
    public virtual IReadOnlyList<PublishedCounts> CountsOf(DatasetOptions options) => [];

    /// <summary>Whether <see cref="Synthesize"/> makes a look-alike.</summary>
    public virtual bool CanSynthesize => false;

    /// <summary>Writes a small look-alike in the same on-disk format, with the published group imbalance, and returns the options that read it.</summary>
    public virtual DatasetOptions Synthesize(SynthesisRequest request, CancellationToken cancellationToken) => throw new NotSupportedException($"{Kind} has no look-alike.");

    /// <summary>The source of a kind.</summary>
    /// <exception cref="CommandException">There is none; the message says what is accepted.</exception>
    public static DatasetSource Of(string kind, Func<DatasetSource, bool> accepted, string what)
    {
        if (All.FirstOrDefault(source => source.Kind == kind) is { } found && accepted(found))
        {
            return found;
        }

        string choices = string.Join(", ", All.Where(accepted).Select(source => source.Kind));
        throw new CommandException(ExitCode.Configuration, DatasetKind.All.Any(known => known.Kind == kind)
            ? $"{kind}: {what}; accepted are {choices}."
            : $"{kind}: no such kind of dataset; accepted are {choices}.");
    }
}

/// <summary>A file that the user must fetch.</summary>
/// <param name="Path">Where it goes, below the dataset's folder.</param>
/// <param name="Where">Where it is offered and what to do there, in a sentence.</param>
internal sealed record ManualFile(string Path, string Where)
{
    /// <summary>Checksum of the file as its authors, or a library that everybody uses, publish it; null where none is published.</summary>
    public FileChecksum? Checksum { get; init; }

    /// <summary>Other files or folders, of which one makes this one unnecessary (the archive's contents, for example).</summary>
    public IReadOnlyList<string> Alternatives { get; init; } = [];
}

/// <summary>Examples of each group of one split, as published.</summary>
/// <param name="Split">The split.</param>
/// <param name="Groups">Examples by group, label x attributes + attribute.</param>
internal sealed record PublishedCounts(Split Split, IReadOnlyList<long> Groups);

/// <summary>What is to be synthesized.</summary>
/// <param name="Folder">A new, empty folder that is renamed when all is written.</param>
/// <param name="FinalFolder">The name that it will have.</param>
/// <param name="Size">Training examples; null is the kind's default. Validation and test have their own, smaller numbers.</param>
/// <param name="Seed">Seed of the drawing: equal seeds give equal files on one machine.</param>
internal sealed record SynthesisRequest(string Folder, string FinalFolder, int? Size, long Seed);
