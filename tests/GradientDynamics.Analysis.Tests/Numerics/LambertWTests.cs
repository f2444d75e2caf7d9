using GradientDynamics.Analysis.Numerics;

namespace GradientDynamics.Analysis.Tests.Numerics;

public class LambertWTests
{
    // The promise of the routine: 1e-15 relative.
    private const double Promised = 1e-15;

    // Reference values: Halley's iteration in 60-digit decimal arithmetic (Python's decimal), rounded to double.
    [Theory]
    [InlineData(0.5, 0, 0.35173371124919584)]
    [InlineData(1.0, 0, 0.5671432904097838)]
    [InlineData(2.0, 0, 0.8526055020137255)]
    [InlineData(11.0, 0, 1.806502575505666)]
    [InlineData(401.0, 0, 4.4917246828570185)]
    [InlineData(1e10, 0, 20.028685413304952)]
    [InlineData(1e300, 0, 684.2472086297608)]
    [InlineData(-0.1, 0, -0.11183255915896297)]
    [InlineData(-0.2, 0, -0.25917110181907377)]
    [InlineData(-0.3, 0, -0.4894022271802149)]
    [InlineData(-0.36, 0, -0.8060843159708176)]
    [InlineData(-0.367, 0, -0.9323991847479283)]
    [InlineData(-0.36787, 0, -0.9928527298215277)]
    [InlineData(-0.3678794411, 0, -0.999980292242033)]
    [InlineData(-0.1, -1, -3.577152063957297)]
    [InlineData(-0.2, -1, -2.5426413577735265)]
    [InlineData(-0.3, -1, -1.7813370234216277)]
    [InlineData(-0.36, -1, -1.2227701339785062)]
    [InlineData(-0.367, -1, -1.0707918867680521)]
    [InlineData(-0.36787, -1, -1.0071814889510784)]
    [InlineData(-0.3678794411, -1, -1.0000197080169009)]
    [InlineData(-1e-5, -1, -14.163600815810183)]
    [InlineData(-1e-300, -1, -697.3227762954601)]
    public void Evaluate_MatchesSixtyDigitArithmetic(double x, int branch, double expected)
    {
        double w = LambertW.Evaluate(x, branch);

        Math.Abs(w - expected).ShouldBeLessThanOrEqualTo(Promised * Math.Abs(expected));
    }

    [Fact]
    public void Evaluate_InvertsItsDefinition_AlongBothBranches()
    {
        // w -> x rounds x, and dw/w = dx/x/(1 + w): the round trip can lose that factor.
        for (double w = -30; w < 600; w += 0.0917)
        {
            double x = w * Math.Exp(w);
            if (x == 0)
            {
                continue;
            }

            double back = LambertW.Evaluate(x, w < -1 ? -1 : 0);

            Math.Abs(back - w).ShouldBeLessThanOrEqualTo(1e-14 * Math.Max(1, Math.Abs(w)) / Math.Min(1, Math.Abs(1 + w)));
        }
    }

    [Fact]
    public void Evaluate_AtItsSpecialPoints_IsExact()
    {
        LambertW.Evaluate(0).ShouldBe(0);
        LambertW.Evaluate(LambertW.BranchPoint).ShouldBe(-1);
        LambertW.Evaluate(LambertW.BranchPoint, -1).ShouldBe(-1);
        LambertW.Evaluate(double.Epsilon).ShouldBe(double.Epsilon);
    }

    [Theory]
    [InlineData(-0.4, 0)]
    [InlineData(0.1, -1)]
    [InlineData(0.0, -1)]
    [InlineData(double.NaN, 0)]
    [InlineData(1.0, 1)]
    public void Evaluate_OutsideTheRealBranches_SaysWhatIsAccepted(double x, int branch)
    {
        var exception = Should.Throw<ArgumentOutOfRangeException>(() => LambertW.Evaluate(x, branch));

        exception.Message.ShouldContain("Lambert W");
    }
}
