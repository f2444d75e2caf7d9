using GradientDynamics.Train.Datasets;

namespace GradientDynamics.Train.Preparation;

/// <summary>CivilComments: the comments with annotations that WILDS publishes, and both versions that are made of them.</summary>
internal sealed class CivilCommentsSource : DatasetSource
{
    private const string Archive = "civilcomments/civilcomments.tar.gz";

    public override string Kind => "civilcomments";

    public override string Licence => "CivilComments is in the public domain (CC0), its split of WILDS too (Borkan et al., 2019; Koh et al., 2021).";

    public override IReadOnlyList<RemoteFile> Downloads =>
        [new(Archive, new("https://worksheets.codalab.org/rest/bundles/0x8cd3de0634154aeaad2ee6eb96723c6e/contents/blob/")) { ApproximateSize = 90_000_000 }];

    public override bool CanSynthesize => true;

    public override bool IsArranged(string folder) =>
        Enum.GetValues<CivilCommentsVersion>().SelectMany(version => (string[])[CivilComments.MetadataFile(version), CivilComments.TextFile(version)]).All(file => File.Exists(Path.Combine(folder, file)));

    public override async Task ArrangeAsync(string folder, Action<string> say, CancellationToken cancellationToken)
    {
        string original = Path.Combine(folder, CivilComments.OriginalFile);
        if (!File.Exists(original))
        {
            await TarEntries.ExtractAsync(Path.Combine(folder, Archive), new Dictionary<string, string> { [Path.GetFileName(original)] = original }, cancellationToken);
        }

        List<AnnotatedComment> comments = CivilComments.ReadOriginal(original);
        foreach (CivilCommentsVersion version in Enum.GetValues<CivilCommentsVersion>())
        {
            say($"{CivilComments.MetadataFile(version)}: {Write(folder, comments, version)} comments.");
        }
    }

    public override IReadOnlyList<PublishedCounts> CountsOf(DatasetOptions options) => options is CivilCommentsOptions { Version: CivilCommentsVersion.Coarse }
        ? [new(Split.Train, CoarseCounts)]
        : [];

    public override DatasetOptions Synthesize(SynthesisRequest request, CancellationToken cancellationToken)
    {
        CivilCommentsLookalike.WriteOriginal(request, CoarseCounts);
        List<AnnotatedComment> comments = CivilComments.ReadOriginal(Path.Combine(request.Folder, CivilComments.OriginalFile));
        foreach (CivilCommentsVersion version in Enum.GetValues<CivilCommentsVersion>())
        {
            Write(request.Folder, comments, version);
        }

        return new CivilCommentsOptions { Folder = request.FinalFolder, Tokens = new() { Vocabulary = Path.Combine(request.FinalFolder, LookalikeVocabulary.FileName) } };
    }

    // Table 1 of Idrissi et al.: comments that mention an identity, and others.
    private static IReadOnlyList<long> CoarseCounts { get; } = [90_337, 148_186, 17_784, 12_731];

    private static int Write(string folder, List<AnnotatedComment> comments, CivilCommentsVersion version)
    {
        (Split Split, int Label, int Attribute, string Text)[] rows = [.. CivilComments.Rows(comments, version)];
        MetadataFile.Write(Path.Combine(folder, CivilComments.TextFile(version)), [CivilComments.TextColumn], rows.Select(row => (IReadOnlyList<string>)[row.Text]));
        MetadataFile.Write(Path.Combine(folder, CivilComments.MetadataFile(version)), rows.Select((row, number) => new GroupMetadata(MetadataFile.Number(number), MetadataFile.Number(number), row.Split, row.Label, row.Attribute)));
        return rows.Length;
    }
}
