using System.IO.Compression;
using GradientDynamics.CommandLine;
using GradientDynamics.Train.Datasets;

namespace GradientDynamics.Train.Preparation;

/// <summary>MultiNLI: the features and the split that Sagawa et al. publish, and the metadata that is made of them.</summary>
internal sealed class MultiNliSource : DatasetSource
{
    private const string Features = "multinli/glue_data/MNLI/multinli_bert_features.tar.gz";
    private const string Sentences = "multinli/data/multinli_1.0.zip";

    public override string Kind => "multinli";

    public override string Licence => "MultiNLI is under the OANC's licence for most of its text, and Creative Commons or public domain for its fiction: free for any use (Williams et al., 2018).";

    public override IReadOnlyList<RemoteFile> Downloads =>
    [
        new(Features, new("https://nlp.stanford.edu/data/dro/multinli_bert_features.tar.gz")) { ApproximateSize = 12_000_000 },
        new(MultiNli.PublishedMetadata, new("https://raw.githubusercontent.com/kohpangwei/group_DRO/master/dataset_metadata/multinli/metadata_random.csv")) { ApproximateSize = 5_000_000 },
        new(Sentences, new("https://cims.nyu.edu/~sbowman/multinli/multinli_1.0.zip")) { ApproximateSize = 227_000_000 },
    ];

    public override bool CanSynthesize => true;

    public override bool IsArranged(string folder) => MultiNli.FeatureFiles.Concat(MultiNli.TextFiles).Append(MultiNli.MetadataFile).All(file => File.Exists(Path.Combine(folder, file)));

    public override async Task ArrangeAsync(string folder, Action<string> say, CancellationToken cancellationToken)
    {
        await ExtractFeaturesAsync(Path.Combine(folder, Features), folder, cancellationToken);
        ExtractSentences(Path.Combine(folder, Sentences), folder);
        List<GroupMetadata> rows = ReadPublished(Path.Combine(folder, MultiNli.PublishedMetadata));
        MetadataFile.Write(Path.Combine(folder, MultiNli.MetadataFile), rows);
        say($"{MultiNli.MetadataFile}: {rows.Count} pairs.");
    }

    // Table 1 of Idrissi et al.
    private static PublishedCounts Published { get; } = new(Split.Train, [57_498, 11_158, 67_376, 1_521, 66_630, 1_992]);

    public override IReadOnlyList<PublishedCounts> CountsOf(DatasetOptions options) => [Published];

    public override DatasetOptions Synthesize(SynthesisRequest request, CancellationToken cancellationToken) => MultiNliLookalike.Write(request, Published.Groups);

    // The index is of all pairs, those without a label included; its rows stand for those with one, in order.
    private static List<GroupMetadata> ReadPublished(string path)
    {
        using CsvRows rows = new(path);
        int[] columns = [.. ((string[])["split", "gold_label", "sentence2_has_negation"]).Select(rows.Column)];
        List<GroupMetadata> found = [];
        while (rows.Read())
        {
            string number = MetadataFile.Number(rows.Row);
            found.Add(new(number, number, (Split)rows.Integer(columns[0], below: 3), rows.Integer(columns[1], MultiNli.Classes.Count), rows.Integer(columns[2], MultiNli.Attributes.Count)));
        }

        return found;
    }

    private static async Task ExtractFeaturesAsync(string archive, string folder, CancellationToken cancellationToken)
    {
        if (MultiNli.FeatureFiles.All(file => File.Exists(Path.Combine(folder, file))))
        {
            return;
        }

        await TarEntries.ExtractAsync(archive, MultiNli.FeatureFiles.ToDictionary(file => Path.GetFileName(file), file => Path.Combine(folder, file)), cancellationToken);
    }

    private static void ExtractSentences(string path, string folder)
    {
        if (MultiNli.TextFiles.All(file => File.Exists(Path.Combine(folder, file))))
        {
            return;
        }

        using ZipArchive archive = ZipFile.OpenRead(path);
        foreach (string file in MultiNli.TextFiles)
        {
            ZipArchiveEntry entry = archive.Entries.FirstOrDefault(candidate => candidate.Name == Path.GetFileName(file) && !candidate.FullName.StartsWith("__MACOSX", StringComparison.Ordinal))
                ?? throw new InvalidDataException($"{path}: has no {Path.GetFileName(file)}; accepted is MultiNLI 1.0.");
            AtomicFile.Write(Path.Combine(folder, file), stream =>
            {
                using Stream content = entry.Open();
                content.CopyTo(stream);
            });
        }
    }
}
