namespace GradientDynamics.Train.Datasets;

/// <summary>CIFAR-100: 50,000 training and 10,000 test images of a hundred classes in twenty superclasses.</summary>
public sealed record Cifar100Options : CifarOptions
{
    private static readonly IReadOnlyList<string> Superclasses =
    [
        "aquatic_mammals", "fish", "flowers", "food_containers", "fruit_and_vegetables", "household_electrical_devices", "household_furniture", "insects", "large_carnivores",
        "large_man-made_outdoor_things", "large_natural_outdoor_scenes", "large_omnivores_and_herbivores", "medium_mammals", "non-insect_invertebrates", "people", "reptiles", "small_mammals", "trees",
        "vehicles_1", "vehicles_2",
    ];

    private static readonly IReadOnlyList<string> ClassNames =
    [
        "apple", "aquarium_fish", "baby", "bear", "beaver", "bed", "bee", "beetle", "bicycle", "bottle", "bowl", "boy", "bridge", "bus", "butterfly", "camel", "can", "castle", "caterpillar", "cattle",
        "chair", "chimpanzee", "clock", "cloud", "cockroach", "couch", "crab", "crocodile", "cup", "dinosaur", "dolphin", "elephant", "flatfish", "forest", "fox", "girl", "hamster", "house", "kangaroo",
        "keyboard", "lamp", "lawn_mower", "leopard", "lion", "lizard", "lobster", "man", "maple_tree", "motorcycle", "mountain", "mouse", "mushroom", "oak_tree", "orange", "orchid", "otter", "palm_tree",
        "pear", "pickup_truck", "pine_tree", "plain", "plate", "poppy", "porcupine", "possum", "rabbit", "raccoon", "ray", "road", "rocket", "rose", "sea", "seal", "shark", "shrew", "skunk", "skyscraper",
        "snail", "snake", "spider", "squirrel", "streetcar", "sunflower", "sweet_pepper", "table", "tank", "telephone", "television", "tiger", "tractor", "train", "trout", "tulip", "turtle", "wardrobe",
        "whale", "willow_tree", "wolf", "woman", "worm",
    ];

    /// <summary>CIFAR-100 in the original archive's folder.</summary>
    public Cifar100Options()
        : base("cifar-100-binary", ["train.bin"], ["test.bin"])
    {
    }

    /// <summary>What the label is. Default fine.</summary>
    public Cifar100Labels Labels { get; init; } = Cifar100Labels.Fine;

    private protected override string Kind => "cifar-100";

    private protected override IReadOnlyList<int> LabelCounts => [Superclasses.Count, ClassNames.Count];

    private protected override int LabelNumber => Labels == Cifar100Labels.Fine ? 1 : 0;

    private protected override IReadOnlyList<string> Names => Labels == Cifar100Labels.Fine ? ClassNames : Superclasses;
}

/// <summary>What the label of a CIFAR-100 image is.</summary>
public enum Cifar100Labels
{
    /// <summary>One of the hundred classes.</summary>
    Fine,

    /// <summary>One of the twenty superclasses.</summary>
    Coarse,
}
