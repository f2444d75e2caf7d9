using System.Globalization;
using GradientDynamics.Train.Datasets;
using GradientDynamics.Train.Sampling;
using GradientDynamics.Train.Training;
using Parquet;
using Parquet.Schema;

namespace GradientDynamics.Train.Preparation;

/// <summary>An example of <see cref="ImageFolderOptions"/>: drawn birds in the layout that users bring their own images in.</summary>
internal sealed class ImageFolderSource : DatasetSource
{
    private const int DefaultSize = 240;

    public override string Kind => "image-folder";

    public override string Licence => "the user's own.";

    public override bool CanSynthesize => true;

    public override DatasetOptions Synthesize(SynthesisRequest request, CancellationToken cancellationToken)
    {
        RunSeed seed = new(request.Seed);
        int size = request.Size ?? DefaultSize;
        List<IReadOnlyList<string>> rows = [];
        foreach ((Split split, int[] groups) in SynthesizedGroups.OfEach(WaterbirdsSource.Published, size, seed))
        {
            string[] names = DrawnImages.Write(request.Folder, split, groups.Length, seed, (random, i) => DrawnBird.Draw(random, groups[i] / 2 == 1, groups[i] % 2 == 1), cancellationToken);
            rows.AddRange(groups.Zip(names, (group, name) => (IReadOnlyList<string>)[name, ConfigurationKind.Name(split), MetadataFile.Number(group / 2), MetadataFile.Number(group % 2)]));
        }

        MetadataFile.Write(Path.Combine(request.Folder, ImageFolderOptions.Metadata), ["filename", "split", "y", "a"], rows);
        new SynthesizedData(Kind, size, request.Seed).Write(request.Folder);
        return new ImageFolderOptions { Folder = request.FinalFolder, Classes = ["landbird", "waterbird"], Attributes = ["land", "water"] };
    }
}

/// <summary>An example of <see cref="ParquetImagesOptions"/>: drawn birds as Hugging Face's datasets library writes them.</summary>
internal sealed class ParquetImagesSource : DatasetSource
{
    private const int DefaultSize = 240;

    public override string Kind => "parquet";

    public override string Licence => "the user's own.";

    public override bool CanSynthesize => true;

    public override DatasetOptions Synthesize(SynthesisRequest request, CancellationToken cancellationToken)
    {
        RunSeed seed = new(request.Seed);
        int size = request.Size ?? DefaultSize;
        string data = Path.Combine(request.Folder, "data");
        Directory.CreateDirectory(data);
        foreach ((Split split, int[] groups) in SynthesizedGroups.OfEach(WaterbirdsSource.Published, size, seed))
        {
            byte[][] images = new byte[groups.Length][];
            Parallel.For(0, groups.Length, new ParallelOptions { CancellationToken = cancellationToken }, i =>
                images[i] = DrawnImages.Encode(DrawnBird.Draw(seed.Stream($"synthesize/{split}", i), groups[i] / 2 == 1, groups[i] % 2 == 1)));
            string name = ConfigurationKind.Name(split);
            Task.Run(() => WriteAsync(Path.Combine(data, $"{name}-00000-of-00001.parquet"), images, groups, cancellationToken), cancellationToken).GetAwaiter().GetResult();
        }

        new SynthesizedData(Kind, size, request.Seed).Write(request.Folder);
        return new ParquetImagesOptions { Folder = request.FinalFolder, AttributeColumn = "place" };
    }

    private static async Task WriteAsync(string path, byte[][] images, int[] groups, CancellationToken cancellationToken)
    {
        DataField<byte[]> bytes = new("bytes");
        DataField<string> name = new("path");
        DataField<long> label = new("label");
        DataField<long> place = new("place");
        ParquetSchema schema = new(new StructField("image", bytes, name), label, place);
        await using FileStream stream = new(path, FileMode.CreateNew);
        await using ParquetWriter writer = await ParquetWriter.CreateAsync(schema, stream, cancellationToken: cancellationToken);
        writer.CustomMetadata = new Dictionary<string, string>
        {
            ["huggingface"] = """
                {"info": {"features": {"image": {"_type": "Image"}, "label": {"names": ["landbird", "waterbird"], "_type": "ClassLabel"}, "place": {"names": ["land", "water"], "_type": "ClassLabel"}}}}
                """,
        };
        using ParquetRowGroupWriter rows = writer.CreateRowGroup();
        DataField[] fields = schema.DataFields;
        await rows.WriteAsync(fields[0], images);
        await rows.WriteAsync(fields[1], [.. images.Select((_, i) => string.Create(CultureInfo.InvariantCulture, $"{i:D5}.jpg"))]);
        await rows.WriteAsync<long>(fields[2], groups.Select(group => (long)(group / 2)).ToArray(), cancellationToken: cancellationToken);
        await rows.WriteAsync<long>(fields[3], groups.Select(group => (long)(group % 2)).ToArray(), cancellationToken: cancellationToken);
    }
}

/// <summary>An example of <see cref="FeatureTableOptions"/>: a core feature, a spurious one that agrees with it as often as Waterbirds' background with the bird, and noise.</summary>
internal sealed class FeatureTableSource : DatasetSource
{
    private const int DefaultSize = 1000;
    private const int NoiseFeatures = 8;

    // The core feature overlaps between the classes, the spurious one hardly: it is the easier one.
    private const double CoreDeviation = 0.8;
    private const double SpuriousDeviation = 0.3;

    public override string Kind => "csv";

    public override string Licence => "the user's own.";

    public override bool CanSynthesize => true;

    public override DatasetOptions Synthesize(SynthesisRequest request, CancellationToken cancellationToken)
    {
        RunSeed seed = new(request.Seed);
        int size = request.Size ?? DefaultSize;
        List<IReadOnlyList<string>> rows = [];
        foreach ((Split split, int[] groups) in SynthesizedGroups.OfEach(WaterbirdsSource.Published, size, seed))
        {
            foreach ((int i, int group) in groups.Index())
            {
                Random random = seed.Stream($"synthesize/{split}", i);
                double[] features =
                [
                    (2 * (group / 2)) - 1 + (CoreDeviation * Gaussian.Next(random)), (2 * (group % 2)) - 1 + (SpuriousDeviation * Gaussian.Next(random)), .. Enumerable.Range(0, NoiseFeatures).Select(_ => Gaussian.Next(random)),
                ];
                rows.Add([.. features.Select(feature => feature.ToString("R", CultureInfo.InvariantCulture)), ConfigurationKind.Name(split), MetadataFile.Number(group / 2), MetadataFile.Number(group % 2)]);
            }
        }

        MetadataFile.Write(Path.Combine(request.Folder, "features.csv"), ["core", "spurious", .. Enumerable.Range(0, NoiseFeatures).Select(i => $"noise{i}"), "split", "y", "a"], rows);
        new SynthesizedData(Kind, size, request.Seed).Write(request.Folder);
        return new FeatureTableOptions { File = Path.Combine(request.FinalFolder, "features.csv") };
    }
}
