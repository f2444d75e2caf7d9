using System.Text.Json;
using System.Text.Json.Nodes;
using GradientDynamics.CommandLine;
using GradientDynamics.Documentation;
using GradientDynamics.Onnx.Networks;
using GradientDynamics.Train.Agreement;
using GradientDynamics.Train.Commands;
using GradientDynamics.Train.Conformance;
using GradientDynamics.Train.Datasets;
using GradientDynamics.Train.Objectives;
using GradientDynamics.Train.Optimizers;
using GradientDynamics.Train.Procedures;
using GradientDynamics.Train.Sampling;
using GradientDynamics.Train.Sweeps;
using GradientDynamics.Train.Tests.Sweeps;
using GradientDynamics.Train.Tests.Tables;
using GradientDynamics.Train.Training;

namespace GradientDynamics.Train.Tests;

/// <summary>docs/formats.md lists every key that gd-train reads and writes.</summary>
public sealed class FormatsTests
{
    private static readonly InputNormalization Pixels = new() { Mean = [0.5], Std = [0.25] };

    private static readonly TokenOptions EveryTokenOption = new() { MaximumLength = 64, Cache = "cache" };

    private static readonly RunConfig Digits = new()
    {
        Dataset = new DrawnDigitsOptions(),
        Network = new MlpOptions { Normalization = Pixels },
        Objective = new SpectralDecouplingOptions { PerClass = [new() { Coefficient = 0.1, Target = 0.44 }, new() { Coefficient = 0.1, Target = 2.5 }] },
        Optimizer = new AdamOptions { LearningRate = 1e-3, ClipNorm = 1, ClipValue = 0.5, AverageDecay = 0.999 },
        Epochs = 20,
        Threads = 2,
        Adversary = new() { Epsilon = 0.03 },
        EarlyStopping = new() { Patience = 5 },
    };

    // What ResultOutput writes.
    private static readonly JsonSerializerOptions ResultOptions = new(ConfigurationFile.Options) { IgnoreReadOnlyProperties = false };

    // Together these hold every kind of everything once.
    private static readonly RunConfig[] Configurations =
    [
        Digits,
        Digits with
        {
            Dataset = new ColoredMnistOptions { Folder = "mnist" },
            Network = new ConvNetOptions
            {
                Normalization = Pixels,
                Layers =
                [
                    new ConvLayer { Channels = 16 }, new BatchNormalizationLayer(), new ReluLayer(), new MaxPoolLayer(), new LeakyReluLayer(), new TanhLayer(), new SigmoidLayer(),
                    new AveragePoolLayer(), new GlobalAveragePoolLayer(), new FlattenLayer(), new DropoutLayer(), new LinearLayer { Width = 32 },
                ],
            },
            Objective = new ErmOptions(),
            Optimizer = new SgdOptions { LearningRate = 0.01 },
            Sampler = new GroupSubsamplingOptions(),
            EarlyStopping = null,
            Selection = SelectionRule.LastEpoch,
        },
        Digits with { Dataset = new TwoMoonsOptions(), Network = new ResNet18Options { Normalization = Pixels }, Sampler = new ClassSubsamplingOptions() },
        Digits with { Sampler = new ClassReweightingOptions(), Network = new MlpOptions { Activation = new LeakyReluActivation() } },
        Digits with { Sampler = new GroupReweightingOptions(), Network = new MlpOptions { Activation = new TanhActivation() } },
        Digits with
        {
            Network = new MlpOptions { Activation = new SigmoidActivation() },
            Objective = new SpectralDecouplingOptions { Start = new() { When = PenaltyStartEvent.ValidationLossRises } },
        },
        Digits with
        {
            Sampler = new ClassSquareRootReweightingOptions(),
            Objective = new GroupDroOptions(),
            Optimizer = new AdamWOptions { LearningRate = 1e-3, Schedule = new LinearScheduleOptions() },
            Procedure = new JustTrainTwiceOptions { FirstStageEpochs = 5, Factor = 20 },
        },
        Digits with
        {
            Sampler = new GroupSquareRootReweightingOptions(),
            Objective = new IrmOptions { Coefficient = 100 },
            Optimizer = new SgdOptions { LearningRate = 0.01, Schedule = new StepScheduleOptions { Epochs = [80, 120] } },
            Procedure = new LearningFromFailureOptions(),
        },
        Digits with
        {
            Sampler = new ClassBalancedBatchesOptions(),
            Objective = new VRexOptions { Coefficient = 100 },
            Optimizer = new SgdOptions { LearningRate = 0.01, Schedule = new CosineScheduleOptions() },
            Procedure = new DeepFeatureReweightingOptions(),
        },
        Digits with { Dataset = new Cifar10Options { Only = ["airplane", "horse"], TrainCount = 5000, TestCount = 1000, Augmentation = new() }, Network = new VggOptions { Normalization = Pixels } },
        Digits with { Dataset = new Cifar100Options { Only = ["apple", "pear"], TrainCount = 500, TestCount = 100, Augmentation = new() }, Network = new PreactivationResNetOptions { Normalization = Pixels } },
        Digits with
        {
            Dataset = new SpuriousFeaturesOptions(),
            Network = new ScaledLinearOptions { Normalization = Pixels, Scales = [new() { Count = 1, Scale = 4 }, new() { Count = 1, Scale = 1 }, new() { Count = 1200, Scale = 4 }] },
        },
        Digits with { Dataset = new TwoPointsOptions(), Adversary = null, Selection = SelectionRule.LastEpoch, EarlyStopping = null },
        Digits with { Dataset = new TeacherStudentOptions(), Adversary = null, Selection = SelectionRule.LastEpoch, EarlyStopping = null },
        .. SecondStages(),
        Digits with { Objective = new FocalLossOptions() },
        Digits with { Objective = new LabelSmoothingOptions() },
        Digits with { Objective = new SquaredErrorOptions() },
        Digits with { Objective = new HingeLossOptions() },
        Digits with { Objective = new RegressionOptions() },
        Digits with { Objective = new MarginVarianceOptions() },
        Digits with { Dataset = new MultiNliOptions { Folder = "benchmarks", Tokens = EveryTokenOption } },
        Digits with { Dataset = new CivilCommentsOptions { Folder = "benchmarks", Tokens = EveryTokenOption } },
        Digits with { Dataset = new TextCsvOptions { Train = ["train.csv"], Test = ["test.csv"], SecondText = "hypothesis", Attribute = "source", Classes = ["no", "yes"], Attributes = ["web", "news"], Tokens = EveryTokenOption } },
        Digits with { Dataset = new TextParquetOptions { Train = ["train-00000-of-00001.parquet"], Validation = ["validation-00000-of-00001.parquet"], SecondText = "hypothesis", Attribute = "source", Classes = ["no", "yes"], Attributes = ["web", "news"], Tokens = EveryTokenOption } },
        Digits with { Network = new ResNet34Options { Normalization = Pixels } },
        Digits with { Network = new ResNet50Options { Normalization = Pixels, Weights = "resnet50.safetensors", HeadFromScratch = true, Freeze = ["conv1.*", "layer1.*"] } },
        Digits with { Network = new MobileNetV3SmallOptions { Normalization = Pixels } },
        Digits with { Network = new DenseNetOptions { Normalization = Pixels } },
        Digits with { Network = new VisionTransformerOptions { Normalization = Pixels } },
        Digits with
        {
            Dataset = new WaterbirdsOptions { Folder = "benchmarks", Preprocessing = EveryStep, Augmentation = new(), Cache = "cache" },
        },
        Digits with { Dataset = new CelebAOptions { Folder = "benchmarks", Preprocessing = EveryStep, Augmentation = new(), Cache = "cache" } },
        Digits with { Dataset = new ImageFolderOptions { Folder = "birds", Preprocessing = EveryStep, Classes = ["landbird", "waterbird"], Attributes = ["land", "water"], Augmentation = new(), Cache = "cache" } },
        Digits with { Dataset = new ParquetImagesOptions { Folder = "birds", Preprocessing = EveryStep, AttributeColumn = "place", Classes = ["landbird", "waterbird"], Attributes = ["land", "water"], Augmentation = new(), Cache = "cache" } },
        Digits with { Dataset = new FeatureTableOptions { File = "features.csv", Features = ["age", "income"], Lower = [0, 0], Upper = [120, 1e6], Classes = ["no", "yes"], Attributes = ["here", "there"] } },
        Digits with { Network = new BertOptions() },
        Digits with { Network = new OnnxNetworkOptions { File = "model.onnx", ReplaceHead = 2, Normalization = Pixels } },
    ];

    [Fact]
    public void RunConfiguration_IsDocumented() =>
        FormatTables.ShouldBeDocumented("run configuration", [.. FormatTables.Keys(typeof(RunConfig), ConfigurationFile.Options, [.. Configurations.Select(Document)]).Where(IsNoRepetition)]);

    [Fact]
    public void RunRecord_IsDocumented()
    {
        RunRecord record = new()
        {
            Configuration = Digits,
            Seed = 1,
            Threads = 2,
            DatasetHashes = new Dictionary<Split, string> { [Split.Train] = new('0', 64) },
            ParameterCount = 235_801,
            Versions = new("0.1.0", ".NET 10.0.1", "0.107.0", "Debian GNU/Linux 12 (bookworm), X64"),
            Result = new()
            {
                Epochs = 20,
                StoppedEarly = false,
                SelectedEpoch = 12,
                SelectedBy = SelectionRule.ValidationWorstGroup,
                SelectedByOracle = false,
                LastLayer = new() { InverseStrength = 0.1, ExamplesPerGroup = 133, HeldOutWorstGroupAccuracy = 0.85 },
                State = new Dictionary<string, double> { ["groupWeight0"] = 0.25 },
                Metrics = new Dictionary<string, double> { ["test/worst_group_accuracy"] = 0.75 },
            },
        };

        IReadOnlyList<FormatKey> keys = FormatTables.Keys(typeof(RunRecord), ConfigurationFile.Options, [.. Configurations.Select(configuration => Document(record with { Configuration = configuration }))]);

        // The configuration has its own section.
        FormatTables.ShouldBeDocumented("run.json", [.. keys.Where(key => !key.Path.StartsWith("configuration.", StringComparison.Ordinal))]);
    }

    [Fact]
    public void Metrics_AreDocumented()
    {
        SplitMetrics split = new(0.31, [new(0, "below five, red", 120, 117), new(1, "below five, green", 30, 21)], [0.8, 0.2], attributeCount: 2)
        {
            AreaUnderRoc = 0.94,
            CalibrationError = 0.03,
            Entropy = 0.2,
            AdversarialAccuracy = 0.55,
        };
        EpochMetrics metrics = new(3, 96, 0.31, 0.02, split, split, split, new Dictionary<string, double> { ["groupWeight0"] = 0.25 }, 1.25);

        FormatTables.ShouldBeDocumented("metrics.jsonl", FormatTables.Keys(typeof(EpochMetrics), RunDirectory.LineOptions, [JsonSerializer.SerializeToNode(metrics, RunDirectory.LineOptions)!]));
    }

    [Fact]
    public void CheckModelJson_IsDocumented()
    {
        ValueAgreement apart = new("logits", 0.5, 1e-4, Agrees: false);
        InputGradientCheck gradient = new("input", GradientOutcome.Agrees, "ONNX Runtime", GradientCheck.WithDifferences, 3e-7, null);
        CheckResult result = CheckResult.Of(
            "model.onnx",
            ["Det"],
            [new("random", new Dictionary<string, string> { ["input"] = "Float[2, 3, 8, 8]" }, [apart], new("Conv", "conv1", apart), "logits", [gradient with { Reason = "it differs" }], "the outputs differ")]);

        FormatTables.ShouldBeDocumented("check-model", FormatTables.Keys(typeof(CheckResult), ResultOptions, [Result(result)]));
    }

    [Fact]
    public void ConformanceJson_IsDocumented()
    {
        InputGradientCheck gradient = new("x", GradientOutcome.Agrees, "ONNX Runtime", GradientCheck.WithDifferences, 3e-7, null);
        ConformanceResult result = ConformanceResult.Of(
        [
            new("test_exp", CaseOutcome.Passed, ["Exp"], 1.2e-7, null, [gradient]),
            new("test_det_2d", CaseOutcome.Unsupported, ["Det"], null, "operator Det", []),
        ]);

        FormatTables.ShouldBeDocumented("conformance", FormatTables.Keys(typeof(ConformanceResult), ResultOptions, [Result(result)]));
    }

    [Fact]
    public void PublishJson_IsDocumented() =>
        FormatTables.ShouldBeDocumented("publish", FormatTables.Keys(typeof(PublishResult), ResultOptions, [Result(new PublishResult("digits", 1, "models/digits/1/model.onnx", 256, 1.2e-6, 1e-4, 3e-7, null))]));

    // Every size that a preprocessing can have.
    private static GradientDynamics.Preprocessing.ImagePreprocessing EveryStep => new()
    {
        InitialCrop = new() { Width = 300, Height = 300 }, ResizeShortSide = 256, Resize = new() { Width = 256, Height = 256 }, CenterCrop = new() { Width = 224, Height = 224 },
    };

    // Preprocessing and augmentation have the same keys for every kind of images.
    private static bool IsOfWaterbirdsToo(FormatKey key) => (key.Path.Contains(").preprocessing.", StringComparison.Ordinal) || key.Path.Contains(").augmentation.", StringComparison.Ordinal))
        && key.Path.StartsWith("dataset(", StringComparison.Ordinal) && !key.Path.StartsWith("dataset(waterbirds)", StringComparison.Ordinal);

    [Fact]
    public void SweepConfiguration_IsDocumented()
    {
        const string Part = """
            "recipe": "../colored-mnist-erm.json", "settings": { "epochs": 20 }, "grid": { "optimizer.weightDecay": [0, 0.0001] },
            "search": {
              "a": { "kind": "choice", "values": [32, 64, 128] }, "b": { "kind": "uniform", "lower": 0, "upper": 0.5 }, "c": { "kind": "log-uniform", "lower": 0.0001, "upper": 0.1 },
              "d": { "kind": "normal", "mean": 0, "standardDeviation": 1 }, "e": { "kind": "integers", "lower": 1, "upper": 5 }, "f": { "kind": "log-integers", "lower": 16, "upper": 256 }
            }
            """;
        JsonNode example = JsonNode.Parse($$"""
            {
              "seed": 0, "draws": 50, "runSeeds": [0, 1, 2], "all": { {{Part}} }, "datasets": { "CelebA": { {{Part}} } },
              "methods": { "gDRO": { {{Part}}, "usesGroups": true, "hyperParameters": 5, "byDataset": { "CelebA": { {{Part}} } } } }
            }
            """)!;

        // Parts have the same keys everywhere.
        string[] methods = ["methods.*.usesGroups", "methods.*.hyperParameters", "methods.*.byDataset"];
        FormatTables.ShouldBeDocumented(
            "sweep configuration",
            [.. FormatTables.Keys(typeof(SweepConfig), ConfigurationFile.Options, [example]).Where(key => (!key.Path.StartsWith("datasets.", StringComparison.Ordinal) && !key.Path.StartsWith("methods.", StringComparison.Ordinal)) || methods.Contains(key.Path))]);
    }

    [Fact]
    public void Plan_IsDocumented() =>
        FormatTables.ShouldBeDocumented("plan.jsonl", FormatTables.Keys(typeof(Trial), ConfigurationFile.Options, [JsonNode.Parse(SweepFixture.Plan().ToText().Split('\n')[0])!]));

    [Fact]
    public void TrialOutcome_IsDocumented() => FormatTables.ShouldBeDocumented(
        "trial outcome",
        FormatTables.Keys(
            typeof(TrialOutcome),
            ConfigurationFile.Options,
            [Document(new TrialOutcome { Id = "CelebA-ERM-000-seed0", State = TrialState.Failed, ExitCode = 137, Reason = TrialOutcome.Describe(137), Attempts = 1, Seconds = 81.5, PeakMemoryGib = 3.2 })]));

    [Fact]
    public void Collection_IsDocumented() =>
        FormatTables.ShouldBeDocumented("collection", FormatTables.Keys(typeof(SweepCollection), ConfigurationFile.Options, [Document(PaperTableTests.Example)]));

    // The second stage's optimizer has the keys of the run's.
    private static bool IsNoRepetition(FormatKey key) => !IsOfWaterbirdsToo(key) && !key.Path.StartsWith("procedure(jtt).secondStageOptimizer.", StringComparison.Ordinal) && !key.Path.StartsWith("procedure(jtt).secondStageOptimizer(", StringComparison.Ordinal);

    // Every optimizer with every schedule, in both places.
    private static IEnumerable<RunConfig> SecondStages()
    {
        ScheduleOptions[] schedules = [new ConstantScheduleOptions(), new StepScheduleOptions { Epochs = [80, 120] }, new CosineScheduleOptions(), new LinearScheduleOptions()];
        OptimizerOptions[] optimizers = [new SgdOptions { LearningRate = 0.01 }, new AdamOptions { LearningRate = 1e-3 }, new AdamWOptions { LearningRate = 1e-3 }];
        return from optimizer in optimizers
               from schedule in schedules
               let scheduled = optimizer with { Schedule = schedule, ClipNorm = 1, ClipValue = 0.5, AverageDecay = 0.999 }
               select Digits with { Optimizer = scheduled, Procedure = new JustTrainTwiceOptions { FirstStageEpochs = 5, Factor = 20, SecondStageOptimizer = scheduled } };
    }

    private static JsonNode Result<T>(T value) => JsonSerializer.SerializeToNode(value, ResultOptions)!;

    private static JsonNode Document<T>(T value) => JsonNode.Parse(ConfigurationFile.Write(value))!;
}
