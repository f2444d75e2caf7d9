using System.Text.Json.Serialization;
using GradientDynamics.Train.Sampling;

namespace GradientDynamics.Train.Datasets;

/// <summary>
/// Two examples of the same label with two features of different strength: the smallest problem in which learning one feature starves another. The inputs are the rows of U·diag(s) with
/// U = [[√(1−δ²), −δ], [δ, √(1−δ²)]]; the responses of the features are z = Uᵀf with f the two logits. Nothing is drawn: every split holds the two points.
/// </summary>
/// <remarks>
/// Pezeshki et al., "Gradient Starvation", 2021, appendix 4.1, https://arxiv.org/abs/2011.09468. Its losses are sums over the two points and ours means: its learning rate is doubled here and its weight decay
/// halved, which gives the same steps.
/// </remarks>
public sealed record TwoPointsOptions : DatasetOptions
{
    // The strongest feature of the paper is 6; wide enough for stronger ones.
    private const double Bound = 100;

    /// <summary>Strengths s of the two features. Default 2 and 2.</summary>
    public IReadOnlyList<double> Strengths
    {
        get;
        init
        {
            if (value.Count != 2 || value.Any(strength => strength is not (> 0 and <= Bound)))
            {
                throw new ArgumentException($"Accepted are two positive numbers up to {Bound}.", nameof(Strengths));
            }

            field = [.. value];
        }
    } = [2, 2];

    /// <summary>Coupling δ of the features. Default 0.5, as in the published code; the text has 0.6.</summary>
    public double Coupling { get; init { NumberGuards.ThrowIfNoProbability(value, nameof(Coupling)); field = value; } } = 0.5;

    /// <inheritdoc/>
    [JsonIgnore]
    public override IReadOnlyList<Split> Splits => [Split.Train, Split.Test];

    /// <summary>Equal where every setting is.</summary>
    public bool Equals(TwoPointsOptions? other) => base.Equals(other) && Strengths.SequenceEqual(other.Strengths) && Coupling == other.Coupling;

    /// <inheritdoc/>
    public override int GetHashCode() => Strengths.Aggregate(HashCode.Combine(base.GetHashCode(), Coupling), HashCode.Combine);

    internal override GroupedDataset Load(Split split, RunSeed seed)
    {
        double uncoupled = Math.Sqrt(1 - (Coupling * Coupling));
        float[] inputs = [(float)(uncoupled * Strengths[0]), (float)(-Coupling * Strengths[1]), (float)(Coupling * Strengths[0]), (float)(uncoupled * Strengths[1])];
        return new(new("two-points", [2], ["-1", "+1"], [], new([-Bound], [Bound])), split, inputs, [1, 1], attributes: null);
    }
}
