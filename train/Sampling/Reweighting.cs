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

/// <summary>Square-root reweighting by group: as many draws per epoch as there are examples, with replacement, a group as likely as the square root of its size; between shuffle and group-reweighting.</summary>
/// <remarks>Mahajan et al., "Exploring the Limits of Weakly Supervised Pretraining", 2018, https://arxiv.org/abs/1805.00932, section 2.2, there by class.</remarks>
public sealed record GroupSquareRootReweightingOptions : SamplerOptions
{
    internal override ISampler Create(ReadOnlySpan<int> labels, ReadOnlySpan<int> groups, RunSeed seed) => new SquareRootDraws(groups, seed);
}

/// <summary>Square-root reweighting by class: as many draws per epoch as there are examples, with replacement, a class as likely as the square root of its size; between shuffle and class-reweighting.</summary>
/// <remarks>Mahajan et al., 2018, https://arxiv.org/abs/1805.00932, section 2.2.</remarks>
public sealed record ClassSquareRootReweightingOptions : SamplerOptions
{
    internal override ISampler Create(ReadOnlySpan<int> labels, ReadOnlySpan<int> groups, RunSeed seed) => new SquareRootDraws(labels, seed);
}

/// <summary>
/// Draws with weight 1 / (size of the part): choosing a part that has examples and then one of its examples, both uniformly, is that distribution.
/// </summary>
internal sealed class BalancedDraws(ReadOnlySpan<int> parts, RunSeed seed) : ISampler
{
    private readonly int[][] _members = Parts.Members(parts);
    private readonly int _count = parts.Length;

    public int[] SampleEpoch(long epoch)
    {
        Random random = seed.Stream("reweight", epoch);
        int[] draws = new int[_count];
        for (int i = 0; i < draws.Length; i++)
        {
            int[] part = _members[random.Next(_members.Length)];
            draws[i] = part[random.Next(part.Length)];
        }

        return draws;
    }
}

/// <summary>Draws with weight 1 / √(size of the part): choosing a part with weight √size and then one of its examples uniformly is that distribution.</summary>
internal sealed class SquareRootDraws : ISampler
{
    private readonly int[][] _members;
    private readonly double[] _upTo;
    private readonly int _count;
    private readonly RunSeed _seed;

    public SquareRootDraws(ReadOnlySpan<int> parts, RunSeed seed)
    {
        _members = Parts.Members(parts);
        _upTo = new double[_members.Length];
        double sum = 0;
        for (int part = 0; part < _upTo.Length; part++)
        {
            _upTo[part] = sum += Math.Sqrt(_members[part].Length);
        }

        _count = parts.Length;
        _seed = seed;
    }

    public int[] SampleEpoch(long epoch)
    {
        Random random = _seed.Stream("square-root-reweight", epoch);
        int[] draws = new int[_count];
        for (int i = 0; i < draws.Length; i++)
        {
            double point = random.NextDouble() * _upTo[^1];
            int part = 0;
            // Rounding could put the point at the very end.
            while (part < _upTo.Length - 1 && point >= _upTo[part])
            {
                part++;
            }

            draws[i] = _members[part][random.Next(_members[part].Length)];
        }

        return draws;
    }
}
