using GradientDynamics.CommandLine;
using GradientDynamics.Train.Objectives;
using GradientDynamics.Train.Training;
using TorchSharp;
using static GradientDynamics.Train.Tests.Objectives.ObjectiveFixture;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Tests.Objectives;

public sealed class ObjectiveTests
{
    private static readonly long[] Labels = [0, 1, 1, 0, 1, 0];

    // No margin is 1 or 0, where the hinge has its kink, and no two logits tie.
    private static readonly double[,] SingleLogits = { { 1.3 }, { -2.1 }, { 0.4 }, { -0.7 }, { 2.2 }, { 0.3 } };
    private static readonly double[,] ThreeLogits = { { 1.3, -0.2, 0.4 }, { 0.6, -2.1, 0.1 }, { 0.4, 0.9, -1.5 }, { -0.7, 0.2, 1.1 }, { 2.2, 0.3, -0.4 }, { 0.3, 0.8, -0.9 } };

    public static TheoryData<ObjectiveOptions> Smooth => [.. ObjectiveFixture.Smooth];

    // Those whose loss depends on the differences of logits only: a single logit z is then the two logits (0, z).
    public static TheoryData<ObjectiveOptions> OfDifferences =>
    [
        new ErmOptions(), new GroupDroOptions(), new IrmOptions { Coefficient = 3 }, new VRexOptions { Coefficient = 3 }, new FocalLossOptions(), new LabelSmoothingOptions(),
        new HingeLossOptions(), new MarginVarianceOptions(),
    ];

    [Theory]
    [MemberData(nameof(Smooth))]
    public void Evaluate_OfEveryKind_GivesScalarsWithGradients(ObjectiveOptions options)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor logits = tensor(new float[,] { { 1, -1 }, { 0, 2 }, { 3, 1 }, { 0, 0 } }, requires_grad: true);

        ObjectiveValue value = options.Create(Context(2)).Evaluate(logits, Batch([0, 1, 1, 0]));
        value.Total.backward();

        value.Loss.shape.ShouldBeEmpty();
        value.Total.shape.ShouldBeEmpty();
        logits.grad!.abs().sum().item<float>().ShouldBeGreaterThan(0);
    }

    [Theory]
    [MemberData(nameof(Smooth))]
    public void Gradient_OfASingleLogit_IsThatOfFiniteDifferences(ObjectiveOptions options) => ShouldMatchFiniteDifferences(options, SingleLogits, Labels);

    [Theory]
    [MemberData(nameof(Smooth))]
    public void Gradient_OfThreeLogits_IsThatOfFiniteDifferences(ObjectiveOptions options) => ShouldMatchFiniteDifferences(options, ThreeLogits, [0, 1, 2, 2, 1, 0]);

    [Fact]
    public void Gradient_OfRegression_IsThatOfFiniteDifferences() => ShouldMatchFiniteDifferences(new RegressionOptions(), SingleLogits, Labels);

    [Fact]
    public void Gradient_OfPerClassPenalties_IsThatOfFiniteDifferences()
    {
        ClassPenalty[] perClass = [new() { Coefficient = 0.1, Target = 0.44 }, new() { Target = 2.5 }];

        ShouldMatchFiniteDifferences(new SpectralDecouplingOptions { PerClass = perClass }, SingleLogits, Labels);
        ShouldMatchFiniteDifferences(new SpectralDecouplingOptions { PerClass = perClass, Reduction = LogitReduction.MeanPerClass }, SingleLogits, Labels);
    }

    [Theory]
    [MemberData(nameof(OfDifferences))]
    public void Evaluate_OfASingleLogit_IsThatOfTheLogitsZeroAndIt(ObjectiveOptions options)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor single = tensor(new float[,] { { 1 }, { -2 }, { 30 }, { 0.5f } });
        Tensor pair = cat([zeros_like(single), single], 1);

        Value(options, single, Batch([0, 1, 1, 0])).ShouldBe(Value(options, pair, Batch([0, 1, 1, 0])), 1e-5); // sums of four terms up to 10³ (a variance) in float32, in another order
    }

    [Theory]
    [MemberData(nameof(Smooth))]
    public void State_OfEveryKind_ComesBackAsItWas(ObjectiveOptions options)
    {
        IObjective objective = options.Create(Context(2));
        objective.ObserveValidation(0.5, 1);
        IObjective other = options.Create(Context(2));

        other.State = objective.State;

        other.State.ShouldBe(objective.State);
    }

    // A batch in two parts is the batch, where the objective says that it is a mean over examples, and only there.
    [Theory]
    [MemberData(nameof(Smooth))]
    public void IsMeanOverExamples_OfEveryKind_IsSo(ObjectiveOptions options)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor logits = tensor(SingleLogits);
        long[] attributes = [0, 0, 1, 1, 0, 1];
        long[] environments = [0, 1, 1, 0, 0, 0];

        double whole = Value(options, logits, Batch(Labels, environments, attributes));
        double first = Value(options, logits.narrow(0, 0, 3), Batch(Labels[..3], environments[..3], attributes[..3]));
        double second = Value(options, logits.narrow(0, 3, 3), Batch(Labels[3..], environments[3..], attributes[3..]));

        const double Rounding = 1e-12; // doubles of order one
        (Math.Abs(((first + second) / 2) - whole) < Rounding).ShouldBe(options.IsMeanOverExamples);
    }

    [Fact]
    public void Create_ForDataThatLacksWhatItNeeds_SaysWhatIsMissing()
    {
        ObjectiveContext bare = new("two-moons", 1, 2);

        Refusal(new IrmOptions { Coefficient = 1 }, bare).ShouldBe("objective: irm compares environments, and two-moons gives its examples none; accepted is a dataset with environments, or \"environments\": \"attribute\" with a dataset that has an attribute.");
        Refusal(new VRexOptions { Coefficient = 1, Environments = EnvironmentSource.Attribute }, bare).ShouldContain("v-rex compares the values of the attribute, and two-moons has no attribute");
        Refusal(new RegressionOptions(), bare).ShouldContain("regression needs real-valued targets, and two-moons has labels only");
        Refusal(new RegressionOptions(), bare with { HasTargets = true, LogitCount = 2 }).ShouldContain("regression needs a single output, and the network has 2");
        Refusal(new SpectralDecouplingOptions { PerClass = [new()] }, bare).ShouldContain("1 entries in perClass, and two-moons has 2 classes");
    }

    [Fact]
    public void Defaults_AreDocumentedAndPassTheirOwnGuards()
    {
        GroupDroOptions dro = new();
        IrmOptions irm = new() { Coefficient = 1 };
        VRexOptions rex = new() { Coefficient = 1 };
        FocalLossOptions focal = new();
        LabelSmoothingOptions smoothing = new();
        MarginVarianceOptions variance = new();

        dro.WeightStepSize.ShouldBe(0.1);
        (irm.Environments, irm.Start, irm.CoefficientBeforeStart, irm.DivideByCoefficient, irm.WeightPenalty).ShouldBe((EnvironmentSource.Dataset, new PenaltyStart { Step = 0 }, 1, true, 0));
        (rex.Environments, rex.Start, rex.CoefficientBeforeStart, rex.DivideByCoefficient, rex.WeightPenalty).ShouldBe((EnvironmentSource.Dataset, new PenaltyStart { Step = 0 }, 1, true, 0));
        focal.Focus.ShouldBe(2);
        smoothing.Smoothing.ShouldBe(0.1);
        (variance.Coefficient, variance.DecayRate).ShouldBe((1, 0));
        (dro with { WeightStepSize = dro.WeightStepSize }).ShouldBe(dro);
        (irm with { Coefficient = irm.Coefficient, CoefficientBeforeStart = irm.CoefficientBeforeStart, WeightPenalty = irm.WeightPenalty }).ShouldBe(irm);
        (rex with { Coefficient = rex.Coefficient, CoefficientBeforeStart = rex.CoefficientBeforeStart, WeightPenalty = rex.WeightPenalty }).ShouldBe(rex);
        (focal with { Focus = focal.Focus }).ShouldBe(focal);
        (smoothing with { Smoothing = smoothing.Smoothing }).ShouldBe(smoothing);
        (variance with { Coefficient = variance.Coefficient, DecayRate = variance.DecayRate }).ShouldBe(variance);
    }

    [Theory]
    [InlineData("""{"kind":"group-dro","weightStepSize":-1}""", "weightStepSize")]
    [InlineData("""{"kind":"irm"}""", "coefficient")]
    [InlineData("""{"kind":"irm","coefficient":-1}""", "coefficient")]
    [InlineData("""{"kind":"irm","coefficient":1,"weightPenalty":-1}""", "weightPenalty")]
    [InlineData("""{"kind":"v-rex","coefficient":1,"environments":"groups"}""", "environments")]
    [InlineData("""{"kind":"v-rex","coefficient":1,"coefficientBeforeStart":-1}""", "coefficientBeforeStart")]
    [InlineData("""{"kind":"focal-loss","focus":-1}""", "focus")]
    [InlineData("""{"kind":"label-smoothing","smoothing":1.5}""", "smoothing")]
    [InlineData("""{"kind":"margin-variance","decayRate":-1}""", "decayRate")]
    [InlineData("""{"kind":"spectral-decoupling","perClass":[{"coefficient":-1}]}""", "perClass[0].coefficient")]
    public void Options_WithAWrongKeyOrValue_NameItsPath(string json, string path)
    {
        CommandException error = Should.Throw<CommandException>(() => ConfigurationFile.Parse<ObjectiveOptions>(json, "run.json", []));

        error.ExitCode.ShouldBe(ExitCode.Configuration);
        error.Message.ShouldContain(path);
    }

    private static string Refusal(ObjectiveOptions options, ObjectiveContext context)
    {
        CommandException error = Should.Throw<CommandException>(() => options.Create(context));
        error.ExitCode.ShouldBe(ExitCode.Configuration);
        return error.Message;
    }

    private static void ShouldMatchFiniteDifferences(ObjectiveOptions options, double[,] values, long[] labels)
    {
        // Central differences of a function with derivatives of order one to ten: error h² ≈ 1e-10, rounding 1e-16 / h ≈ 1e-11.
        const double H = 1e-5;
        const double Tolerance = 1e-8;
        using DisposeScope scope = NewDisposeScope();
        Batch batch = Batch(labels);
        Tensor logits = tensor(values, requires_grad: true);

        options.Create(Context((int)logits.shape[1])).Evaluate(logits, batch).Total.backward();

        double[] gradient = logits.grad!.to(ScalarType.Float64).flatten().data<double>().ToArray();
        double[] differences = new double[gradient.Length];
        for (int i = 0; i < gradient.Length; i++)
        {
            double[,] up = (double[,])values.Clone();
            double[,] down = (double[,])values.Clone();
            up[i / values.GetLength(1), i % values.GetLength(1)] += H;
            down[i / values.GetLength(1), i % values.GetLength(1)] -= H;
            differences[i] = (Value(options, tensor(up), batch) - Value(options, tensor(down), batch)) / (2 * H);
        }

        gradient.ShouldBe(differences, Tolerance);
    }
}
