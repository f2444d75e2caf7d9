using GradientDynamics.Analysis.Numerics;

namespace GradientDynamics.Analysis.Tests.Numerics;

public class DormandPrinceTests
{
    private static readonly double[] Times = [0, 0.1, 1, 3, 10];

    // Errors of 1e-10 per step add up over some hundred steps of a rotation.
    private const double OscillatorTolerance = 1e-8;

    [Fact]
    public void Integrate_HarmonicOscillator_FollowsSineAndCosine()
    {
        double[][] states = new DormandPrince().Integrate(Rotate, [1, 0], Times);

        for (int i = 0; i < Times.Length; i++)
        {
            states[i][0].ShouldBe(Math.Cos(Times[i]), OscillatorTolerance);
            states[i][1].ShouldBe(-Math.Sin(Times[i]), OscillatorTolerance);
        }
    }

    [Fact]
    public void Integrate_WithTighterTolerance_ErrsLess()
    {
        double loose = Math.Abs(new DormandPrince { RelativeTolerance = 1e-5 }.Integrate(Rotate, [1, 0], Times)[4][0] - Math.Cos(10));
        double tight = Math.Abs(new DormandPrince { RelativeTolerance = 1e-9 }.Integrate(Rotate, [1, 0], Times)[4][0] - Math.Cos(10));

        // The order is 5: four decimal digits of tolerance are about four digits of error.
        tight.ShouldBeLessThan(loose / 500);
    }

    [Fact]
    public void Integrate_AStiffDecay_StaysStable()
    {
        double[][] states = new DormandPrince().Integrate((t, x, dx) => dx[0] = -2000 * (x[0] - Math.Cos(t)), [0], [1.0]);

        // Quasi-stationary: x = cos t - sin t / 2000 up to 1/2000².
        states[0][0].ShouldBe(Math.Cos(1) + (Math.Sin(1) / 2000), 3e-7);
    }

    [Fact]
    public void Integrate_IntoASingularity_Throws()
    {
        // x' = x², x(0) = 1 leaves every bound at t = 1.
        Should.Throw<NonConvergenceException>(() => new DormandPrince { MaximumSteps = 20_000 }.Integrate((_, x, dx) => dx[0] = x[0] * x[0], [1], [2.0]));
    }

    [Fact]
    public void Integrate_WithDescendingTimes_Throws()
    {
        Should.Throw<ArgumentException>(() => new DormandPrince().Integrate(Rotate, [1, 0], [1.0, 0.5]));
    }

    private static void Rotate(double time, ReadOnlySpan<double> state, Span<double> rate)
    {
        rate[0] = state[1];
        rate[1] = -state[0];
    }
}
