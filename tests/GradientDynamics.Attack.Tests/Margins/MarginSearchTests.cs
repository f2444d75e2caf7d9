using GradientDynamics.Attack.Attacks;
using GradientDynamics.Attack.Margins;
using GradientDynamics.Attack.Targets;
using GradientDynamics.Attack.Tests.Attacks;
using GradientDynamics.Attack.Tests.Targets;
using GradientDynamics.Onnx.Gradients;

namespace GradientDynamics.Attack.Tests.Margins;

public sealed class MarginSearchTests
{
    // The classifier computes in double and rounds its logits to float32, of size about 10; an adversarial at the boundary may be off by that much.
    private const double LogitRounding = 1e-5;

    public static TheoryData<int, PerturbationNorm> LinearModels =>
        new(from classes in (int[])[2, 3, 5, 10] from norm in Enum.GetValues<PerturbationNorm>() select (classes, norm));

    [Theory]
    [MemberData(nameof(LinearModels))]
    public async Task Margins_OfLinearModels_ContainTheExactDistance(int classes, PerturbationNorm norm)
    {
        for (int seed = 0; seed < 10; seed++)
        {
            LinearClassifier model = LinearClassifier.Random(seed, classes, 8);
            ExampleBatch batch = PgdTests.Correct(model, 30, spread: 1);

            MarginState[] states = await SearchAsync(model.WithBounds(-1000, 1000), batch, norm, [], new MarginOptions { MaximumEpsilon = 100 });

            for (int example = 0; example < batch.Count; example++)
            {
                double exact = model.ExactMargin(batch.Input(example), batch.Labels[example], norm);
                InputMargin margin = states[example].Margin;
                margin.Lower.ShouldBeLessThanOrEqualTo(exact + LogitRounding, $"seed {seed}, example {example}");
                margin.Upper.ShouldBeGreaterThanOrEqualTo(exact - LogitRounding, $"seed {seed}, example {example}");
                (margin.Upper - margin.Lower).ShouldBeLessThanOrEqualTo(0.05 * margin.Upper);
                model.Predict(states[example].Adversarial).ShouldBe(states[example].AdversarialPrediction!.Value);
            }
        }
    }

    [Theory]
    [InlineData(PerturbationNorm.L2)]
    [InlineData(PerturbationNorm.Linf)]
    public async Task Margins_InsideASphere_AreTheDistanceToItsSurface(PerturbationNorm norm)
    {
        // From (a, …, a) both norms leave along the diagonal: √n·a + L2 = r, and √n·(a + L∞) = r. Every corner of the cube is a local maximum, so the ascent begins at the input.
        SphereClassifier model = new(4, 3);
        ExampleBatch batch = new(["a", "b"], [0.2f, 0.2f, 0.2f, 0.2f, 0.9f, 0.9f, 0.9f, 0.9f], [0, 0], 4);

        MarginState[] states = await SearchAsync(model.WithBounds(-5, 5), batch, norm, [], new MarginOptions { RelativeWidth = 0.01 }, new PgdOptions { RandomStart = false });

        double[] distances = norm == PerturbationNorm.L2 ? [3 - 0.4, 3 - 1.8] : [1.5 - 0.2, 1.5 - 0.9];
        for (int example = 0; example < 2; example++)
        {
            states[example].Margin.Upper.ShouldBe(distances[example], 0.02 * distances[example]);
            states[example].Margin.Upper.ShouldBeGreaterThanOrEqualTo(distances[example] - LogitRounding);
            states[example].Margin.Lower.ShouldBeLessThanOrEqualTo(distances[example] + LogitRounding);
        }
    }

    [Fact]
    public async Task Grid_IsDecidedAsOneAttackPerRadiusWouldDecideIt()
    {
        LinearClassifier model = LinearClassifier.Random(11, 3, 6);
        ExampleBatch batch = PgdTests.Correct(model, 50, spread: 1);
        double[] grid = [0.4, 0.05, 0.1, 0.2];

        MarginState[] states = await SearchAsync(model.WithBounds(-100, 100), batch, PerturbationNorm.Linf, grid, options: null);

        foreach (double epsilon in grid)
        {
            MarginState[] alone = await SearchAsync(model.WithBounds(-100, 100), batch, PerturbationNorm.Linf, [epsilon], options: null);
            for (int example = 0; example < batch.Count; example++)
            {
                states[example].Margin.IsRobustAt(epsilon).ShouldBe(alone[example].Margin.IsRobustAt(epsilon));
                states[example].Margin.IsRobustAt(epsilon).ShouldBe(model.ExactMargin(batch.Input(example), batch.Labels[example], PerturbationNorm.Linf) > epsilon);
            }
        }
    }

    [Fact]
    public async Task Margin_OfAMisclassifiedExample_IsZeroAndCostsNothing()
    {
        LinearClassifier model = new([[0], [1]], [0, -1]);
        ExampleBatch batch = new(["wrong"], [3], [0], 1);

        MarginState[] states = await MarginSearch.RunAsync(
            model.WithBounds(-9, 9), batch, [1], PerturbationNorm.Linf, [0.1], new MarginOptions { InitialEpsilon = 1 }, [new PgdOptions().Create()], 0, TestContext.Current.CancellationToken);

        states[0].Margin.ShouldBe(InputMargin.Misclassified);
        states[0].Margin.IsRobustAt(0).ShouldBeFalse();
        model.GradientBatches.ShouldBeEmpty();
    }

    [Fact]
    public async Task Margin_BeyondTheMaximum_IsOpenAbove()
    {
        LinearClassifier model = new([[0], [1]], [0, -1]);
        ExampleBatch batch = new(["far"], [-4], [0], 1);

        MarginState[] states = await SearchAsync(model.WithBounds(-9, 9), batch, PerturbationNorm.Linf, [], new MarginOptions { MaximumEpsilon = 2 });

        states[0].Margin.Lower.ShouldBe(2);
        states[0].Margin.IsClosed.ShouldBeFalse();
        states[0].Margin.IsRobustAt(2).ShouldBeTrue();
        states[0].Adversarial.ShouldBeNull();
    }

    [Fact]
    public async Task Margin_WhereTheBoundsShutTheBoundaryOut_IsOpenAtTheBox()
    {
        LinearClassifier model = new([[0, 0], [1, 0]], [0, -1]);
        ExampleBatch batch = new(["shut"], [0.5f, 0.5f], [0], 2);

        MarginState[] states = await SearchAsync(model.WithBounds(0, 0.75), batch, PerturbationNorm.L2, [], new MarginOptions());

        states[0].Margin.IsClosed.ShouldBeFalse();
        states[0].Margin.Lower.ShouldBe(0.75 * Math.Sqrt(2), LogitRounding);
    }

    [Fact]
    public async Task Margin_OfAWarmerAttackList_IsNeverLarger()
    {
        LinearClassifier model = LinearClassifier.Random(12, 6, 8);
        ExampleBatch batch = PgdTests.Correct(model, 40, spread: 1);
        // Two steps of a fifth of the radius never reach the edge of the ball.
        PgdOptions weak = new() { Steps = 2, Schedule = StepSchedule.Constant, RelativeStepSize = 0.2, RandomStart = false };

        MarginState[] one = await SearchAsync(model.WithBounds(-100, 100), batch, PerturbationNorm.L2, [0.1, 0.2, 0.4, 0.8], null, weak);
        MarginState[] both = await SearchAsync(model.WithBounds(-100, 100), batch, PerturbationNorm.L2, [0.1, 0.2, 0.4, 0.8], null, weak, new PgdOptions { Loss = AttackLoss.LogitMargin, Targets = 5 });

        foreach (double epsilon in (double[])[0.1, 0.2, 0.4, 0.8])
        {
            for (int example = 0; example < batch.Count; example++)
            {
                (both[example].Margin.IsRobustAt(epsilon) && !one[example].Margin.IsRobustAt(epsilon)).ShouldBeFalse();
            }
        }

        both.Count(state => state.Margin.IsRobustAt(0.4)).ShouldBeLessThan(one.Count(state => state.Margin.IsRobustAt(0.4)));
    }

    [Fact]
    public async Task Search_WithAnAttackThatLeavesItsBall_IsAFault()
    {
        LinearClassifier model = new([[0], [1]], [0, -1]);
        ExampleBatch batch = new(["a"], [0], [0], 1);

        await Should.ThrowAsync<InvalidOperationException>(() => MarginSearch.RunAsync(
            model.WithBounds(-9, 9), batch, [0], PerturbationNorm.Linf, [0.5], null, [new Escaping()], 0, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Defaults_AreTheDocumentedOnes_AndPassTheirOwnGuards()
    {
        MarginOptions options = new();

        MarginOptions rebuilt = options with
        {
            InitialEpsilon = options.InitialEpsilon,
            GrowthFactor = options.GrowthFactor,
            MaximumEpsilon = options.MaximumEpsilon,
            RelativeWidth = options.RelativeWidth,
            MaximumBisections = options.MaximumBisections,
            LineBisections = options.LineBisections,
        };

        rebuilt.ShouldBe(new MarginOptions { InitialEpsilon = null, GrowthFactor = 2, MaximumEpsilon = null, RelativeWidth = 0.05, MaximumBisections = 24, LineBisections = 6 });
        Should.Throw<ArgumentOutOfRangeException>(() => new MarginOptions { GrowthFactor = 1 });
        Should.Throw<ArgumentOutOfRangeException>(() => new MarginOptions { InitialEpsilon = double.NaN });
        Should.Throw<ArgumentOutOfRangeException>(() => new MarginOptions { RelativeWidth = 1 });
    }

    private static Task<MarginState[]> SearchAsync(
        ConfirmedTarget target, ExampleBatch batch, PerturbationNorm norm, double[] grid, MarginOptions? options, params PgdOptions[] attacks) =>
        MarginSearch.RunAsync(
            target,
            batch,
            batch.Labels,
            norm,
            grid,
            options,
            [.. (attacks.Length > 0 ? attacks : [new(), new PgdOptions { Loss = AttackLoss.LogitMargin }, new PgdOptions { Loss = AttackLoss.LogitMargin, Targets = 1 }]).Select(attack => attack.Create())],
            seed: 3,
            TestContext.Current.CancellationToken);

    private sealed class Escaping : IAttack
    {
        public string Name => "escaping";

        public int TargetCount => 0;

        public Task<AttackOutcome[]> RunAsync(AttackProblem problem, CancellationToken cancellationToken) =>
            Task.FromResult<AttackOutcome[]>([.. problem.Rows.Select(_ => new AttackOutcome { Succeeded = true, Perturbed = [8], Prediction = 1 })]);
    }
}
