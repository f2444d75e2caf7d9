using System.Globalization;
using GradientDynamics.Train.Datasets;
using GradientDynamics.Train.Sampling;

namespace GradientDynamics.Train.Preparation;

/// <summary>The files of <see cref="WaterbirdsOptions"/>.</summary>
internal sealed class WaterbirdsSource : DatasetSource
{
    private const string OriginalMetadata = "metadata.csv";
    private const int DefaultSize = 960;

    public override string Kind => "waterbirds";

    public override string Licence => "for research: its birds are of CUB-200-2011 and its backgrounds of Places, whose terms hold, and which ask for non-commercial use.";

    public override IReadOnlyList<RemoteFile> Downloads { get; } =
    [
        new("waterbirds/waterbird_complete95_forest2water2.tar.gz", new("https://nlp.stanford.edu/data/dro/waterbird_complete95_forest2water2.tar.gz"))
        {
            Contents = WaterbirdsOptions.Images,
            ApproximateSize = 500_000_000,
        },
    ];

    public override bool CanSynthesize => true;

    // Table 1 of Idrissi et al., 2022, rows and columns put right; validation and test as in the published files.
    internal static IReadOnlyList<PublishedCounts> Published { get; } =
    [
        new(Split.Train, [3498, 184, 56, 1057]),
        new(Split.Validation, [467, 466, 133, 133]),
        new(Split.Test, [2255, 2255, 642, 642]),
    ];

    public override bool IsArranged(string folder) => File.Exists(Path.Combine(folder, WaterbirdsOptions.Metadata)) && Directory.Exists(Path.Combine(folder, WaterbirdsOptions.Images));

    public override IReadOnlyList<PublishedCounts> CountsOf(DatasetOptions options) => Published;

    public override async Task ArrangeAsync(string folder, Action<string> say, CancellationToken cancellationToken)
    {
        string images = Path.Combine(folder, WaterbirdsOptions.Images);
        if (!Directory.Exists(images))
        {
            say("Unpacking.");
            await ArchiveContents.ExtractAsync(Path.Combine(folder, Downloads[0].Path), OriginalMetadata, images, cancellationToken);
        }

        MetadataFile.Write(Path.Combine(folder, WaterbirdsOptions.Metadata), ReadOriginal(Path.Combine(images, OriginalMetadata)));
    }

    public override DatasetOptions Synthesize(SynthesisRequest request, CancellationToken cancellationToken)
    {
        RunSeed seed = new(request.Seed);
        int size = request.Size ?? DefaultSize;
        string images = Path.Combine(request.Folder, WaterbirdsOptions.Images);
        List<IReadOnlyList<string>> rows = [];
        foreach (PublishedCounts counts in Published)
        {
            int[] groups = SynthesizedGroups.Of(counts.Groups, SynthesizedGroups.CountOf(counts.Split, size), counts.Split, seed);
            string[] names = DrawnImages.Write(images, counts.Split, groups.Length, seed, (random, i) => DrawnBird.Draw(random, isWaterBird: groups[i] / 2 == 1, onWater: groups[i] % 2 == 1), cancellationToken);
            foreach ((int i, int group) in groups.Index())
            {
                rows.Add([
                    (rows.Count + 1).ToString(CultureInfo.InvariantCulture), names[i], MetadataFile.Number(group / 2), MetadataFile.Number((int)counts.Split), MetadataFile.Number(group % 2),
                    group % 2 == 1 ? "/o/ocean/drawn.jpg" : "/b/bamboo_forest/drawn.jpg"]);
            }
        }

        MetadataFile.Write(Path.Combine(images, OriginalMetadata), ["img_id", "img_filename", "y", "split", "place", "place_filename"], rows);
        MetadataFile.Write(Path.Combine(request.Folder, WaterbirdsOptions.Metadata), ReadOriginal(Path.Combine(images, OriginalMetadata)));
        new SynthesizedData(Kind, size, request.Seed).Write(request.Folder);
        return new WaterbirdsOptions { Folder = request.FinalFolder };
    }

    private static List<GroupMetadata> ReadOriginal(string path)
    {
        using CsvRows file = new(path);
        (int id, int name, int split, int label, int place) = (file.Column("img_id"), file.Column("img_filename"), file.Column("split"), file.Column("y"), file.Column("place"));
        List<GroupMetadata> rows = [];
        while (file.Read())
        {
            rows.Add(new(file.Text(id), file.Text(name), (Split)file.Integer(split, 3), file.Integer(label, 2), file.Integer(place, 2)));
        }

        return rows;
    }
}
