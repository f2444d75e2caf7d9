namespace GradientDynamics.Train.Sampling;

/// <summary>SUBG: from every group as many examples as the smallest group has, drawn once per run.</summary>
/// <remarks>Idrissi et al., "Simple data balancing achieves competitive worst-group-accuracy", 2022, https://arxiv.org/abs/2110.14503.</remarks>
public sealed record GroupSubsamplingOptions : SamplerOptions
{
    internal override ISampler Create(ReadOnlySpan<int> labels, ReadOnlySpan<int> groups, RunSeed seed) => new ShuffledSubset(Subsampling.Keep(groups, seed), seed);
}

/// <summary>SUBY: from every class as many examples as the smallest class has, drawn once per run.</summary>
/// <remarks>Idrissi et al., 2022, https://arxiv.org/abs/2110.14503.</remarks>
public sealed record ClassSubsamplingOptions : SamplerOptions
{
    internal override ISampler Create(ReadOnlySpan<int> labels, ReadOnlySpan<int> groups, RunSeed seed) => new ShuffledSubset(Subsampling.Keep(labels, seed), seed);
}

/// <summary>The draw that both kinds of subsampling share: the first examples of every part of one random permutation.</summary>
internal static class Subsampling
{
    public static int[] Keep(ReadOnlySpan<int> parts, RunSeed seed)
    {
        int[] partOf = parts.ToArray();
        int[] order = [.. Enumerable.Range(0, partOf.Length)];
        seed.Stream("subsample").Shuffle(order);
        ILookup<int, int> members = order.ToLookup(i => partOf[i]);
        int smallest = members.Min(part => part.Count());
        return [.. members.SelectMany(part => part.Take(smallest)).Order()];
    }
}
