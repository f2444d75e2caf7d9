using System.Globalization;
using GradientDynamics.Statistics;

namespace GradientDynamics.Train.Sampling;

/// <summary>
/// The seed of a run, from which every random stream is derived by purpose and step: drawing more numbers for one purpose changes no other, and a resumed run finds the stream
/// of its next epoch without replaying the earlier ones.
/// </summary>
/// <remarks>A stream's state is SHA-256 of the text "seed/purpose/step": the same on every machine and in every process.</remarks>
public readonly record struct RunSeed(long Value)
{
    /// <summary>The random stream of one purpose and step.</summary>
    public Random Stream(string purpose, long step = 0) => SeededStream(purpose, step);

    /// <summary>A seed for a generator outside this library (libtorch's), of one purpose and step.</summary>
    public long Derive(string purpose, long step = 0) => (long)(SeededStream(purpose, step).NextBits() >> 1);

    private SeededRandom SeededStream(string purpose, long step)
    {
        ArgumentException.ThrowIfNullOrEmpty(purpose);
        return SeededRandom.Of(string.Create(CultureInfo.InvariantCulture, $"{Value}/{purpose}/{step}"));
    }
}
