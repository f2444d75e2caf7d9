namespace GradientDynamics.Train.Sampling;

/// <summary>
/// Class-balanced batches: as many draws per epoch as there are examples, the classes taking turns, so that the numbers of two classes in a batch differ by one at most. Each class goes through
/// its examples in random order, and begins again in a new order when it is through.
/// </summary>
public sealed record ClassBalancedBatchesOptions : SamplerOptions
{
    internal override ISampler Create(ReadOnlySpan<int> labels, ReadOnlySpan<int> groups, RunSeed seed) => new TurnTaking(labels, seed);
}

/// <summary>Parts that take turns.</summary>
internal sealed class TurnTaking(ReadOnlySpan<int> parts, RunSeed seed) : ISampler
{
    private readonly int[][] _members = Parts.Members(parts);
    private readonly int _count = parts.Length;

    public int[] SampleEpoch(long epoch)
    {
        Random random = seed.Stream("balanced-batches", epoch);
        int[][] orders = [.. _members.Select(part => (int[])[.. part])];
        int[] draws = new int[_count];
        for (int i = 0; i < draws.Length; i++)
        {
            int[] order = orders[i % orders.Length];
            int place = i / orders.Length % order.Length;
            if (place == 0)
            {
                random.Shuffle(order);
            }

            draws[i] = order[place];
        }

        return draws;
    }
}
