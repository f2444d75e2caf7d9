using GradientDynamics.Train.Sampling;

namespace GradientDynamics.Train.Datasets;

/// <summary>
/// Random numbers of the visits of an epoch, by which inputs are augmented: each visit has a stream of its own, so that an example that is drawn twice is changed twice, the number of threads that read
/// does not matter, and a resumed run sees what an undisturbed one would have seen.
/// </summary>
/// <param name="Seed">Seed of the run.</param>
/// <param name="Epoch">Number of the epoch in its stage, from 0.</param>
/// <param name="First">Number of the first visit in the epoch, from 0.</param>
internal readonly record struct Visits(RunSeed Seed, int Epoch, int First)
{
    /// <summary>The stream of a visit, counted from <see cref="First"/>.</summary>
    public Random Of(int visit) => Seed.Stream($"augmentation/{Epoch}", First + visit);

    /// <summary>The visits from a later one on.</summary>
    public Visits From(int visit) => this with { First = First + visit };
}
