using GradientDynamics.Analysis.Numerics;

namespace GradientDynamics.Analysis.Tests.Numerics;

public class RootFindingTests
{
    // Four roundings of the root.
    private const double Promised = 4 * 2.3e-16;

    [Fact]
    public void Find_OnFunctionsWithKnownRoots_ReachesRounding()
    {
        RootFinding.Find(x => (x * x) - 2, 0, 2).ShouldBe(Math.Sqrt(2), Promised * 2);
        RootFinding.Find(Math.Cos, 1, 2).ShouldBe(Math.PI / 2, Promised * 2);
        RootFinding.Find(x => Math.Exp(x) - 1e-10, -100, 0).ShouldBe(Math.Log(1e-10), Promised * 24);
    }

    [Fact]
    public void Find_OnASteepNinthPower_StillConverges()
    {
        RootFinding.Find(x => Math.Pow(x - 1, 9), 0, 2.5).ShouldBe(1, 1e-8);
    }

    [Fact]
    public void Find_WithoutAChangeOfSign_ThrowsWithTheResidual()
    {
        var exception = Should.Throw<NonConvergenceException>(() => RootFinding.Find(x => (x * x) + 0.5, -1, 2));

        exception.Residual.ShouldBe(1.5);
        RootFinding.TryFind(x => (x * x) + 0.5, -1, 2, out double root).ShouldBeFalse();
        root.ShouldBe(double.NaN);
    }

    [Fact]
    public void GoldenSection_FindsTheMinimumOfAParabola()
    {
        (double argument, double value) = ScalarMinimization.Find(x => ((x - 0.3) * (x - 0.3)) + 2, -1, 4);

        argument.ShouldBe(0.3, 1e-7);
        value.ShouldBe(2, 1e-14);
    }
}
