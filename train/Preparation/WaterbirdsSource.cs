using System.Globalization;
using GradientDynamics.Train.Datasets;
using GradientDynamics.Train.Sampling;

namespace GradientDynamics.Train.Preparation;

/// <summary>The files of <see cref="WaterbirdsOptions"/>.</summary>
internal sealed class WaterbirdsSource() : BenchmarkImagesSource(WaterbirdsOptions.Metadata, WaterbirdsOptions.Images, Archive, OriginalMetadata)
{
    private const string Archive = "waterbirds/waterbird_complete95_forest2water2.tar.gz";
    private const string OriginalMetadata = "metadata.csv";
    private const int DefaultSize = 960;

    public override string Kind => "waterbirds";

    public override string Licence => "for research: its birds are of CUB-200-2011 and its backgrounds of Places, whose terms hold, and which ask for non-commercial use.";

    public override IReadOnlyList<RemoteFile> Downloads { get; } =
    [
        new(Archive, new("https://nlp.stanford.edu/data/dro/waterbird_complete95_forest2water2.tar.gz"))
        {
            Contents = WaterbirdsOptions.Images,
            ApproximateSize = 500_000_000,
        },
    ];

    // Table 1 of Idrissi et al., 2022, rows and columns put right; validation and test as in the published files.
    internal static IReadOnlyList<PublishedCounts> Published { get; } =
    [
        new(Split.Train, [3498, 184, 56, 1057]),
        new(Split.Validation, [467, 466, 133, 133]),
        new(Split.Test, [2255, 2255, 642, 642]),
    ];

    protected override IReadOnlyList<PublishedCounts> Counts => Published;

    public override DatasetOptions Synthesize(SynthesisRequest request, CancellationToken cancellationToken)
    {
        RunSeed seed = new(request.Seed);
        int size = request.Size ?? DefaultSize;
        string images = Path.Combine(request.Folder, WaterbirdsOptions.Images);
        List<IReadOnlyList<string>> rows = [];
        foreach ((Split split, int[] groups) in SynthesizedGroups.OfEach(Published, size, seed))
        {
            string[] names = DrawnImages.Write(images, split, groups.Length, seed, (random, i) => DrawnBird.Draw(random, isWaterBird: groups[i] / 2 == 1, onWater: groups[i] % 2 == 1), cancellationToken);
            foreach ((int i, int group) in groups.Index())
            {
                rows.Add([
                    (rows.Count + 1).ToString(CultureInfo.InvariantCulture), names[i], MetadataFile.Number(group / 2), MetadataFile.Number((int)split), MetadataFile.Number(group % 2),
                    group % 2 == 1 ? "/o/ocean/drawn.jpg" : "/b/bamboo_forest/drawn.jpg"]);
            }
        }

        MetadataFile.Write(Path.Combine(images, OriginalMetadata), ["img_id", "img_filename", "y", "split", "place", "place_filename"], rows);
        WriteMetadata(request.Folder);
        new SynthesizedData(Kind, size, request.Seed).Write(request.Folder);
        return new WaterbirdsOptions { Folder = request.FinalFolder };
    }

    protected override List<GroupMetadata> ReadOriginal(string folder)
    {
        using CsvRows file = new(Path.Combine(folder, WaterbirdsOptions.Images, OriginalMetadata));
        (int id, int name, int split, int label, int place) = (file.Column("img_id"), file.Column("img_filename"), file.Column("split"), file.Column("y"), file.Column("place"));
        List<GroupMetadata> rows = [];
        while (file.Read())
        {
            rows.Add(new(file.Text(id), file.Text(name), (Split)file.Integer(split, 3), file.Integer(label, 2), file.Integer(place, 2)));
        }

        return rows;
    }
}
