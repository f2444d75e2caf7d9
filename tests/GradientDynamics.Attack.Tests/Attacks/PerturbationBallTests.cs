using GradientDynamics.Attack.Attacks;

namespace GradientDynamics.Attack.Tests.Attacks;

public sealed class PerturbationBallTests
{
    // Float32 has 24 bits; the projection of values near 1 is right to a few units in the last place.
    private const double FloatRounding = 1e-6;

    public static TheoryData<PerturbationNorm, double> Radii =>
        new([(PerturbationNorm.Linf, 0.001), (PerturbationNorm.Linf, 8 / 255.0), (PerturbationNorm.Linf, 0.7), (PerturbationNorm.L2, 0.01), (PerturbationNorm.L2, 0.5), (PerturbationNorm.L2, 3), (PerturbationNorm.L2, 50)]);

    [Theory]
    [MemberData(nameof(Radii))]
    public void Project_OfAnyPoint_LiesInBallAndBoundsAsSent(PerturbationNorm norm, double epsilon)
    {
        RandomStream stream = new($"ball/{norm}/{epsilon}");
        for (int trial = 0; trial < 200; trial++)
        {
            (float[] center, float[] point, float[] lower, float[] upper) = Draw(stream, 17, spread: 4 * epsilon);

            new PerturbationBall(norm, center, epsilon, lower, upper).Project(point);

            new PerturbationBall(norm, center, epsilon, lower, upper).Contains(point).ShouldBeTrue();
            norm.Distance(center, point).ShouldBeLessThanOrEqualTo(epsilon);
        }
    }

    [Theory]
    [MemberData(nameof(Radii))]
    public void Project_OfAPointInside_LeavesItAlone(PerturbationNorm norm, double epsilon)
    {
        RandomStream stream = new($"inside/{norm}/{epsilon}");
        (float[] center, float[] point, float[] lower, float[] upper) = Draw(stream, 9, spread: 4 * epsilon);
        new PerturbationBall(norm, center, epsilon, lower, upper).Project(point);
        float[] before = [.. point];

        new PerturbationBall(norm, center, epsilon, lower, upper).Project(point);

        norm.Distance(before, point).ShouldBeLessThanOrEqualTo(FloatRounding);
    }

    [Fact]
    public void Project_OnSphereAndBox_IsTheNearestPoint()
    {
        // The projection p of v on a convex set is the one point with (v − p)·(q − p) ≤ 0 for every q of the set.
        RandomStream stream = new("nearest");
        for (int trial = 0; trial < 100; trial++)
        {
            (float[] center, float[] point, float[] lower, float[] upper) = Draw(stream, 6, spread: 2);
            float[] original = [.. point];
            PerturbationBall ball = new(PerturbationNorm.L2, center, 0.6, lower, upper);

            ball.Project(point);

            for (int probe = 0; probe < 50; probe++)
            {
                float[] other = [.. center.Select(value => value + (float)(0.5 * ((2 * stream.NextUniform()) - 1)))];
                for (int i = 0; i < other.Length; i++)
                {
                    other[i] = Math.Clamp(other[i], lower[i], upper[i]);
                }

                if (ball.Contains(other))
                {
                    double product = Enumerable.Range(0, point.Length).Sum(i => ((double)original[i] - point[i]) * ((double)other[i] - point[i]));
                    product.ShouldBeLessThanOrEqualTo(FloatRounding);
                }
            }
        }
    }

    [Fact]
    public void Project_OnSphereWithOneElementAtItsLimit_IsTheValueByHand()
    {
        // Around (0, 0) with ε = 1 and x ≤ 0.6: from (3, 1) the second element gets what the first leaves, √(1 − 0.36) = 0.8.
        float[] point = [3, 1];

        new PerturbationBall(PerturbationNorm.L2, new float[2], 1, [-1, -1], [0.6f, 1]).Project(point);

        point[0].ShouldBe(0.6f);
        point[1].ShouldBe(0.8f, FloatRounding);
    }

    [Fact]
    public void Contains_NaN_IsFalse()
    {
        new PerturbationBall(PerturbationNorm.Linf, new float[1], 1, [-1], [1]).Contains([float.NaN]).ShouldBeFalse();
    }

    private static (float[] Center, float[] Point, float[] Lower, float[] Upper) Draw(RandomStream stream, int length, double spread)
    {
        float[] center = new float[length];
        float[] point = new float[length];
        float[] lower = new float[length];
        float[] upper = new float[length];
        for (int i = 0; i < length; i++)
        {
            lower[i] = (float)(-0.5 * stream.NextUniform());
            upper[i] = (float)(0.5 + (0.5 * stream.NextUniform()));
            center[i] = (float)(lower[i] + ((upper[i] - lower[i]) * stream.NextUniform()));
            point[i] = (float)(center[i] + (spread * stream.NextGaussians().First));
        }

        return (center, point, lower, upper);
    }
}
