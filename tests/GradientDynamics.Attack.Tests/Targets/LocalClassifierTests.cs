using GradientDynamics.Attack.Attacks;
using GradientDynamics.Attack.Margins;
using GradientDynamics.Attack.Targets;
using GradientDynamics.Attack.Tests.Attacks;
using GradientDynamics.CommandLine;
using GradientDynamics.Onnx.Gradients;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Networks;
using InputBounds = GradientDynamics.EvaluationSets.InputBounds;

namespace GradientDynamics.Attack.Tests.Targets;

public sealed class LocalClassifierTests
{
    // Float32 sums of some tens of products of size about 1.
    private const double FloatRounding = 1e-5;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Classifier_OfALinearGraph_GivesItsLogitsAndGradients()
    {
        // Twelve inputs of 100 examples: several chunks for each of three sessions.
        (OnnxGraph graph, LinearClassifier paper) = Linear(3, 12);
        await using LocalClassifier local = LocalClassifier.Create("linear", graph, inputShape: null, parallelism: 3, chunk: 7);
        ExampleBatch batch = PgdTests.Correct(paper, 100, 1);
        long[] labels = [.. batch.Labels.Select(label => (long)label)];
        long[] targets = [.. batch.Labels.Select((label, example) => example % 2 == 0 ? -1L : (label + 1) % 3)];

        foreach (AttackLoss loss in (AttackLoss[])[AttackLoss.CrossEntropy, AttackLoss.LogitMargin])
        {
            var expected = new LossGradients(100, 3, 12);
            var found = new LossGradients(100, 3, 12);
            LossGradientQuery query = new(100, batch.Inputs, labels, targets, loss);
            await paper.LossGradientAsync(query, expected, finished: null, Cancellation);
            int[] handedOver = new int[100];
            await local.LossGradientAsync(query, found, (start, count) => handedOver.AsSpan(start, count).Fill(count), Cancellation);

            // Every example was handed over in a chunk of the size asked for, the last one being the rest.
            handedOver.ShouldBe([.. Enumerable.Repeat(7, 98), 2, 2]);

            Close(found.Logits, expected.Logits);
            Close(found.Loss, expected.Loss);
            Close(found.Gradient, expected.Gradient);
        }

        float[] logits = new float[300];
        float[] wanted = new float[300];
        await local.LogitsAsync(batch.Inputs, 100, logits, Cancellation);
        await paper.LogitsAsync(batch.Inputs, 100, wanted, Cancellation);
        Close(logits, wanted);
        local.InputShape.ShouldBe([12]);
        local.ClassCount.ShouldBe(3);
    }

    [Fact]
    public async Task Pgd_OnAnyNumberOfSessions_GivesTheSameOutcomes()
    {
        (OnnxGraph graph, LinearClassifier paper) = Linear(3, 12);
        ExampleBatch batch = PgdTests.Correct(paper, 50, 1);
        List<AttackOutcome[]> outcomes = [];
        foreach (int sessions in (int[])[1, 2, 5])
        {
            await using LocalClassifier local = LocalClassifier.Create("linear", graph, inputShape: null, sessions, chunk: 3);
            await using ConfirmedTarget target = new("linear", local, local, InputBounds.Of(-10, 10));
            outcomes.Add(await new PgdOptions { Steps = 9, Restarts = 2 }.Create().RunAsync(
                new AttackProblem
                {
                    Target = target,
                    Batch = batch,
                    Rows = [.. Enumerable.Range(0, batch.Count)],
                    Epsilons = [.. Enumerable.Range(0, batch.Count).Select(example => 0.02 * (example % 9))],
                    Norm = PerturbationNorm.L2,
                    Seed = 3,
                },
                Cancellation));
        }

        // Some are broken and drop out, some are not.
        outcomes[0].Count(outcome => outcome.Succeeded).ShouldBeInRange(5, 45);
        foreach (AttackOutcome[] other in outcomes.Skip(1))
        {
            other.Select(outcome => (outcome.Succeeded, outcome.Prediction, outcome.GradientQueries, outcome.PredictionQueries))
                .ShouldBe(outcomes[0].Select(outcome => (outcome.Succeeded, outcome.Prediction, outcome.GradientQueries, outcome.PredictionQueries)));
            other.SelectMany(outcome => outcome.Perturbed).ShouldBe(outcomes[0].SelectMany(outcome => outcome.Perturbed));
        }
    }

    [Fact]
    public async Task SingleLogit_IsTwoClassesWithLogitsZeroAndZ()
    {
        (OnnxGraph graph, LinearClassifier paper) = Linear(1, 4);
        await using LocalClassifier local = LocalClassifier.Create("single", graph, inputShape: null, parallelism: 2, chunk: 2);
        float[] inputs = [.. Enumerable.Range(0, 20).Select(i => MathF.Sin(i))];
        float[] logits = new float[10];
        float[] single = new float[5];

        await local.LogitsAsync(inputs, 5, logits, Cancellation);

        await paper.LogitsAsync(inputs, 5, single, Cancellation);
        local.ClassCount.ShouldBe(2);
        Close(logits, [.. single.SelectMany(logit => (float[])[0, logit])]);
    }

    [Fact]
    public async Task Margins_OfALinearModelInOnnxRuntime_ContainTheExactDistance()
    {
        foreach ((int logits, PerturbationNorm norm) in (IEnumerable<(int, PerturbationNorm)>)[(1, PerturbationNorm.Linf), (1, PerturbationNorm.L2), (4, PerturbationNorm.Linf), (4, PerturbationNorm.L2)])
        {
            (OnnxGraph graph, LinearClassifier paper) = Linear(logits, 8);
            LinearClassifier two = logits > 1 ? paper : paper.WithZeroClass();
            await using LocalClassifier local = LocalClassifier.Create("linear", graph);
            ConfirmedTarget target = new("local", local, local, EvaluationSets.InputBounds.Of(-100, 100));
            ExampleBatch batch = PgdTests.Correct(two, 25, 1);
            IAttack[] attacks = [new PgdOptions().Create(), new PgdOptions { Loss = AttackLoss.LogitMargin, Targets = 1 }.Create()];

            MarginState[] states = await MarginSearch.RunAsync(target, batch, batch.Labels, norm, [], new MarginOptions(), attacks, 0, Cancellation);

            for (int example = 0; example < batch.Count; example++)
            {
                double exact = two.ExactMargin(batch.Input(example), batch.Labels[example], norm);
                states[example].Margin.Lower.ShouldBeLessThanOrEqualTo(exact + FloatRounding);
                states[example].Margin.Upper.ShouldBeGreaterThanOrEqualTo(exact - FloatRounding);
                (states[example].Margin.Upper - states[example].Margin.Lower).ShouldBeLessThanOrEqualTo(0.05 * states[example].Margin.Upper);
            }
        }
    }

    [Fact]
    public async Task Pgd_OnAMlp_LowersAccuracyAndGivesTheSameWithAnyNumberOfSessions()
    {
        OnnxGraph graph = new MlpOptions { HiddenWidths = [16, 16] }.Create(new InputSpec([10]), 3, new Random(5));
        await using LocalClassifier one = LocalClassifier.Create("one", graph, inputShape: null, parallelism: 1, chunk: 16);
        await using LocalClassifier three = LocalClassifier.Create("three", graph, inputShape: null, parallelism: 3, chunk: 16);
        RandomStream stream = new("mlp");
        float[] inputs = [.. Enumerable.Range(0, 480).Select(_ => (float)((4 * stream.NextUniform()) - 2))];
        float[] logits = new float[48 * 3];
        await one.LogitsAsync(inputs, 48, logits, Cancellation);
        int[] labels = [.. Enumerable.Range(0, 48).Select(example => LogitRow.Prediction(logits.AsSpan(example * 3, 3)))];
        ExampleBatch batch = new([.. Enumerable.Range(0, 48).Select(example => $"m{example}")], inputs, labels, 10);

        List<bool[]> broken = [];
        foreach (LocalClassifier local in (LocalClassifier[])[one, three])
        {
            AttackOutcome[] outcomes = await new PgdOptions().Create().RunAsync(
                new AttackProblem
                {
                    Target = new ConfirmedTarget("mlp", local, local, EvaluationSets.InputBounds.Of(-2, 2)),
                    Batch = batch,
                    Rows = [.. Enumerable.Range(0, 48)],
                    Epsilons = [.. Enumerable.Repeat(0.5, 48)],
                    Norm = PerturbationNorm.Linf,
                    Seed = 0,
                },
                Cancellation);
            broken.Add([.. outcomes.Select(outcome => outcome.Succeeded)]);
        }

        broken[0].Count(succeeded => succeeded).ShouldBeInRange(5, 47);
        broken[1].ShouldBe(broken[0]);
    }

    [Fact]
    public void Load_OfWhatIsNoModel_NamesTheFile()
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        Should.Throw<CommandException>(() => LocalClassifier.Load(path)).ExitCode.ShouldBe(ExitCode.File);
        File.WriteAllText(path, "no model");
        try
        {
            Should.Throw<InvalidModelException>(() => LocalClassifier.Load(path)).Message.ShouldContain(path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Create_OfAModelThatDoesNotFit_NamesBothShapes()
    {
        (OnnxGraph graph, _) = Linear(3, 12);

        InputShapeException exception = Should.Throw<InputShapeException>(() => LocalClassifier.Create("linear", graph, [3, 32, 32]));

        exception.Message.ShouldContain("[12]");
        exception.Message.ShouldContain("[3, 32, 32]");
    }

    [Fact]
    public void Create_OfAModelOfSeveralInputs_NamesThem()
    {
        OnnxGraph companion = InputGradientGraph.Derive(Linear(3, 12).Graph);

        Should.Throw<InputShapeException>(() => LocalClassifier.Create("companion", companion)).Message.ShouldContain("labels");
    }

    [Fact]
    public void Create_OfAModelThatEndsInASigmoid_IsRefused()
    {
        GraphBuilder builder = new(new Random(1));
        OnnxGraph graph = builder.Output(builder.Sigmoid(builder.Gemm(builder.Input("input", new InputSpec([4])), 1, "last")));

        Should.Throw<InvalidModelException>(() => LocalClassifier.Create("probability", graph)).Message.ShouldContain("Sigmoid");
    }

    /// <summary>The same random linear map as a graph and on paper.</summary>
    private static (OnnxGraph Graph, LinearClassifier Paper) Linear(int logits, int dimension)
    {
        RandomStream stream = new($"graph/{logits}/{dimension}");
        float[] weights = [.. Enumerable.Range(0, logits * dimension).Select(_ => (float)stream.NextGaussians().First)];
        float[] biases = [.. Enumerable.Range(0, logits).Select(_ => (float)stream.NextGaussians().First)];
        GraphBuilder builder = new();
        Value weight = builder.Parameter("weight", ConstantTensor.Of(weights, logits, dimension));
        Value bias = builder.Parameter("bias", ConstantTensor.Of(biases, logits));
        Value output = builder.Add("Gemm", [builder.Input("input", new InputSpec([dimension])), weight, bias], NodeAttributes.None.With("transB", 1L));
        LinearClassifier paper = new(
            [.. Enumerable.Range(0, logits).Select(row => weights.Skip(row * dimension).Take(dimension).Select(value => (double)value).ToArray())], [.. biases.Select(value => (double)value)]);
        return (builder.Output(output), paper);
    }

    private static void Close(float[] found, float[] expected)
    {
        found.Length.ShouldBe(expected.Length);
        for (int i = 0; i < found.Length; i++)
        {
            found[i].ShouldBe(expected[i], FloatRounding, $"element {i}");
        }
    }
}
