using GradientDynamics.Attack.Attacks;
using GradientDynamics.Attack.Audits;
using GradientDynamics.Attack.Margins;
using GradientDynamics.Attack.Targets;
using GradientDynamics.Attack.Tests.Targets;
using GradientDynamics.CommandLine;
using GradientDynamics.EvaluationSets;

namespace GradientDynamics.Attack.Tests.Audits;

public sealed class AuditTests
{
    [Fact]
    public async Task RobustAccuracy_FallsWithEpsilon_AndStartsAtCleanAccuracy()
    {
        TargetFindings findings = await RunAsync(LinearClassifier.Random(21, 3, 6), 90, Small());

        foreach (ThreatFindings threat in findings.ThreatModels)
        {
            int[] counts = [findings.Correct.Count(right => right), .. threat.Options.Grid.Select(epsilon => threat.RobustAt(epsilon).Count(robust => robust))];
            counts.ShouldBe(counts.OrderDescending());
            counts[^1].ShouldBeLessThan(counts[0]);
            threat.RobustAt(0).ShouldBe(findings.Correct);
        }
    }

    [Fact]
    public async Task Findings_DoNotDependOnTheBatchSize()
    {
        LinearClassifier model = LinearClassifier.Random(22, 3, 6);

        TargetFindings one = await RunAsync(model, 40, Small() with { BatchSize = 40 });
        TargetFindings other = await RunAsync(model, 40, Small() with { BatchSize = 7 });

        one.Predictions.ShouldBe(other.Predictions);
        for (int threat = 0; threat < one.ThreatModels.Count; threat++)
        {
            one.ThreatModels[threat].Examples.Select(example => example.Margin).ShouldBe(other.ThreatModels[threat].Examples.Select(example => example.Margin));
        }
    }

    [Fact]
    public async Task Adversarials_AreKeptForTheSmallestMarginsOnly()
    {
        TargetFindings findings = await RunAsync(LinearClassifier.Random(23, 2, 6), 50, Small() with { SmallestMargins = 3, BatchSize = 9 });

        foreach (ThreatFindings threat in findings.ThreatModels)
        {
            double[] kept = [.. threat.Examples.Where(example => example.Adversarial is not null).Select(example => example.Margin.Upper).Order()];
            kept.ShouldBe([.. threat.Examples.Where(example => !example.Misclassified && example.Margin.IsClosed).Select(example => example.Margin.Upper).Order().Take(3)]);
        }
    }

    [Theory]
    [InlineData(float.NaN, ExitCode.Numerics)]
    [InlineData(11f, ExitCode.File)]
    public async Task Inputs_ThatAreNoNumbersOrOutsideTheBounds_AreNamed(float wrong, ExitCode exitCode)
    {
        LinearClassifier model = LinearClassifier.Random(24, 2, 6);
        EvaluationSet set = Examples.Noisy(model, 5, 6);
        BitConverter.TryWriteBytes(set.Examples[3].Inputs[0].AsSpan(8), wrong).ShouldBeTrue();

        CommandException exception = await Should.ThrowAsync<CommandException>(
            () => Audit.RunAsync(Target(model), set, Small(), _ => { }, TestContext.Current.CancellationToken));

        exception.ExitCode.ShouldBe(exitCode);
        exception.Message.ShouldContain("example 'e3'");
        exception.Message.ShouldContain("element 2");
    }

    [Fact]
    public void Target_WithGradientsOfAnotherModel_IsRefused()
    {
        InputShapeException exception = Should.Throw<InputShapeException>(
            () => new ConfirmedTarget("target", LinearClassifier.Random(1, 2, 6), LinearClassifier.Random(1, 3, 6), InputBounds.Of(0, 1)));

        exception.Message.ShouldContain("3 classes");
    }

    [Fact]
    public void Bounds_OfAnotherNumberOfChannels_AreRefused()
    {
        Should.Throw<InputShapeException>(() => ElementBounds.Expand(new InputBounds { Lower = [0, 0], Upper = [1, 1] }, [3, 2, 2])).Message.ShouldContain("2 channels");
    }

    [Fact]
    public void Bounds_PerChannel_BelongToTheFirstDimension()
    {
        (float[] lower, float[] upper) = ElementBounds.Expand(new InputBounds { Lower = [0, -1], Upper = [1, 2] }, [2, 3]);

        lower.ShouldBe([0, 0, 0, -1, -1, -1]);
        upper.ShouldBe([1, 1, 1, 2, 2, 2]);
    }

    [Fact]
    public void Defaults_AreTheDocumentedOnes_AndSurviveTheirJson()
    {
        AuditOptions options = new();

        AuditOptions read = ConfigurationFile.Parse<AuditOptions>(ConfigurationFile.Write(options), "defaults", []);

        ConfigurationFile.Write(read).ShouldBe(ConfigurationFile.Write(options));
        (options.Seed, options.BatchSize, options.Confidence, options.Resamples, options.SmallestMargins).ShouldBe((0L, 256, 0.95, 10000, 8));
        options.ThreatModels.Select(threat => threat.Norm).ShouldBe([PerturbationNorm.Linf, PerturbationNorm.L2]);
        options.ThreatModels[0].Grid.ShouldBe([1 / 255.0, 2 / 255.0, 4 / 255.0, 8 / 255.0, 16 / 255.0]);
        options.ThreatModels[1].Grid.ShouldBe([0.125, 0.25, 0.5, 1, 2]);
        options.ThreatModels[0].Attacks.Select(attack => attack.Name).ShouldBe(["pgd-cross-entropy", "pgd-logit-margin", "pgd-logit-margin-targeted"]);
    }

    [Theory]
    [InlineData("""{ "threatModels": [ { "norm": "l1" } ] }""", "threatModels[0].norm")]
    [InlineData("""{ "threatModels": [ { } ] }""", "norm")]
    [InlineData("""{ "threatModels": [] }""", "threatModels")]
    [InlineData("""{ "threatModels": [ { "norm": "l2", "epsilons": [0.1, -1] } ] }""", "threatModels[0].epsilons")]
    [InlineData("""{ "threatModels": [ { "norm": "l2", "attacks": [ { "kind": "pgd", "steps": 0 } ] } ] }""", "threatModels[0].attacks[0].steps")]
    [InlineData("""{ "threatModels": [ { "norm": "l2", "attacks": [ { "kind": "fgsm" } ] } ] }""", "fgsm")]
    [InlineData("""{ "confidence": 1 }""", "confidence")]
    [InlineData("""{ "epsilon": 1 }""", "epsilon")]
    [InlineData("""{ "gates": { "minimumAverageAccuracy": 93 } }""", "gates.minimumAverageAccuracy")]
    public void WrongConfigurations_NameTheKey(string json, string key)
    {
        CommandException exception = Should.Throw<CommandException>(() => ConfigurationFile.Parse<AuditOptions>(json, "audit.json", []));

        exception.ExitCode.ShouldBe(ExitCode.Configuration);
        exception.Message.ShouldContain(key);
    }

    internal static ConfirmedTarget Target(LinearClassifier model, string label = "linear") => new(label, model, model, InputBounds.Of(-10, 10));

    internal static AuditOptions Small() => new()
    {
        Resamples = 500,
        ThreatModels =
        [
            new ThreatModelOptions { Norm = PerturbationNorm.Linf, Epsilons = [0.3, 0.1, 0.2], Attacks = [new PgdOptions { Steps = 10 }], Margin = new MarginOptions { RelativeWidth = 0.2 } },
            new ThreatModelOptions { Norm = PerturbationNorm.L2, Epsilons = [0.5, 1], Attacks = [new PgdOptions { Steps = 10 }], Margin = new MarginOptions { RelativeWidth = 0.2 } },
        ],
    };

    internal static Task<TargetFindings> RunAsync(LinearClassifier model, int count, AuditOptions options) =>
        Audit.RunAsync(Target(model), Examples.Noisy(model, count, model.InputLength), options, _ => { }, TestContext.Current.CancellationToken);
}
