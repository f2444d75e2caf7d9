namespace GradientDynamics.Statistics;

/// <summary>A random stream that is the same on every system and version: seeds of <see cref="Random"/> promise that only within one version.</summary>
/// <remarks>Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014, https://doi.org/10.1145/2660193.2660195; bounded draws after Lemire, 2019, https://arxiv.org/abs/1805.10941.</remarks>
internal struct SplitMix64(ulong seed)
{
    private ulong _state = seed;

    public ulong Next()
    {
        ulong mixed = _state += 0x9e3779b97f4a7c15;
        mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
        return mixed ^ (mixed >> 31);
    }

    /// <summary>A number from 0 to <paramref name="count"/> − 1, each equally likely.</summary>
    public int NextIndex(int count)
    {
        ulong high = Math.BigMul(Next(), (ulong)count, out ulong low);
        if (low < (ulong)count)
        {
            ulong threshold = (0 - (ulong)count) % (ulong)count;
            while (low < threshold)
            {
                high = Math.BigMul(Next(), (ulong)count, out low);
            }
        }

        return (int)high;
    }
}
