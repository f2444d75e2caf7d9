using System.Globalization;
using GradientDynamics.CommandLine;
using GradientDynamics.Train.Datasets;
using GradientDynamics.Train.Sampling;

namespace GradientDynamics.Train.Preparation;

/// <summary>The files of <see cref="CelebAOptions"/>.</summary>
internal sealed class CelebASource() : BenchmarkImagesSource(CelebAOptions.Metadata, CelebAOptions.Images, Archive, "000001.jpg")
{
    private const string Archive = "celeba/img_align_celeba.zip";
    private const string AttributeList = "celeba/list_attr_celeba";
    private const string PartitionList = "celeba/list_eval_partition";
    private const string LabelName = "Blond_Hair";
    private const string AttributeName = "Male";
    private const int DefaultSize = 2000;

    public override string Kind => "celeba";

    public override string Licence => "for non-commercial research only, after its terms have been accepted on https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html; images must not be passed on.";

    // Checksums as torchvision states them.
    public override IReadOnlyList<ManualFile> ByHand { get; } =
    [
        new(Archive, "On https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html accept the terms, follow \"Google Drive\" or \"Baidu Drive\", and take Img/img_align_celeba.zip (1.4 GB).")
        {
            Checksum = FileChecksum.Parse("md5:00d2c5bc6d35e252742224ab0c1e8fcb"),
            Alternatives = [CelebAOptions.Images],
        },
        new(AttributeList + ".txt", "From the same place take Anno/list_attr_celeba.txt (or list_attr_celeba.csv, its form on Kaggle).")
        {
            Checksum = FileChecksum.Parse("md5:75e246fa4810816ffd6ee81facbd244c"),
            Alternatives = [AttributeList + ".csv"],
        },
        new(PartitionList + ".txt", "From the same place take Eval/list_eval_partition.txt (or list_eval_partition.csv).")
        {
            Checksum = FileChecksum.Parse("md5:d32c9cbf5e040fd4025c592c306e6668"),
            Alternatives = [PartitionList + ".csv"],
        },
    ];

    // Table 1 of Idrissi et al., 2022; validation and test as in the published files.
    internal static IReadOnlyList<PublishedCounts> Published { get; } =
    [
        new(Split.Train, [71629, 66874, 22880, 1387]),
        new(Split.Validation, [8535, 8276, 2874, 182]),
        new(Split.Test, [9767, 7535, 2480, 180]),
    ];

    protected override IReadOnlyList<PublishedCounts> Counts => Published;

    public override DatasetOptions Synthesize(SynthesisRequest request, CancellationToken cancellationToken)
    {
        RunSeed seed = new(request.Seed);
        int size = request.Size ?? DefaultSize;
        List<string> attributes = [];
        List<string> partitions = [];
        foreach ((Split split, int[] groups) in SynthesizedGroups.OfEach(Published, size, seed))
        {
            int first = attributes.Count;
            DrawnImages.Write(
                Path.Combine(request.Folder, CelebAOptions.Images), split, groups.Length, seed, (random, i) => DrawnFace.Draw(random, isBlond: groups[i] / 2 == 1, isMale: groups[i] % 2 == 1), cancellationToken, i => FileName(first + i));
            foreach (int group in groups)
            {
                string name = FileName(attributes.Count);
                attributes.Add($"{name} {(group / 2 == 1 ? " 1" : "-1")} {(group % 2 == 1 ? " 1" : "-1")}");
                partitions.Add($"{name} {(int)split}");
            }
        }

        // The published list has forty attributes; a look-alike has the two that the task needs.
        AtomicFile.WriteText(Path.Combine(request.Folder, AttributeList + ".txt"), string.Join("\n", [attributes.Count.ToString(CultureInfo.InvariantCulture), $"{LabelName} {AttributeName} ", .. attributes, ""]));
        AtomicFile.WriteText(Path.Combine(request.Folder, PartitionList + ".txt"), string.Join("\n", [.. partitions, ""]));
        WriteMetadata(request.Folder);
        new SynthesizedData(Kind, size, request.Seed).Write(request.Folder);
        return new CelebAOptions { Folder = request.FinalFolder };
    }

    private static string FileName(int index) => string.Create(CultureInfo.InvariantCulture, $"{index + 1:D6}.jpg");

    protected override List<GroupMetadata> ReadOriginal(string folder)
    {
        Dictionary<string, Split> splits = new(StringComparer.Ordinal);
        foreach ((string name, string[] values, string place) in Rows(folder, PartitionList, ["partition"]))
        {
            splits[name] = values[0] switch
            {
                "0" => Split.Train,
                "1" => Split.Validation,
                "2" => Split.Test,
                string other => throw new InvalidDataException($"{place}: has the partition '{other}'; accepted are 0, 1 and 2."),
            };
        }

        List<GroupMetadata> rows = [];
        foreach ((string name, string[] values, string place) in Rows(folder, AttributeList, [LabelName, AttributeName]))
        {
            if (!splits.TryGetValue(name, out Split split))
            {
                throw new InvalidDataException($"{place}: names {name}, which {PartitionList} does not; accepted are the two lists of one dataset.");
            }

            rows.Add(new(MetadataFile.Number(rows.Count + 1), name, split, Flag(values[0], place), Flag(values[1], place)));
        }

        return rows;
    }

    private static int Flag(string text, string place) => text switch
    {
        "1" => 1,
        "-1" or "0" => 0,
        _ => throw new InvalidDataException($"{place}: has the value '{text}'; accepted are 1 and -1."),
    };

    // The text form begins with the number of images and the names of the attributes, and has blanks between; the partition's text form has neither. The CSV form has a header.
    private static IEnumerable<(string Name, string[] Values, string Place)> Rows(string folder, string list, string[] columns)
    {
        string csv = Path.Combine(folder, list + ".csv");
        string text = Path.Combine(folder, list + ".txt");
        if (!File.Exists(text))
        {
            using CsvRows file = new(csv);
            int name = file.Column("image_id");
            int[] wanted = [.. columns.Select(file.Column)];
            while (file.Read())
            {
                yield return (file.Text(name), [.. wanted.Select(file.Text)], $"{csv}: row {file.Row}");
            }

            yield break;
        }

        int[]? positions = list == PartitionList ? [0] : null;
        int width = 1;
        foreach ((int number, string line) in File.ReadLines(text).Index())
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0 || (positions is null && number == 0))
            {
                continue;
            }

            if (positions is null)
            {
                positions = [.. columns.Select(column => Array.IndexOf(words, column))];
                width = words.Length;
                if (positions.Contains(-1))
                {
                    throw new InvalidDataException($"{text}: line {number + 1} names no attribute {columns[Array.IndexOf(positions, -1)]}; accepted is CelebA's list of attributes.");
                }

                continue;
            }

            yield return words.Length == width + 1
                ? (words[0], [.. positions.Select(position => words[position + 1])], $"{text}: line {number + 1}")
                : throw new InvalidDataException($"{text}: line {number + 1} has {words.Length} words; accepted are a name and {width} values.");
        }
    }
}
