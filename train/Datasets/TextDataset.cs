namespace GradientDynamics.Train.Datasets;

/// <summary>A dataset of texts or of pairs of texts.</summary>
public abstract record TextDatasetOptions : DatasetOptions
{
    /// <summary>How texts become tokens.</summary>
    public TokenOptions Tokens { get; init; } = new();

    /// <summary>A split over sequences.</summary>
    /// <param name="name">Kind of the dataset.</param>
    /// <param name="split">The split.</param>
    /// <param name="classes">Names of the classes.</param>
    /// <param name="attributes">Names of the attribute's values; empty where there is none.</param>
    /// <param name="tokens">Sequences and their layout.</param>
    /// <param name="examples">Sequence, label and attribute of each example.</param>
    internal static GroupedDataset Of(
        string name, Split split, IReadOnlyList<string> classes, IReadOnlyList<string> attributes, (TokenSequences Sequences, TokenLayout Layout) tokens, IReadOnlyList<(int Sequence, int Label, int Attribute)> examples)
    {
        DatasetDescription description = new(name, [tokens.Layout.Length], classes, attributes, Bounds: null) { Inputs = tokens.Layout.Inputs, Preprocessing = tokens.Layout.Preprocessing };
        TokenInputs inputs = new(tokens.Sequences, [.. examples.Select(example => example.Sequence)], tokens.Layout);
        return new(description, split, inputs, [.. examples.Select(example => example.Label)], attributes.Count == 0 ? null : [.. examples.Select(example => example.Attribute)]);
    }
}
