using GradientDynamics.CommandLine;
using GradientDynamics.Train.Objectives;
using GradientDynamics.Train.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Tests.Objectives;

public sealed class SpectralDecouplingTests
{
    // Values are computed by hand in doubles; float32 keeps seven digits, the sums here are of order one.
    private const double Float32 = 2e-6;

    private static readonly ObjectiveContext Many = new("test", 3, 3);
    private static readonly ObjectiveContext Single = new("test", 1, 2);

    // Two examples, three classes.
    private static readonly float[,] ManyLogits = { { 1, 2, 3 }, { 0, -1, 1 } };
    private static readonly long[] ManyLabels = [2, 0];

    // log(e^1 + e^2 + e^3) - 3 and log(e^0 + e^-1 + e^1) - 0.
    private static readonly double CrossEntropy = (Math.Log(Math.Exp(1) + Math.Exp(2) + Math.Exp(3)) - 3 + Math.Log(1 + Math.Exp(-1) + Math.Exp(1))) / 2;

    [Fact]
    public void Defaults_AreDocumentedAndPassTheirOwnGuards()
    {
        SpectralDecouplingOptions options = new();

        options.Coefficient.ShouldBe(0.1);
        options.Reduction.ShouldBe(LogitReduction.Mean);
        options.Target.ShouldBe(0);
        options.Start.ShouldBe(new PenaltyStart { Step = 0 });
        options.PerClass.ShouldBeEmpty();
        options.CoefficientBeforeStart.ShouldBe(0);
        options.LossScaleFromStart.ShouldBe(1);
        (options with { Coefficient = options.Coefficient, Target = options.Target, CoefficientBeforeStart = options.CoefficientBeforeStart, LossScaleFromStart = options.LossScaleFromStart }).ShouldBe(options);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Evaluate_WithCoefficientZero_IsErmToTheLastBit(int target)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor logits = tensor(ManyLogits);

        ObjectiveValue decoupled = new SpectralDecouplingOptions { Coefficient = 0, Target = target }.Create(Many).Evaluate(logits, Of(ManyLabels));
        ObjectiveValue erm = new ErmOptions().Create(Many).Evaluate(logits, Of(ManyLabels));

        decoupled.Total.item<float>().ShouldBe(erm.Total.item<float>());
        decoupled.Penalty.ShouldBeNull();
    }

    [Theory]
    [InlineData(LogitReduction.Mean, 16.0 / 6)]
    [InlineData(LogitReduction.SumPerExample, 16.0 / 2)]
    [InlineData(LogitReduction.Sum, 16.0)]
    public void Evaluate_WithEveryReduction_MultipliesTheReducedSquareByTheCoefficientAsItStands(LogitReduction reduction, double reduced)
    {
        using DisposeScope scope = NewDisposeScope();

        ObjectiveValue value = new SpectralDecouplingOptions { Coefficient = 0.5, Reduction = reduction }.Create(Many).Evaluate(tensor(ManyLogits), Of(ManyLabels));

        value.Loss.item<float>().ShouldBe((float)CrossEntropy, Float32);
        value.Penalty!.item<float>().ShouldBe((float)(0.5 * reduced), Float32);
        value.Total.item<float>().ShouldBe((float)(CrossEntropy + (0.5 * reduced)), 2 * Float32);
    }

    [Fact]
    public void Evaluate_WithATarget_MeasuresTheDistanceToIt()
    {
        using DisposeScope scope = NewDisposeScope();

        ObjectiveValue value = new SpectralDecouplingOptions { Coefficient = 1, Target = 1 }.Create(Many).Evaluate(tensor(ManyLogits), Of(ManyLabels));

        value.Penalty!.item<float>().ShouldBe((0 + 1 + 4 + 1 + 4 + 0) / 6f, Float32);
    }

    // The published forms, as the experiments print them.
    [Fact]
    public void TwoMoons_AddsThreeThousandthsOfTheMeanSquare()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor logits = tensor(new float[,] { { 2 }, { -1 } });
        double logistic = (Math.Log(1 + Math.Exp(-2)) + Math.Log(1 + Math.Exp(-1))) / 2;

        ObjectiveValue value = new SpectralDecouplingOptions { Coefficient = 0.003 }.Create(Many).Evaluate(logits, Of([1, 0]));

        value.Total.item<float>().ShouldBe((float)(logistic + (0.003 * (4 + 1) / 2)), Float32);
    }

    [Fact]
    public void CifarTwo_AddsATenthOfTheSumOverTheTwoLogitsOfOneExample()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor logits = tensor(new float[,] { { 3, -1 } });

        ObjectiveValue value = new SpectralDecouplingOptions { Coefficient = 0.1, Reduction = LogitReduction.Sum }.Create(Many).Evaluate(logits, Of([1]));

        value.Total.item<float>().ShouldBe((float)(Math.Log(1 + Math.Exp(4)) + (0.1 * (9 + 1))), 4 * Float32);
    }

    [Fact]
    public void CifarTen_AddsAHundredthOfTheMeanOverBatchAndClasses()
    {
        using DisposeScope scope = NewDisposeScope();

        ObjectiveValue value = new SpectralDecouplingOptions { Coefficient = 0.01 }.Create(Many).Evaluate(tensor(ManyLogits), Of(ManyLabels));

        value.Total.item<float>().ShouldBe((float)(CrossEntropy + (0.01 * 16 / 6)), Float32);
    }

    [Fact]
    public void ColoredMnist_BeforeItsStart_AddsThePenaltyToTheFullLoss()
    {
        using DisposeScope scope = NewDisposeScope();

        ObjectiveValue value = ColoredMnist().Evaluate(tensor(new float[,] { { 200 }, { -100 } }), Of([0, 1], step: 449));

        // Both examples are wrong by far: log(1 + e^200) and log(1 + e^100) are 200 and 100 to the last bit of a double.
        value.Loss.item<float>().ShouldBe(150);
        value.Penalty!.item<float>().ShouldBe(2e-5f * 25000, Float32);
    }

    [Fact]
    public void ColoredMnist_FromItsStart_ScalesTheWholeObjective()
    {
        using DisposeScope scope = NewDisposeScope();

        ObjectiveValue value = ColoredMnist().Evaluate(tensor(new float[,] { { 200 }, { -100 } }), Of([0, 1], step: 450));

        value.Total.item<float>().ShouldBe((float)(2e-5 * (150 + 25000)), Float32);
    }

    // CelebA: 0.1 mean over y = 1 of (f − 2.5)² plus 0.1 mean over y = 0 of (f − 0.44)².
    [Fact]
    public void CelebA_PenalisesEachClassByItsOwnMeanAndTarget()
    {
        using DisposeScope scope = NewDisposeScope();
        SpectralDecouplingOptions options = new()
        {
            Coefficient = 0.1,
            Reduction = LogitReduction.MeanPerClass,
            PerClass = [new() { Target = 0.44 }, new() { Target = 2.5 }],
        };

        ObjectiveValue value = options.Create(Single).Evaluate(tensor(new float[,] { { 2 }, { -1 }, { 1 }, { 0.5f } }), Of([1, 0, 0, 0]));

        double zero = (Math.Pow(-1.44, 2) + Math.Pow(0.56, 2) + Math.Pow(0.06, 2)) / 3;
        value.Penalty!.item<float>().ShouldBe((float)((0.1 * 0.25) + (0.1 * zero)), Float32);
    }

    // The dissertation's text: a coefficient and a target per class, mean over the batch.
    [Fact]
    public void PerClass_WithTheMeanOverTheBatch_GivesEachExampleItsClassesCoefficient()
    {
        using DisposeScope scope = NewDisposeScope();
        SpectralDecouplingOptions options = new() { PerClass = [new() { Coefficient = 0.088, Target = 0.44 }, new() { Coefficient = 0.012, Target = 2.5 }] };

        ObjectiveValue value = options.Create(Single).Evaluate(tensor(new float[,] { { 2 }, { -1 } }), Of([1, 0]));

        value.Penalty!.item<float>().ShouldBe((float)(((0.012 * 0.25) + (0.088 * 1.44 * 1.44)) / 2), Float32);
    }

    [Fact]
    public void PerClass_OfSeveralLogits_PullsAllLogitsOfAnExample()
    {
        using DisposeScope scope = NewDisposeScope();
        SpectralDecouplingOptions options = new() { PerClass = [new() { Coefficient = 1 }, new(), new() { Coefficient = 2, Target = 1 }] };

        ObjectiveValue value = options.Create(Many).Evaluate(tensor(ManyLogits), Of(ManyLabels));

        value.Penalty!.item<float>().ShouldBe(((2 * (0 + 1 + 4)) + (0 + 1 + 1)) / 6f, Float32);
    }

    [Fact]
    public void PerClass_WithoutAnyCoefficient_AddsNothing()
    {
        using DisposeScope scope = NewDisposeScope();
        SpectralDecouplingOptions options = new() { Coefficient = 0, PerClass = [new() { Target = 1 }, new()] };

        options.Create(Single).Evaluate(tensor(new float[,] { { 2 }, { -1 } }), Of([1, 0])).Penalty.ShouldBeNull();
    }

    [Fact]
    public void Gradient_OfALogit_IsThatOfTheClosedForm()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor logits = tensor(new float[,] { { 2 }, { -1 } }, requires_grad: true);

        new SpectralDecouplingOptions { Coefficient = 0.5, Target = 1 }.Create(Single).Evaluate(logits, Of([1, 0])).Total.backward();

        // d/df: (sigmoid(f) - y) / n + 2 c (f - target) / n.
        double first = (((1 / (1 + Math.Exp(-2))) - 1) / 2) + (2 * 0.5 * 1 / 2);
        double second = ((1 / (1 + Math.Exp(1))) / 2) + (2 * 0.5 * -2 / 2);
        logits.grad!.data<float>().ToArray().ShouldBe([(float)first, (float)second], Float32);
    }

    [Fact]
    public void ValidationLossRises_StartsThePenaltyAfterTheFirstRiseAboveTheLowest()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor logits = tensor(ManyLogits);
        IObjective objective = new SpectralDecouplingOptions { Start = new() { When = PenaltyStartEvent.ValidationLossRises } }.Create(Many);

        objective.ObserveValidation(0.5, 10);
        objective.ObserveValidation(0.3, 20);
        objective.ObserveValidation(0.3, 30);
        bool before = objective.Evaluate(logits, Of(ManyLabels, step: 30)).Penalty is null;
        objective.ObserveValidation(0.31, 40);
        objective.ObserveValidation(0.1, 50);

        before.ShouldBeTrue();
        objective.Evaluate(logits, Of(ManyLabels, step: 39)).Penalty.ShouldBeNull();
        objective.Evaluate(logits, Of(ManyLabels, step: 40)).Penalty.ShouldNotBeNull();
    }

    [Fact]
    public void State_GivenToAnotherObjective_ContinuesIt()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor logits = tensor(ManyLogits);
        SpectralDecouplingOptions options = new() { Start = new() { When = PenaltyStartEvent.ValidationLossRises } };
        IObjective first = options.Create(Many);
        first.ObserveValidation(0.3, 10);
        IObjective second = options.Create(Many);

        second.State = first.State;
        second.ObserveValidation(0.4, 20);
        IObjective third = options.Create(Many);
        third.State = second.State;

        third.Evaluate(logits, Of(ManyLabels, step: 19)).Penalty.ShouldBeNull();
        third.Evaluate(logits, Of(ManyLabels, step: 20)).Penalty.ShouldNotBeNull();
    }

    [Theory]
    [InlineData("""{"kind":"spectral-decoupling","coefficient":-1}""", "coefficient")]
    [InlineData("""{"kind":"spectral-decoupling","coefficient":"0.1"}""", "coefficient")]
    [InlineData("""{"kind":"spectral-decoupling","reduction":"median"}""", "reduction")]
    [InlineData("""{"kind":"spectral-decoupling","start":{}}""", "start")]
    [InlineData("""{"kind":"spectral-decoupling","start":{"step":1,"when":"validation-loss-rises"}}""", "start")]
    [InlineData("""{"kind":"spectral-decoupling","start":{"step":-1}}""", "start.step")]
    [InlineData("""{"kind":"spectral-decoupling","lamda":1}""", "lamda")]
    [InlineData("""{"kind":"spectral-decopling"}""", "kind")]
    public void Options_WithAWrongKeyOrValue_NameItsPath(string json, string path)
    {
        CommandException error = Should.Throw<CommandException>(() => ConfigurationFile.Parse<ObjectiveOptions>(json, "run.json", []));

        error.ExitCode.ShouldBe(ExitCode.Configuration);
        error.Message.ShouldContain(path);
    }

    private static IObjective ColoredMnist() => new SpectralDecouplingOptions
    {
        Coefficient = 2e-5,
        Start = new() { Step = 450 },
        CoefficientBeforeStart = 2e-5,
        LossScaleFromStart = 2e-5,
    }.Create(Many);

    private static Batch Of(long[] labels, long step = 0)
    {
        Tensor values = tensor(labels);
        return new(values, values, values, step);
    }
}
