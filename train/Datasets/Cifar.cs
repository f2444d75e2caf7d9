using System.Text.Json.Serialization;
using GradientDynamics.Train.Sampling;

namespace GradientDynamics.Train.Datasets;

/// <summary>CIFAR: photographs of 32 x 32, as intensities in [0, 1], planes red, green and blue.</summary>
/// <remarks>Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009, https://www.cs.toronto.edu/~kriz/cifar.html; the binary version's files.</remarks>
public abstract record CifarOptions : DatasetOptions
{
    private protected CifarOptions(string folder, IReadOnlyList<string> trainFiles, IReadOnlyList<string> testFiles) => (Folder, TrainFiles, TestFiles) = (folder, trainFiles, testFiles);

    /// <summary>Folder of the files. A relative folder lies below $GRADIENTDYNAMICS_DATA. Default that of the original archive.</summary>
    public string Folder
    {
        get;
        init
        {
            ArgumentException.ThrowIfNullOrEmpty(value, nameof(Folder));
            field = value;
        }
    }

    /// <summary>Files of the training and validation set, each plain or with .gz. Default those of the original archive.</summary>
    public IReadOnlyList<string> TrainFiles { get; init => field = RequireNames(value, nameof(TrainFiles)); }

    /// <summary>Files of the test set, each plain or with .gz. Default that of the original archive.</summary>
    public IReadOnlyList<string> TestFiles { get; init => field = RequireNames(value, nameof(TestFiles)); }

    /// <summary>Names of the classes that are used; a label is a class's place in this list. Null is all, in the data's order. Default null.</summary>
    public IReadOnlyList<string>? Only
    {
        get;
        init
        {
            if (value is not null && (value.Count < 2 || value.Distinct(StringComparer.Ordinal).Count() != value.Count))
            {
                throw new ArgumentException("Accepted are two and more different names of classes, or null for all.", nameof(Only));
            }

            field = value is null ? null : [.. value];
        }
    }

    /// <summary>Training images that are used, chosen at random after the validation set; null is all. Default null.</summary>
    public int? TrainCount { get; init => field = RequirePositive(value, nameof(TrainCount)); }

    /// <summary>Images held out of the training files as validation set, chosen at random. Default 0: no validation set, as in the papers.</summary>
    public int ValidationCount
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value, nameof(ValidationCount));
            field = value;
        }
    }

    /// <summary>Test images that are used, chosen at random; null is all. Default null.</summary>
    public int? TestCount { get; init => field = RequirePositive(value, nameof(TestCount)); }

    /// <summary>Share of the training set, rounded down to whole examples, whose labels are made wrong. Default 0.</summary>
    public double LabelNoise { get; init { NumberGuards.ThrowIfNoProbability(value, nameof(LabelNoise)); field = value; } }

    /// <summary>How they are made wrong. Default permuted.</summary>
    public LabelNoiseKind LabelNoiseKind { get; init; } = LabelNoiseKind.Permuted;

    /// <summary>Random crops and flips of training images; null has none. Default null.</summary>
    public CropAndFlip? Augmentation { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override IReadOnlyList<Split> Splits => ValidationCount > 0 ? [Split.Train, Split.Validation, Split.Test] : [Split.Train, Split.Test];

    internal override CropAndFlip? TrainingAugmentation => Augmentation;

    /// <summary>Name of the kind.</summary>
    private protected abstract string Kind { get; }

    /// <summary>Labels that each label byte of a record may have.</summary>
    private protected abstract IReadOnlyList<int> LabelCounts { get; }

    /// <summary>Which label byte counts.</summary>
    private protected abstract int LabelNumber { get; }

    /// <summary>Names of that label's values.</summary>
    private protected abstract IReadOnlyList<string> Names { get; }

    /// <summary>Equal where every setting is.</summary>
    public virtual bool Equals(CifarOptions? other) => base.Equals(other) && Folder == other.Folder && TrainFiles.SequenceEqual(other.TrainFiles) && TestFiles.SequenceEqual(other.TestFiles)
        && (Only ?? []).SequenceEqual(other.Only ?? []) && (TrainCount, ValidationCount, TestCount) == (other.TrainCount, other.ValidationCount, other.TestCount)
        && (LabelNoise, LabelNoiseKind, Augmentation) == (other.LabelNoise, other.LabelNoiseKind, other.Augmentation);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(base.GetHashCode(), Folder, TrainCount, ValidationCount, TestCount, LabelNoise, LabelNoiseKind, Augmentation);

    internal override GroupedDataset Load(Split split, RunSeed seed)
    {
        int[]? labelOf = LabelsOfClasses();
        string folder = DataFolder.Resolve(Folder);
        CifarFile file = CifarFile.Read(folder, split == Split.Test ? TestFiles : TrainFiles, LabelCounts);
        int[] used = [.. Enumerable.Range(0, file.Count).Where(image => labelOf is null || labelOf[file.Label(image, LabelNumber)] >= 0)];
        seed.Stream($"{Kind}/{(split == Split.Test ? "test" : "train")}").Shuffle(used);
        if (used.Length == 0 || (split != Split.Test && used.Length <= ValidationCount))
        {
            throw new InvalidDataException($"{folder}: the {(split == Split.Test ? "test" : "training")} files hold {used.Length} images of the classes used{(split == Split.Test ? "" : $", of which validationCount is {ValidationCount}")}; accepted are images for every split.");
        }

        int[] chosen = split switch
        {
            Split.Train => First(used[ValidationCount..], TrainCount, nameof(TrainCount), folder),
            Split.Validation => used[..ValidationCount],
            _ => First(used, TestCount, nameof(TestCount), folder),
        };
        int[] labels = [.. chosen.Select(image => file.Label(image, LabelNumber)).Select(label => labelOf is null ? label : labelOf[label])];
        IReadOnlyList<string> classes = Only ?? Names;
        if (split == Split.Train && LabelNoise > 0)
        {
            Datasets.LabelNoise.Apply(LabelNoiseKind, LabelNoise, labels, classes.Count, seed);
        }

        float[] inputs = new float[(long)chosen.Length * CifarFile.PixelCount];
        Parallel.For(0, chosen.Length, row => file.ReadPixels(chosen[row], inputs.AsSpan(row * CifarFile.PixelCount, CifarFile.PixelCount)));
        return new(new(Kind, [3, CifarFile.Side, CifarFile.Side], Described(classes), [], new([0], [1])), split, inputs, Relabelled(labels), attributes: null);
    }

    /// <summary>Names of the classes that a run learns, of the data's own.</summary>
    private protected virtual IReadOnlyList<string> Described(IReadOnlyList<string> classes) => classes;

    /// <summary>Labels that a run learns, of the data's own.</summary>
    private protected virtual int[] Relabelled(int[] labels) => labels;

    private static int[] First(int[] images, int? count, string name, string folder) => count is null
        ? images
        : count <= images.Length
            ? images[..count.Value]
            : throw new InvalidDataException($"{folder}: {char.ToLowerInvariant(name[0])}{name[1..]} is {count}, and there are {images.Length} images; accepted is 1 to {images.Length}.");

    private static int? RequirePositive(int? value, string name)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value ?? 1, name);
        return value;
    }

    private static IReadOnlyList<string> RequireNames(IReadOnlyList<string> names, string name) =>
        names.Count == 0 || names.Any(string.IsNullOrEmpty) ? throw new ArgumentException("One name of a file and more is accepted.", name) : [.. names];

    // By the data's label; -1 for classes that are not used. Null where all are.
    private int[]? LabelsOfClasses()
    {
        if (Only is null)
        {
            return null;
        }

        string? unknown = Only.FirstOrDefault(name => !Names.Contains(name));
        return unknown is null
            ? [.. Names.Select(name => Only.Index().Where(pair => pair.Item == name).Select(pair => pair.Index).DefaultIfEmpty(-1).First())]
            : throw new InvalidDataException($"dataset.only: {Kind} has no class '{unknown}'; accepted are {string.Join(", ", Names)}.");
    }
}
