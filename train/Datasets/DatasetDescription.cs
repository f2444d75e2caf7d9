using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Networks;
using GradientDynamics.Preprocessing;

namespace GradientDynamics.Train.Datasets;

/// <summary>What the examples of a dataset are.</summary>
/// <param name="Name">Kind of the dataset.</param>
/// <param name="InputShape">Shape of one input, without the batch.</param>
/// <param name="Classes">Names of the classes, by label.</param>
/// <param name="Attributes">Names of the attribute's values; empty where there is no attribute, so that groups are the classes.</param>
/// <param name="Bounds">Limits of valid inputs; null where inputs are no numbers that could be moved, such as tokens.</param>
public sealed record DatasetDescription(string Name, IReadOnlyList<long> InputShape, IReadOnlyList<string> Classes, IReadOnlyList<string> Attributes, InputBounds? Bounds)
{
    /// <summary>What a network takes of an example: one input of numbers unless the dataset says otherwise.</summary>
    public IReadOnlyList<DatasetInput> Inputs { get; init; } = [new(NetworkOptions.InputName, ElementType.Float, InputShape)];

    /// <summary>Whether the inputs are tokens of texts: integers.</summary>
    public bool IsText => Inputs.All(input => input.Element == ElementType.Int64);

    /// <summary>Whether another description has the same groups.</summary>
    public bool HasGroupsOf(DatasetDescription other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Classes.SequenceEqual(other.Classes) && Attributes.SequenceEqual(other.Attributes);
    }

    /// <summary>What makes an input of the bytes that a client has, published beside the model; null where clients have inputs.</summary>
    public InputPreprocessing? Preprocessing { get; init; }

    /// <summary>Elements of one input.</summary>
    public long InputSize => InputShape.Aggregate(1L, (product, size) => checked(product * size));

    /// <summary>Values of the attribute; 1 where there is no attribute.</summary>
    public int AttributeCount => Math.Max(1, Attributes.Count);

    /// <summary>Number of groups, empty ones included.</summary>
    public int GroupCount => Classes.Count * AttributeCount;

    /// <summary>Group of a label and an attribute: label x attributes + attribute.</summary>
    public int GroupOf(int label, int attribute) => (label * AttributeCount) + attribute;

    /// <summary>Name of a group for people: class and attribute.</summary>
    public string GroupName(int group) => Attributes.Count == 0 ? Classes[group] : $"{Classes[group / AttributeCount]}, {Attributes[group % AttributeCount]}";
}

/// <summary>One input that a network takes of an example.</summary>
/// <param name="Name">Its name in the graph, where the graph has several.</param>
/// <param name="Element">Its element type.</param>
/// <param name="Shape">Its shape, without the batch.</param>
public sealed record DatasetInput(string Name, ElementType Element, IReadOnlyList<long> Shape)
{
    /// <summary>Number that all values are below, of integers that name rows of a table; null where nothing says so. Default null.</summary>
    public long? Limit { get; init; }

    /// <summary>Whether a batch may be shorter than the shape: as long as its longest example. Default false.</summary>
    public bool Varies { get; init; }
}
