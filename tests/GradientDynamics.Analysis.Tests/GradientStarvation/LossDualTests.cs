using GradientDynamics.Analysis.GradientStarvation;
using GradientDynamics.Analysis.Numerics;
using MathNet.Numerics.LinearAlgebra;

namespace GradientDynamics.Analysis.Tests.GradientStarvation;

public class LossDualTests
{
    private const double Rounding = 1e-14;

    public static TheoryData<string> Losses => [.. All.Keys];

    private static Dictionary<string, LegendreDual> All => new()
    {
        ["cross-entropy"] = LegendreDual.CrossEntropy,
        ["hinge"] = LegendreDual.Hinge,
        ["squared error"] = LegendreDual.SquaredError,
    };

    [Theory]
    [MemberData(nameof(Losses))]
    public void Bounds_LieBelowTheLoss_AndTouchItAtTheMaximizer(string name)
    {
        LegendreDual dual = All[name];
        dual.Name.ShouldBe(name);
        for (double margin = -6; margin <= 6; margin += 0.23)
        {
            double loss = dual.Loss(margin);
            for (double alpha = 0; alpha <= 1; alpha += 0.05)
            {
                dual.Bound(alpha, margin).ShouldBeLessThanOrEqualTo(loss + Rounding);
            }

            dual.Bound(dual.Maximizer(margin), margin).ShouldBe(loss, Rounding * (1 + (margin * margin)));
        }
    }

    [Fact]
    public void CrossEntropy_KeepsItsDigits_AtLargeMargins()
    {
        LegendreDual.CrossEntropy.Loss(800).ShouldBe(0);
        LegendreDual.CrossEntropy.Loss(40).ShouldBe(Math.Exp(-40), 1e-30);
        LegendreDual.CrossEntropy.Loss(-800).ShouldBe(800);
        LegendreDual.CrossEntropy.Maximizer(-800).ShouldBe(1);
        LegendreDual.BinaryEntropy(0.5).ShouldBe(Math.Log(2), Rounding);
        LegendreDual.BinaryEntropy(0).ShouldBe(0);
        Should.Throw<ArgumentOutOfRangeException>(() => LegendreDual.CrossEntropy.Bound(1.2, 0));
    }

    [Fact]
    public void SquaredLoss_DoesNotStarve_WhileCrossEntropyAndHingeDo()
    {
        Vector<double> weak = OtherLosses.SquaredLossResponses(LinearizedNetwork.TwoFeatures(0.5, 2, 2, 0.01));
        Vector<double> strong = OtherLosses.SquaredLossResponses(LinearizedNetwork.TwoFeatures(0.5, 6, 2, 0.01));
        Vector<double> hingeWeak = OtherLosses.HingeLoss(LinearizedNetwork.TwoFeatures(0.5, 2, 2, 1)).Responses;
        Vector<double> hingeStrong = OtherLosses.HingeLoss(LinearizedNetwork.TwoFeatures(0.5, 6, 2, 1)).Responses;

        strong[1].ShouldBe(weak[1], Rounding);
        hingeStrong[1].ShouldBeLessThan(hingeWeak[1]);
    }

    [Fact]
    public void SquaredLoss_SolvesItsNormalEquations()
    {
        GaussianSource source = new(41);
        Matrix<double> features = source.Matrix(7, 4);
        const double Lambda = 0.3;

        Vector<double> responses = OtherLosses.SquaredLossResponses(LinearizedNetwork.Of(features, Lambda));

        Vector<double> theta = (features.TransposeThisAndMultiply(features) + (Lambda / 2 * Matrix<double>.Build.DenseIdentity(4))).Solve(features.TransposeThisAndMultiply(Vector<double>.Build.Dense(7, 1)));
        Vector<double> expected = LinearizedNetwork.Of(features, Lambda).LeftVectors.TransposeThisAndMultiply(features * theta);
        (responses - expected).L2Norm().ShouldBeLessThan(1e-13);
    }

    [Fact]
    public void Hinge_SatisfiesComplementarySlackness()
    {
        LinearizedNetwork network = LinearizedNetwork.Of(new GaussianSource(42).Matrix(8, 5), 0.5);

        (Vector<double> dual, Vector<double> responses) = OtherLosses.HingeLoss(network);

        Vector<double> margins = network.LeftVectors * responses;
        for (int i = 0; i < dual.Count; i++)
        {
            // A duality gap of 1e-12 leaves margins at sqrt(1e-12).
            if (dual[i] is > 0 and < 1)
            {
                margins[i].ShouldBe(1, 1e-5);
            }
            else
            {
                ((dual[i] == 0) == (margins[i] >= 1 - 1e-5)).ShouldBeTrue();
            }
        }
    }

    [Fact]
    public void MultiClass_ClosesTheDualityGap_AndDecouplesUnderSpectralDecoupling()
    {
        GaussianSource source = new(43);
        Matrix<double> features = source.Matrix(6, 9);
        Matrix<double> kernel = features.TransposeAndMultiply(features);
        int[] labels = [0, 1, 2, 0, 1, 2];

        MultiClass decay = new(kernel, labels, 3, 0.2);
        (Matrix<double> probabilities, _, _) = decay.FindFixedPoint();
        MultiClass decoupled = new(kernel, labels, 3, 0.2, Regularizer.SpectralDecoupling);
        (Matrix<double> free, Matrix<double> logits, _) = decoupled.FindFixedPoint();

        // Strong duality to rounding of the sums.
        decay.Primal(probabilities).ShouldBe(decay.Dual(probabilities), 1e-12);
        // Every example is the same one-example problem.
        for (int i = 0; i < labels.Length; i++)
        {
            for (int c = 0; c < 3; c++)
            {
                logits[i, c].ShouldBe(((labels[i] == c ? 1 : 0) - free[i, c]) / 0.2, 1e-11);
            }

            free[i, labels[i]].ShouldBe(free[0, 0], 1e-12);
        }
    }

    [Fact]
    public void MultiClass_OfTwoClasses_IsTheBinaryProblemAtHalfTheRegularisation()
    {
        GaussianSource source = new(44);
        Matrix<double> features = source.Matrix(5, 7);
        int[] labels = [0, 1, 1, 0, 1];
        // theta_1 = -theta_0 at the optimum, so that lambda·‖theta_1‖² stands for (lambda/4)·‖theta‖² with theta = 2·theta_1.
        Matrix<double> labelled = features.MapIndexed((row, _, value) => labels[row] == 1 ? value : -value);

        (Matrix<double> probabilities, _, _) = new MultiClass(features.TransposeAndMultiply(features), labels, 2, 0.4).FindFixedPoint();
        FixedPoint binary = FixedPoint.Find(LinearizedNetwork.Of(labelled, 0.2));

        for (int i = 0; i < labels.Length; i++)
        {
            probabilities[i, 1 - labels[i]].ShouldBe(binary.Dual[i], 1e-10);
        }
    }
}
