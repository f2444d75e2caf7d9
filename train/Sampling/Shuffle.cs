namespace GradientDynamics.Train.Sampling;

/// <summary>Every example once per epoch, in a new random order.</summary>
public sealed record ShuffleOptions : SamplerOptions
{
    internal override ISampler Create(ReadOnlySpan<int> labels, ReadOnlySpan<int> groups, RunSeed seed) => new ShuffledSubset([.. Enumerable.Range(0, labels.Length)], seed);
}

/// <summary>A fixed set of examples, each once per epoch, in a new random order.</summary>
internal sealed class ShuffledSubset(int[] kept, RunSeed seed) : ISampler
{
    public int[] SampleEpoch(long epoch)
    {
        int[] order = [.. kept];
        seed.Stream("shuffle", epoch).Shuffle(order);
        return order;
    }
}
