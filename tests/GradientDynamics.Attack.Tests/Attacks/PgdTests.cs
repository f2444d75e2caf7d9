using GradientDynamics.Attack.Attacks;
using GradientDynamics.Attack.Targets;
using GradientDynamics.Attack.Tests.Targets;
using GradientDynamics.CommandLine;
using GradientDynamics.EvaluationSets;
using GradientDynamics.Onnx.Gradients;

namespace GradientDynamics.Attack.Tests.Attacks;

public sealed class PgdTests
{
    public static TheoryData<PgdOptions, PerturbationNorm> Everything
    {
        get
        {
            TheoryData<PgdOptions, PerturbationNorm> data = [];
            foreach (PerturbationNorm norm in Enum.GetValues<PerturbationNorm>())
            {
                data.Add(new PgdOptions { Steps = 7 }, norm);
                data.Add(new PgdOptions { Steps = 7, Loss = AttackLoss.LogitMargin, Restarts = 3, Schedule = StepSchedule.Constant, RelativeStepSize = 0.2 }, norm);
                data.Add(new PgdOptions { Steps = 7, Loss = AttackLoss.LogitMargin, Targets = 2 }, norm);
                data.Add(new PgdOptions { Steps = 7, RandomStart = false }, norm);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Everything))]
    public async Task Pgd_StaysInBallAndBounds(PgdOptions options, PerturbationNorm norm)
    {
        LinearClassifier model = LinearClassifier.Random(1, 4, 10);
        ExampleBatch batch = Correct(model, 40, spread: 0.9);
        double[] epsilons = [.. Enumerable.Range(0, batch.Count).Select(example => 0.05 * (1 + (example % 7)))];

        AttackOutcome[] outcomes = await RunAsync(options, model.WithBounds(-1, 1), batch, norm, epsilons);

        float[] lower = [.. Enumerable.Repeat(-1f, 10)];
        float[] upper = [.. Enumerable.Repeat(1f, 10)];
        for (int example = 0; example < batch.Count; example++)
        {
            new PerturbationBall(norm, batch.Input(example), epsilons[example], lower, upper).Contains(outcomes[example].Perturbed).ShouldBeTrue();
            outcomes[example].Succeeded.ShouldBe(model.Predict(outcomes[example].Perturbed) != batch.Labels[example]);
        }
    }

    [Theory]
    [MemberData(nameof(Everything))]
    public async Task Pgd_WithZeroEpsilon_ReturnsTheInputUnasked(PgdOptions options, PerturbationNorm norm)
    {
        LinearClassifier model = LinearClassifier.Random(2, 4, 6);
        ExampleBatch batch = Correct(model, 5, spread: 1);

        AttackOutcome[] outcomes = await RunAsync(options, model.WithBounds(-10, 10), batch, norm, new double[5]);

        outcomes.ShouldAllBe(outcome => !outcome.Succeeded && outcome.GradientQueries == 0);
        outcomes.SelectMany(outcome => outcome.Perturbed).ShouldBe(batch.Inputs);
    }

    [Theory]
    [MemberData(nameof(Everything))]
    public async Task Pgd_BreaksEveryExampleThatALinearModelHasWithinReach(PgdOptions options, PerturbationNorm norm)
    {
        LinearClassifier model = LinearClassifier.Random(3, 2, 12);
        ExampleBatch batch = Correct(model, 60, spread: 1);
        // Each step of size s shrinks the angle to the best L2 direction by 1/(1 + s): after 40 steps of at least 0.2 its cosine is 1 to the sixth digit.
        double[] epsilons = [.. Enumerable.Range(0, batch.Count).Select(example => 1.001 * model.ExactMargin(batch.Input(example), batch.Labels[example], norm))];

        AttackOutcome[] outcomes = await RunAsync(options with { Steps = 40 }, model.WithBounds(-100, 100), batch, norm, epsilons);

        outcomes.ShouldAllBe(outcome => outcome.Succeeded);
    }

    [Theory]
    [MemberData(nameof(Everything))]
    public async Task Pgd_DoesNotDependOnOrderOrBatch(PgdOptions options, PerturbationNorm norm)
    {
        LinearClassifier model = LinearClassifier.Random(4, 4, 8);
        ExampleBatch batch = Correct(model, 12, spread: 1);
        double[] epsilons = [.. Enumerable.Range(0, 12).Select(example => 0.9 * model.ExactMargin(batch.Input(example), batch.Labels[example], norm) * (example % 2 == 0 ? 1 : 2))];
        AttackOutcome[] together = await RunAsync(options, model.WithBounds(-10, 10), batch, norm, epsilons);

        for (int example = 0; example < 12; example++)
        {
            ExampleBatch alone = new([batch.Ids[example]], batch.Input(example).ToArray(), [batch.Labels[example]], batch.InputLength);
            AttackOutcome[] single = await RunAsync(options, model.WithBounds(-10, 10), alone, norm, [epsilons[example]]);

            single[0].Perturbed.ShouldBe(together[example].Perturbed);
            single[0].Succeeded.ShouldBe(together[example].Succeeded);
            single[0].GradientQueries.ShouldBe(together[example].GradientQueries);
        }
    }

    [Fact]
    public async Task Pgd_DropsBrokenExamplesFromTheBatch()
    {
        LinearClassifier model = LinearClassifier.Random(5, 2, 8);
        ExampleBatch batch = Correct(model, 10, spread: 1);
        double[] margins = [.. Enumerable.Range(0, 10).Select(example => model.ExactMargin(batch.Input(example), batch.Labels[example], PerturbationNorm.Linf))];
        double[] epsilons = [.. margins.Select((margin, example) => example < 4 ? 0.5 * margin : 3 * margin)];

        AttackOutcome[] outcomes = await RunAsync(new PgdOptions { Steps = 12 }, model.WithBounds(-100, 100), batch, PerturbationNorm.Linf, epsilons);

        outcomes.Count(outcome => outcome.Succeeded).ShouldBe(6);
        model.GradientBatches[0].ShouldBe(10);
        model.GradientBatches[^1].ShouldBe(4);
    }

    [Fact]
    public async Task Pgd_StartsAtTheSamePointsOnEveryEndpoint()
    {
        // On a flat model no step follows the model: what comes back is the start and what the stream draws.
        LinearClassifier flat = new([[0, 0, 0], [0, 0, 0]], [1, 0]);
        LinearClassifier other = new([[0, 0, 0], [0, 0, 0]], [5, -5]);
        ExampleBatch batch = new(["a", "b"], [0, 0, 0, 1, 1, 1], [0, 0], 3);

        AttackOutcome[] first = await RunAsync(new PgdOptions { Steps = 2 }, flat.WithBounds(-9, 9), batch, PerturbationNorm.Linf, [0.5, 0.5]);
        AttackOutcome[] second = await RunAsync(new PgdOptions { Steps = 2 }, other.WithBounds(-9, 9), batch, PerturbationNorm.Linf, [0.5, 0.5]);
        AttackOutcome[] reseeded = await RunAsync(new PgdOptions { Steps = 2 }, flat.WithBounds(-9, 9), batch, PerturbationNorm.Linf, [0.5, 0.5], seed: 8);

        first.SelectMany(outcome => outcome.Perturbed).ShouldBe(second.SelectMany(outcome => outcome.Perturbed));
        first[0].Perturbed.ShouldNotBe(reseeded[0].Perturbed);
        first[0].Perturbed.ShouldNotBe([.. first[1].Perturbed.Select(value => value - 1)]);
    }

    [Fact]
    public async Task Pgd_KeepsTheIterateWithTheHighestLoss()
    {
        // Steps of 0.5 from 0 swing between 0 and 0.5; the loss is higher at 0.5, and the last iterate is 0.
        ExampleBatch batch = new(["a"], [0], [0], 1);
        PgdOptions options = new() { Loss = AttackLoss.LogitMargin, Steps = 4, Schedule = StepSchedule.Constant, RelativeStepSize = 0.5, RandomStart = false };

        AttackOutcome[] outcomes = await RunAsync(options, new TentClassifier(0.35).WithBounds(-2, 2), batch, PerturbationNorm.Linf, [1]);

        outcomes[0].Succeeded.ShouldBeFalse();
        outcomes[0].Perturbed.ShouldBe([0.5f]);
    }

    [Fact]
    public async Task Pgd_CountsOnlyWhatTheEndpointConfirms()
    {
        // The gradient source has a boundary at 1, the endpoint at 2.
        LinearClassifier source = new([[0], [1]], [0, -1]);
        LinearClassifier endpoint = new([[0], [1]], [0, -2]);
        await using ConfirmedTarget target = new("target", endpoint, source, InputBounds.Of(-9, 9));
        ExampleBatch batch = new(["near", "far"], [0, 0], [0, 0], 1);

        AttackOutcome[] outcomes = await RunAsync(new PgdOptions { RandomStart = false }, target, batch, PerturbationNorm.Linf, [1.5, 2.5]);

        outcomes[0].Succeeded.ShouldBeFalse();
        outcomes[1].Succeeded.ShouldBeTrue();
        outcomes[1].Perturbed[0].ShouldBeGreaterThan(2);
        target.Refused.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task Pgd_WhereTheModelGivesNaN_NamesTheExample()
    {
        LinearClassifier model = LinearClassifier.Random(6, 2, 3);
        ExampleBatch batch = Correct(model, 3, spread: 1);
        AlteredClassifier logits = new(model, alterLogits: null, alterGradients: (result, _) => result.Logits[2] = float.NaN);
        AlteredClassifier gradients = new(model, alterLogits: null, alterGradients: (result, _) => result.Gradient[7] = float.PositiveInfinity);

        foreach ((IClassifier source, string what) in ((IClassifier, string)[])[(logits, "example 'e1'"), (gradients, "example 'e2'")])
        {
            ConfirmedTarget target = new("target", model, source, InputBounds.Of(-9, 9));
            CommandException exception = await Should.ThrowAsync<CommandException>(() => RunAsync(new PgdOptions(), target, batch, PerturbationNorm.Linf, [0.01, 0.01, 0.01]));
            exception.ExitCode.ShouldBe(ExitCode.Numerics);
            exception.Message.ShouldContain(what);
        }
    }

    [Fact]
    public async Task Pgd_RatioLossWithTwoClasses_IsRefusedByName()
    {
        LinearClassifier model = LinearClassifier.Random(7, 2, 3);

        CommandException exception = await Should.ThrowAsync<CommandException>(
            () => RunAsync(new PgdOptions { Loss = AttackLoss.DifferenceOfLogitsRatio }, model.WithBounds(-9, 9), Correct(model, 1, 1), PerturbationNorm.L2, [1]));

        exception.ExitCode.ShouldBe(ExitCode.Configuration);
        exception.Message.ShouldContain("3 classes");
    }

    [Fact]
    public void Defaults_AreTheDocumentedOnes_AndPassTheirOwnGuards()
    {
        PgdOptions options = new();

        PgdOptions rebuilt = options with { Steps = options.Steps, RelativeStepSize = options.RelativeStepSize, Restarts = options.Restarts, Targets = options.Targets };

        rebuilt.ShouldBe(new PgdOptions
        {
            Loss = AttackLoss.CrossEntropy, Steps = 40, RelativeStepSize = 0.5, Schedule = StepSchedule.Cosine, Restarts = 1, RandomStart = true, Targets = 0,
        });
        Should.Throw<ArgumentOutOfRangeException>(() => new PgdOptions { RelativeStepSize = double.PositiveInfinity });
        Should.Throw<ArgumentOutOfRangeException>(() => new PgdOptions { RelativeStepSize = double.NaN });
    }

    /// <summary>Random examples around the origin with the model's own predictions as labels.</summary>
    internal static ExampleBatch Correct(LinearClassifier model, int count, double spread)
    {
        int length = model.InputLength;
        RandomStream stream = new($"examples/{count}/{spread}");
        float[] inputs = [.. Enumerable.Range(0, count * length).Select(_ => (float)(spread * ((2 * stream.NextUniform()) - 1)))];
        int[] labels = [.. Enumerable.Range(0, count).Select(example => model.Predict(inputs.AsSpan(example * length, length)))];
        return new ExampleBatch([.. Enumerable.Range(0, count).Select(example => $"e{example}")], inputs, labels, length);
    }

    private static async Task<AttackOutcome[]> RunAsync(PgdOptions options, ConfirmedTarget target, ExampleBatch batch, PerturbationNorm norm, double[] epsilons, long seed = 0) =>
        await options.Create().RunAsync(
            new AttackProblem
            {
                Target = target,
                Batch = batch,
                Rows = [.. Enumerable.Range(0, batch.Count)],
                Epsilons = epsilons,
                Norm = norm,
                Seed = seed,
                NearestClasses = await NearestClasses.RankAsync(target, batch, norm, TestContext.Current.CancellationToken),
            },
            TestContext.Current.CancellationToken);
}
