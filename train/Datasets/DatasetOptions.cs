using System.Text.Json.Serialization;
using GradientDynamics.Train.Sampling;

namespace GradientDynamics.Train.Datasets;

/// <summary>Which data a run learns from.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(TwoMoonsOptions), "two-moons")]
[JsonDerivedType(typeof(ColoredMnistOptions), "colored-mnist")]
[JsonDerivedType(typeof(DrawnDigitsOptions), "drawn-digits")]
[JsonDerivedType(typeof(Cifar10Options), "cifar-10")]
[JsonDerivedType(typeof(Cifar100Options), "cifar-100")]
[JsonDerivedType(typeof(SpuriousFeaturesOptions), "spurious-features")]
[JsonDerivedType(typeof(TwoPointsOptions), "two-points")]
[JsonDerivedType(typeof(TeacherStudentOptions), "teacher-student")]
[JsonDerivedType(typeof(WaterbirdsOptions), "waterbirds")]
[JsonDerivedType(typeof(CelebAOptions), "celeba")]
[JsonDerivedType(typeof(ImageFolderOptions), "image-folder")]
[JsonDerivedType(typeof(ParquetImagesOptions), "parquet")]
[JsonDerivedType(typeof(FeatureTableOptions), "csv")]
[JsonDerivedType(typeof(MultiNliOptions), "multinli")]
[JsonDerivedType(typeof(CivilCommentsOptions), "civilcomments")]
[JsonDerivedType(typeof(TextCsvOptions), "text-csv")]
[JsonDerivedType(typeof(TextParquetOptions), "text-parquet")]
public abstract record DatasetOptions
{
    /// <summary>Seed of the data's own draws (which example is which colour, noise); null is the run's seed. Default null.</summary>
    public long? Seed { get; init; }

    /// <summary>The splits that these options define; a split without examples is not among them.</summary>
    [JsonIgnore]
    public abstract IReadOnlyList<Split> Splits { get; }

    /// <summary>How each training batch is changed at random; null leaves it as it is.</summary>
    internal virtual CropAndFlip? TrainingAugmentation => null;

    /// <summary>Reads or generates one split.</summary>
    /// <exception cref="InvalidDataException">A file is not what it should be; the message names it.</exception>
    /// <exception cref="FileNotFoundException">A file is missing; the message names it and where it was looked for.</exception>
    public GroupedDataset Load(Split split, long runSeed) => Splits.Contains(split)
        ? Load(split, new RunSeed(Seed ?? runSeed))
        : throw new ArgumentOutOfRangeException(nameof(split), split, $"This configuration has the splits {string.Join(", ", Splits)}.");

    /// <summary>The test set in its other forms; empty where the dataset has none.</summary>
    public IReadOnlyList<TestEnvironment> LoadTestEnvironments(long runSeed) => LoadTestEnvironments(new RunSeed(Seed ?? runSeed));

    /// <summary>Full path of the folder that the files are in; null where nothing is read, or the folder does not exist.</summary>
    internal virtual string? DataFolderPath => null;

    internal abstract GroupedDataset Load(Split split, RunSeed seed);

    internal virtual IReadOnlyList<TestEnvironment> LoadTestEnvironments(RunSeed seed) => [];
}

/// <summary>What a part of the data is used for.</summary>
public enum Split
{
    /// <summary>Weights are fitted to it.</summary>
    Train,

    /// <summary>Epochs and settings are chosen on it.</summary>
    Validation,

    /// <summary>Figures are reported on it; nothing is chosen on it.</summary>
    Test,
}

/// <summary>The kinds of dataset that exist, with what each needs.</summary>
public sealed record DatasetKind(string Kind, string Description, string Needs)
{
    /// <summary>All kinds, in the order in which they are listed.</summary>
    public static IReadOnlyList<DatasetKind> All { get; } =
    [
        new("two-moons", "two interleaved half circles with a gap between the classes (Pezeshki et al., 2021)", "nothing: generated"),
        new("colored-mnist", "MNIST digits below five or not, coloured so that the colour predicts the label in training and misleads in the test (Arjovsky et al., 2019)", "a folder with MNIST's train images and labels (IDX, plain or gzip)"),
        new("drawn-digits", "digits drawn as strokes, coloured like Colored MNIST with a settable correlation per split", "nothing: generated"),
        new("cifar-10", "photographs of 32 x 32 in ten classes, two of them (CIFAR-2) or two halves, with wrong labels on demand", "a folder with CIFAR-10's binary files (plain or gzip)"),
        new("cifar-100", "photographs of 32 x 32 in a hundred classes or twenty superclasses", "a folder with CIFAR-100's binary files (plain or gzip)"),
        new("spurious-features", "a core, a spurious and many noise features (Idrissi et al., 2022, figure 1)", "nothing: generated"),
        new("two-points", "two examples with two coupled features (Pezeshki et al., 2021, appendix 4.1)", "nothing: generated"),
        new("teacher-student", "linear regression from a teacher through fast and slow features (Pezeshki et al., 2022)", "nothing: generated"),
        new("waterbirds", "photographs of water and land birds before water and land (Sagawa et al., 2020)", "gd-train datasets prepare waterbirds: a download of 0.5 GB"),
        new("celeba", "photographs of faces: blond or not, with the annotated sex as attribute (Liu et al., 2015)", "gd-train datasets prepare celeba: files of 1.4 GB that are fetched by hand"),
        new("image-folder", "images of your own", "a folder with metadata.csv: filename, split, y and, with an attribute, a"),
        new("parquet", "images of your own in Hugging Face's Parquet layout", "a folder with Parquet files of each split: a column of images, one of labels and, with an attribute, one of it"),
        new("csv", "features of your own", "a CSV file with columns of numbers, split, y and, with an attribute, a"),
        new("multinli", "pairs of sentences: contradiction, entailment or neither; a negation word in the second goes with contradiction (Williams et al., 2018)", "gd-train datasets prepare multinli"),
        new("civilcomments", "comments, toxic or not, by the identities that they mention (Borkan et al., 2019)", "gd-train datasets prepare civilcomments, and BERT's vocabulary"),
        new("text-csv", "texts or pairs of texts of your own", "CSV files with a header, and a WordPiece vocabulary"),
        new("text-parquet", "texts or pairs of texts of your own", "Parquet files as Hugging Face lays them out, and a WordPiece vocabulary"),
    ];
}
