namespace GradientDynamics.Train.Sampling;

/// <summary>RWG: as many draws per epoch as there are examples, with replacement, every group equally likely.</summary>
/// <remarks>Idrissi et al., "Simple data balancing achieves competitive worst-group-accuracy", 2022, https://arxiv.org/abs/2110.14503.</remarks>
public sealed record GroupReweightingOptions : SamplerOptions
{
    internal override ISampler Create(ReadOnlySpan<int> labels, ReadOnlySpan<int> groups, RunSeed seed) => new BalancedDraws(groups, seed);
}

/// <summary>RWY: as many draws per epoch as there are examples, with replacement, every class equally likely.</summary>
/// <remarks>Idrissi et al., 2022, https://arxiv.org/abs/2110.14503.</remarks>
public sealed record ClassReweightingOptions : SamplerOptions
{
    internal override ISampler Create(ReadOnlySpan<int> labels, ReadOnlySpan<int> groups, RunSeed seed) => new BalancedDraws(labels, seed);
}

/// <summary>
/// Draws with weight 1 / (size of the part): choosing a part that has examples and then one of its examples, both uniformly, is that distribution.
/// </summary>
internal sealed class BalancedDraws : ISampler
{
    private readonly int[][] _members;
    private readonly int _count;
    private readonly RunSeed _seed;

    public BalancedDraws(ReadOnlySpan<int> parts, RunSeed seed)
    {
        int[] partOf = parts.ToArray();
        _members = [.. Enumerable.Range(0, partOf.Length).GroupBy(i => partOf[i]).OrderBy(part => part.Key).Select(part => part.ToArray())];
        _count = partOf.Length;
        _seed = seed;
    }

    public int[] SampleEpoch(long epoch)
    {
        Random random = _seed.Stream("reweight", epoch);
        int[] draws = new int[_count];
        for (int i = 0; i < draws.Length; i++)
        {
            int[] part = _members[random.Next(_members.Length)];
            draws[i] = part[random.Next(part.Length)];
        }

        return draws;
    }
}
