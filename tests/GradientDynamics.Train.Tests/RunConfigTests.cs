using GradientDynamics.CommandLine;
using GradientDynamics.Train.Objectives;
using GradientDynamics.Train.Optimizers;
using GradientDynamics.Train.Sampling;
using GradientDynamics.Train.Training;

namespace GradientDynamics.Train.Tests;

public sealed class RunConfigTests
{
    private const string Smallest = """
        {
          "dataset": { "kind": "two-moons" }, "network": { "kind": "mlp" }, "objective": { "kind": "erm" },
          "optimizer": { "kind": "sgd", "learningRate": 0.1 }, "epochs": 1
        }
        """;

    public static TheoryData<string> Recipes => [.. Directory.EnumerateFiles(Path.Combine(RepositoryRoot(), "recipes"), "*.json").Select(path => Path.GetFileName(path)).Order()];

    [Fact]
    public void Defaults_AreDocumentedAndPassTheirOwnGuards()
    {
        RunConfig config = ConfigurationFile.Parse<RunConfig>(Smallest, "smallest", []);

        config.SingleLogit.ShouldBeFalse();
        config.Sampler.ShouldBe(new ShuffleOptions());
        config.BatchSize.ShouldBe(128);
        config.DropLastBatch.ShouldBeFalse();
        config.EvaluateEvery.ShouldBe(1);
        config.Selection.ShouldBe(SelectionRule.ValidationWorstGroup);
        config.EarlyStopping.ShouldBeNull();
        config.Seed.ShouldBe(0);
        config.Threads.ShouldBeNull();
        SgdOptions sgd = config.Optimizer.ShouldBeOfType<SgdOptions>();
        sgd.ShouldBe(new() { LearningRate = 0.1, Momentum = 0, Nesterov = false, WeightDecay = 0 });
        new AdamOptions { LearningRate = 1 }.ShouldBe(new() { LearningRate = 1, Beta1 = 0.9, Beta2 = 0.999, DenominatorOffset = 1e-8, WeightDecay = 0 });
        (config with { BatchSize = config.BatchSize, EvaluateEvery = config.EvaluateEvery, Threads = config.Threads }).ShouldBe(config);
    }

    [Fact]
    public void Write_OfAConfiguration_ReadsBackAsTheSame()
    {
        string written = ConfigurationFile.Write(ConfigurationFile.Parse<RunConfig>(Smallest, "smallest", ["batchSize=null", "earlyStopping={\"patience\":3}"]));

        RunConfig again = ConfigurationFile.Parse<RunConfig>(written, "written", []);

        again.BatchSize.ShouldBeNull();
        again.EarlyStopping!.Patience.ShouldBe(3);
        ConfigurationFile.Write(again).ShouldBe(written);
    }

    // A list of one number is written as the number: what a run writes must be what it reads when it is resumed.
    [Theory]
    [InlineData("0.5")]
    [InlineData("[0.5]")]
    [InlineData("[0.4,0.5,0.6]")]
    public void Normalization_OfOneNumberOrSeveral_ReadsBackAsTheSame(string mean)
    {
        RunConfig config = ConfigurationFile.Parse<RunConfig>(Smallest, "smallest", [$$"""network.normalization={"mean":{{mean}},"std":[0.25]}"""]);

        ConfigurationFile.Parse<RunConfig>(ConfigurationFile.Write(config), "written", []).Network.ShouldBe(config.Network);
        Should.Throw<CommandException>(() => ConfigurationFile.Parse<RunConfig>(Smallest, "smallest", ["""network.normalization={"mean":["a"],"std":1}"""])).Message.ShouldContain("key 'network.normalization.mean'");
    }

    [Theory]
    [MemberData(nameof(Recipes))]
    public void EveryRecipe_IsAConfiguration(string recipe)
    {
        RunConfig config = ConfigurationFile.Read<RunConfig>(Path.Combine(RepositoryRoot(), "recipes", recipe), []);

        ConfigurationFile.Parse<RunConfig>(ConfigurationFile.Write(config), recipe, []);
    }

    // A comparison of two methods compares nothing else.
    [Theory]
    [InlineData("drawn-digits")]
    [InlineData("two-moons")]
    [InlineData("cifar2")]
    [InlineData("cifar10")]
    [InlineData("cifar100")]
    public void RecipesOfErmAndSd_DifferInTheObjectiveOnly(string experiment)
    {
        RunConfig erm = ConfigurationFile.Read<RunConfig>(Path.Combine(RepositoryRoot(), "recipes", $"{experiment}-erm.json"), []);
        RunConfig sd = ConfigurationFile.Read<RunConfig>(Path.Combine(RepositoryRoot(), "recipes", $"{experiment}-sd.json"), []);

        ConfigurationFile.Write(sd with { Objective = erm.Objective }).ShouldBe(ConfigurationFile.Write(erm));
        erm.Objective.ShouldBeOfType<ErmOptions>();
        sd.Objective.ShouldBeOfType<SpectralDecouplingOptions>();
    }

    [Theory]
    [InlineData("epochs=0", "epochs")]
    [InlineData("batchSize=0", "batchSize")]
    [InlineData("batchSize=full", "batchSize")]
    [InlineData("evaluateEvery=0", "evaluateEvery")]
    [InlineData("threads=0", "threads")]
    [InlineData("epoch=3", "epoch")]
    [InlineData("optimizer.learningRate=0", "optimizer.learningRate")]
    [InlineData("optimizer.learningRate=-1", "optimizer.learningRate")]
    [InlineData("optimizer.momentum=1", "optimizer.momentum")]
    [InlineData("optimizer.weightDecay=-1", "optimizer.weightDecay")]
    [InlineData("optimizer.nesterov=true", "nesterov")]
    [InlineData("optimizer={\"kind\":\"adagrad\",\"learningRate\":1}", "adagrad")]
    [InlineData("optimizer={\"kind\":\"adam\",\"learningRate\":1,\"beta1\":1}", "optimizer.beta1")]
    [InlineData("earlyStopping.patience=0", "earlyStopping.patience")]
    [InlineData("selection=best", "selection")]
    [InlineData("dataset.classGap=wide", "dataset.classGap")]
    [InlineData("dataset={\"kind\":\"multinli\",\"folder\":\"\"}", "folder")]
    [InlineData("dataset={\"kind\":\"civilcomments\",\"folder\":\"\"}", "folder")]
    [InlineData("dataset={\"kind\":\"colored-mnist\"}", "validation")]
    public void Parse_WithAWrongKeyOrValue_NamesItsPath(string change, string path)
    {
        CommandException error = Should.Throw<CommandException>(() => ConfigurationFile.Parse<RunConfig>(Smallest, "run.json", [change]));

        error.ExitCode.ShouldBe(ExitCode.Configuration);
        error.Message.ShouldContain(path);
    }

    [Fact]
    public void Parse_OfSettingsThatContradictEachOther_SaysWhatIsAccepted()
    {
        string[] lastEpochAndPatience = ["selection=last-epoch", "earlyStopping={\"patience\":1}"];
        string[] dropOfTheWhole = ["batchSize=null", "dropLastBatch=true"];
        string[] riseWithoutValidation = ["selection=last-epoch", "dataset={\"kind\":\"colored-mnist\"}", "objective={\"kind\":\"spectral-decoupling\",\"start\":{\"when\":\"validation-loss-rises\"}}"];

        Should.Throw<CommandException>(() => ConfigurationFile.Parse<RunConfig>(Smallest, "run.json", lastEpochAndPatience)).Message.ShouldContain("earlyStopping needs a score");
        Should.Throw<CommandException>(() => ConfigurationFile.Parse<RunConfig>(Smallest, "run.json", dropOfTheWhole)).Message.ShouldContain("dropLastBatch");
        Should.Throw<CommandException>(() => ConfigurationFile.Parse<RunConfig>(Smallest, "run.json", riseWithoutValidation)).Message.ShouldContain("no validation set");
    }

    internal static string RepositoryRoot()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "GradientDynamics.Onnx.sln")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new InvalidOperationException("The tests do not run below the repository.");
    }
}
