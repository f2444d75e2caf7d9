using GradientDynamics.Attack.Attacks;

namespace GradientDynamics.Attack.Tests.Attacks;

public sealed class RandomStreamTests
{
    [Fact]
    public void NextBits_OfKnownStates_FollowTheRecurrence()
    {
        // xoshiro256** written out with big integers from the SHA-256 of "golden" (Python: hashlib and the published recurrence).
        RandomStream stream = new("golden");

        ulong[] bits = [stream.NextBits(), stream.NextBits(), stream.NextBits()];

        bits.ShouldBe(GoldenBits);
    }

    [Fact]
    public void NextUniform_HasTheMomentsOfTheUniformDistribution()
    {
        RandomStream stream = new("moments");
        double[] values = [.. Enumerable.Range(0, 20_000).Select(_ => stream.NextUniform())];

        values.ShouldAllBe(value => value >= 0 && value < 1);
        values.Average().ShouldBe(0.5, FourStandardErrors);
        values.Average(value => value * value).ShouldBe(1 / 3.0, FourStandardErrors);
    }

    [Fact]
    public void FillDirection_HasLengthOneAndNoPreferredSide()
    {
        RandomStream stream = new("directions");
        double[] sums = new double[5];
        float[] direction = new float[5];
        for (int trial = 0; trial < 4_000; trial++)
        {
            stream.FillDirection(direction);
            PerturbationNorms.EuclideanLength(direction).ShouldBe(1, 1e-6);
            for (int i = 0; i < sums.Length; i++)
            {
                sums[i] += direction[i];
            }
        }

        sums.ShouldAllBe(sum => Math.Abs(sum / 4_000) < 4 * Math.Sqrt(0.2 / 4_000));
    }

    // The standard deviation of one draw is below 0.3; of the mean of 20,000 below 0.0022.
    private const double FourStandardErrors = 0.009;

    private static readonly ulong[] GoldenBits = [0x8030B6C5E8B0D8E7, 0x42C332EB5E0A0167, 0x7A1CC25969D81288];
}
