namespace GradientDynamics.Train.Datasets;

/// <summary>CIFAR-10: 50,000 training and 10,000 test images of ten classes; with <see cref="CifarOptions.Only"/> two of them, CIFAR-2.</summary>
public sealed record Cifar10Options : CifarOptions
{
    private const int HalfOfClasses = 5;

    private static readonly IReadOnlyList<string> ClassNames = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

    /// <summary>CIFAR-10 in the original archive's folder.</summary>
    public Cifar10Options()
        : base("cifar-10-batches-bin", [.. Enumerable.Range(1, 5).Select(number => $"data_batch_{number}.bin")], ["test_batch.bin"])
    {
    }

    /// <summary>What the label is. Default class.</summary>
    public Cifar10Labels Labels { get; init; } = Cifar10Labels.Class;

    private protected override string Kind => "cifar-10";

    private protected override IReadOnlyList<int> LabelCounts => [ClassNames.Count];

    private protected override int LabelNumber => 0;

    private protected override IReadOnlyList<string> Names => ClassNames;

    private protected override IReadOnlyList<string> Described(IReadOnlyList<string> classes) => Labels == Cifar10Labels.Class
        ? classes
        : Only is null
            ? ["airplane to deer", "dog to truck"]
            : throw new InvalidDataException("dataset.labels: halves are of all ten classes, and only is given; accepted is class, or no only.");

    private protected override int[] Relabelled(int[] labels) => Labels == Cifar10Labels.Class ? labels : [.. labels.Select(label => label >= HalfOfClasses ? 1 : 0)];
}

/// <summary>What the label of a CIFAR-10 image is.</summary>
public enum Cifar10Labels
{
    /// <summary>Its class.</summary>
    Class,

    /// <summary>Two classes: 1 for the classes 5 to 9 (dog to truck), 0 for 0 to 4, as in the binary experiment of Pezeshki et al., 2022.</summary>
    Halves,
}
