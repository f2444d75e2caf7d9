using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Networks;

/// <summary>
/// Convolutional network: the layers listed, then a fully connected layer to the logits. Parameters are named by kind and number
/// ("conv1.weight"), counted from 1 per kind.
/// </summary>
public sealed record ConvNetOptions : LayeredNetworkOptions
{
    /// <summary>
    /// Layers before the logits, first to last. Default: four 3x3 convolutions of 32, 64, 128 and 128 channels with padding 1, batch
    /// normalisation and ReLU, each of the first three followed by 2x2 max pooling, the last by global average pooling.
    /// </summary>
    public IReadOnlyList<ConvNetLayer> Layers
    {
        get;
        init => field = value.Any(layer => layer is null) ? throw new ArgumentException("A layer is null; every entry is a layer.", nameof(Layers)) : [.. value];
    }

    = [.. Block(32), new MaxPoolLayer(), .. Block(64), new MaxPoolLayer(), .. Block(128), new MaxPoolLayer(), .. Block(128), new GlobalAveragePoolLayer()];

    /// <summary>Equal where every setting is.</summary>
    public bool Equals(ConvNetOptions? other) => base.Equals(other) && Layers.SequenceEqual(other.Layers);

    /// <inheritdoc/>
    public override int GetHashCode() => Layers.Aggregate(base.GetHashCode(), HashCode.Combine);

    private protected override Value Logits(GraphBuilder graph, Value x, int logitCount)
    {
        Dictionary<string, int> counts = [];
        foreach (ConvNetLayer layer in Layers)
        {
            int count = counts[layer.BaseName] = counts.GetValueOrDefault(layer.BaseName) + 1;
            x = layer.Apply(graph, x, $"{layer.BaseName}{count}");
        }

        return graph.Gemm(x.Shape.Rank == 2 ? x : graph.Flatten(x, name: $"{LogitsName}.flatten"), logitCount, LogitsName);
    }

    // Batch normalisation adds its own bias.
    private static ConvNetLayer[] Block(int channels) => [new ConvLayer { Channels = channels, Padding = 1, Bias = false }, new BatchNormalizationLayer(), new ReluLayer()];
}
