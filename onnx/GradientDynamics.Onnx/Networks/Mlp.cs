using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Networks;

/// <summary>Multilayer perceptron: Flatten, then per hidden layer a fully connected layer, batch normalisation if asked, the activation, and dropout if asked; then the logits.</summary>
public sealed record MlpOptions : LayeredNetworkOptions
{
    /// <summary>Width of every hidden layer, first to last; none makes a linear model. Default one layer of 500 units, as in the two-moons experiment.</summary>
    public IReadOnlyList<int> HiddenWidths
    {
        get;
        init
        {
            foreach (int width in value)
            {
                ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width, nameof(HiddenWidths));
            }

            field = [.. value];
        }
    }

    = [500];

    /// <summary>Nonlinearity after every hidden layer. Default ReLU.</summary>
    public Activation Activation { get; init; } = new ReluActivation();

    /// <summary>Probability with which a hidden unit is set to 0 in training. Default 0: no dropout layers.</summary>
    public float Dropout { get; init => field = SettingGuards.DropoutRatio(value, nameof(Dropout)); }

    /// <summary>Whether hidden layers are batch-normalised before the activation. Default false.</summary>
    public bool BatchNormalization { get; init; }

    /// <summary>Equal where every setting is.</summary>
    public bool Equals(MlpOptions? other) => base.Equals(other) && HiddenWidths.SequenceEqual(other.HiddenWidths) && Activation == other.Activation
        && Dropout == other.Dropout && BatchNormalization == other.BatchNormalization;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(base.GetHashCode(), HiddenWidths.Aggregate(0, HashCode.Combine), Activation, Dropout, BatchNormalization);

    private protected override Value Logits(GraphBuilder graph, Value x, int logitCount)
    {
        Value hidden = graph.Flatten(x, name: "flatten");
        foreach ((int index, int width) in HiddenWidths.Index())
        {
            hidden = graph.Gemm(hidden, width, $"hidden{index}");
            if (BatchNormalization)
            {
                hidden = graph.BatchNormalization(hidden, $"normalization{index}");
            }

            hidden = Activation.Apply(graph, hidden, $"activation{index}");
            if (Dropout > 0)
            {
                hidden = graph.Dropout(hidden, Dropout, $"dropout{index}");
            }
        }

        return graph.Gemm(hidden, logitCount, LogitsName);
    }
}
