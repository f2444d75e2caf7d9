using System.Text.Json.Serialization;
using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Networks;

/// <summary>Normalisation inside the graph, (x - mean) / standard deviation, so that callers give pixels as they are. One number for all channels, or one per channel.</summary>
public sealed record InputNormalization
{
    /// <summary>Mean, one number or one per channel.</summary>
    /// <exception cref="ArgumentException">It is empty or has a number that is not finite.</exception>
    [JsonConverter(typeof(NumberListConverter))]
    public required IReadOnlyList<double> Mean
    {
        get;
        init
        {
            if (value.Count == 0 || value.Any(mean => !double.IsFinite(mean)))
            {
                throw new ArgumentException("One finite number, or one per channel, is accepted.", nameof(Mean));
            }

            field = [.. value];
        }
    }

    /// <summary>Standard deviation, one number or one per channel.</summary>
    /// <exception cref="ArgumentException">It is empty or has a number that is not positive and finite.</exception>
    [JsonConverter(typeof(NumberListConverter))]
    public required IReadOnlyList<double> Std
    {
        get;
        init
        {
            if (value.Count == 0 || value.Any(deviation => !double.IsFinite(deviation) || deviation <= 0))
            {
                throw new ArgumentException("One positive finite number, or one per channel, is accepted.", nameof(Std));
            }

            field = [.. value];
        }
    }

    /// <summary>Equal where the numbers are.</summary>
    public bool Equals(InputNormalization? other) => other is not null && Mean.SequenceEqual(other.Mean) && Std.SequenceEqual(other.Std);

    /// <inheritdoc/>
    public override int GetHashCode() => Mean.Concat(Std).Aggregate(0, HashCode.Combine);

    internal Value Apply(GraphBuilder graph, Value x)
    {
        Value PerChannel(IReadOnlyList<double> numbers, string name)
        {
            if (numbers.Count > 1 && (x.Shape.Rank < 2 || x.Shape[1].Value != numbers.Count))
            {
                throw new InvalidModelException($"The input is {x.Type} and the normalization's {name} has {numbers.Count} numbers; one number, or one per channel, is accepted.");
            }

            // [channels, 1, 1] broadcasts over [batch, channels, height, width].
            long[] sizes = numbers.Count == 1 ? [] : [numbers.Count, .. Enumerable.Repeat(1L, x.Shape.Rank - 2)];
            int next = 0;
            return graph.Constant(ParameterInitializer.Fill(x.Type.Element, sizes, () => numbers[next++]), $"normalization.{name}");
        }

        return graph.Div(graph.Sub(x, PerChannel(Mean, "mean"), "normalization.centered"), PerChannel(Std, "std"), "normalization");
    }
}
