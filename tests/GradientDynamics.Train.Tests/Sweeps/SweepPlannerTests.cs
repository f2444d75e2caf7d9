using System.Text.Json;
using System.Text.Json.Nodes;
using GradientDynamics.CommandLine;
using GradientDynamics.Train.Datasets;
using GradientDynamics.Train.Objectives;
using GradientDynamics.Train.Optimizers;
using GradientDynamics.Train.Procedures;
using GradientDynamics.Train.Sampling;
using GradientDynamics.Train.Sweeps;

namespace GradientDynamics.Train.Tests.Sweeps;

public sealed class SweepPlannerTests
{
    [Fact]
    public void Plan_OfTheSameSweep_IsTheSameText()
    {
        string first = SweepFixture.Plan().ToText();

        SweepFixture.Plan().ToText().ShouldBe(first);
        SweepFixture.Plan("seed=1").ToText().ShouldNotBe(first);
    }

    [Fact]
    public void Plan_HasEveryMethodCombinationAndSeed()
    {
        TrialPlan plan = SweepFixture.Plan("draws=3");

        plan.Trials.Select(trial => trial.Id).ShouldBe(
            from method in (string[])["ERM", "SUBG"]
            from combination in (string[])["000", "001", "002"]
            from seed in (string[])["0", "1"]
            select $"drawn-digits-{method}-{combination}-seed{seed}");
        plan.Trials.Where(trial => trial.Method == "SUBG").ShouldAllBe(trial => trial.UsesGroups && Configuration(trial).Sampler is GroupSubsamplingOptions);
        plan.Trials.ShouldAllBe(trial => Configuration(trial).Seed == trial.Seed && trial.HyperParameters == 3);
        // The seed apart, trials of a combination are the same.
        foreach (IGrouping<(string, int), Trial> combination in plan.Trials.GroupBy(trial => (trial.Method, trial.Combination)))
        {
            combination.Select(trial => ConfigurationFile.Write(Configuration(trial) with { Seed = 0 })).Distinct().Count().ShouldBe(1);
        }
    }

    [Fact]
    public void Plan_OfMoreDrawsMethodsAndSettings_KeepsTheDrawsThatWereThere()
    {
        Dictionary<string, string> before = SweepFixture.Plan().Trials.ToDictionary(trial => trial.Id, trial => trial.Settings["optimizer.learningRate"]!.Value.GetRawText());

        TrialPlan after = SweepFixture.Plan("draws=5", """methods.RWG={"settings":{"sampler":{"kind":"group-reweighting"}}}""", """all.search.batchSize={"kind":"integers","lower":10,"upper":100}""");

        after.Trials.Where(trial => before.ContainsKey(trial.Id)).ToDictionary(trial => trial.Id, trial => trial.Settings["optimizer.learningRate"]!.Value.GetRawText()).ShouldBe(before, ignoreOrder: true);
    }

    [Fact]
    public void Plan_OfFewCombinations_HasEachOnceAndSaysSo()
    {
        List<string> said = [];
        SweepConfig sweep = ConfigurationFile.Parse<SweepConfig>(SweepFixture.Json(json => json["all"]!["search"] = JsonNode.Parse("""{ "optimizer.learningRate": { "kind": "choice", "values": [0.1, 0.01] }, "batchSize": { "kind": "choice", "values": [10, 20, null] } }""")), "sweep.json", ["draws=50", "runSeeds=[0]"]);

        TrialPlan plan = SweepPlanner.Plan(sweep, "sweep.json", said.Add);

        plan.Trials.Where(trial => trial.Method == "ERM").Select(trial => (Configuration(trial).Optimizer.LearningRate, Configuration(trial).BatchSize)).ShouldBe(
            [(0.1, 10), (0.1, 20), (0.1, (int?)null), (0.01, 10), (0.01, 20), (0.01, null)], ignoreOrder: true);
        said.Count.ShouldBe(2);
        said[0].ShouldBe("/ERM has 6 different combinations to draw, fewer than the 50 draws that are asked for; each is planned once.");
    }

    [Fact]
    public void Plan_OfAGrid_HasEveryPointForEveryDraw()
    {
        TrialPlan plan = SweepFixture.Plan("draws=2", "runSeeds=[7]", """all.grid={"batchSize":[10,20],"epochs":[1,2,3]}""");

        Trial[] erm = [.. plan.Trials.Where(trial => trial.Method == "ERM")];
        erm.Select(trial => (trial.Combination, Configuration(trial).BatchSize, Configuration(trial).Epochs)).ShouldBe(
            [(0, 10, 1), (1, 10, 2), (2, 10, 3), (3, 20, 1), (4, 20, 2), (5, 20, 3), (6, 10, 1), (7, 10, 2), (8, 10, 3), (9, 20, 1), (10, 20, 2), (11, 20, 3)]);
        erm.Select(trial => Configuration(trial).Optimizer.LearningRate).Distinct().Count().ShouldBe(2);
    }

    [Fact]
    public void Parts_ReplaceWhatIsAroundThem()
    {
        TrialPlan plan = SweepFixture.Plan(
            "draws=1",
            "runSeeds=[0]",
            """datasets={"digits":{"settings":{"optimizer":{"learningRate":0.5}}},"moons":{"settings":{"dataset":{"kind":"two-moons","count":20}}}}""",
            """methods={"A":{},"B":{"search":{"optimizer.learningRate":{"kind":"choice","values":[0.25]}},"byDataset":{"moons":{"settings":{"epochs":2},"grid":{"optimizer.learningRate":[0.125]}}}}}""");

        Dictionary<string, RunConfig> configurations = plan.Trials.ToDictionary(trial => $"{trial.Dataset}/{trial.Method}", Configuration);
        // What a dataset fixes is not drawn any more.
        configurations["digits/A"].Optimizer.LearningRate.ShouldBe(0.5);
        configurations["digits/A"].Optimizer.ShouldBeOfType<SgdOptions>().Momentum.ShouldBe(0.9);
        configurations["digits/A"].Dataset.ShouldBeOfType<DrawnDigitsOptions>();
        configurations["moons/A"].Optimizer.LearningRate.ShouldBeInRange(0.001, 0.1);
        // An object of another kind takes the place of what was there.
        configurations["moons/A"].Dataset.ShouldBe(new TwoMoonsOptions { Count = 20 });
        configurations["digits/B"].Optimizer.LearningRate.ShouldBe(0.25);
        configurations["moons/B"].Optimizer.LearningRate.ShouldBe(0.125);
        configurations["moons/B"].Epochs.ShouldBe(2);
        plan.Trials.Single(trial => trial is { Dataset: "moons", Method: "B" }).Settings.Keys.ShouldBe(["optimizer.weightDecay", "optimizer.learningRate"], ignoreOrder: true);
    }

    [Fact]
    public void PathsWithACommaBetweenThem_ShareTheValue()
    {
        TrialPlan plan = SweepFixture.Plan(
            """methods={"JTT":{"settings":{"procedure":{"kind":"jtt","firstStageEpochs":1,"factor":3,"secondStageOptimizer":{"kind":"adam-w"}}},"search":{"optimizer.learningRate, procedure.secondStageOptimizer.learningRate":{"kind":"uniform","lower":1,"upper":2}}}}""");

        foreach (RunConfig configuration in plan.Trials.Select(Configuration))
        {
            configuration.Optimizer.LearningRate.ShouldBeInRange(1, 2);
            configuration.Procedure.ShouldBeOfType<JustTrainTwiceOptions>().SecondStageOptimizer!.LearningRate.ShouldBe(configuration.Optimizer.LearningRate);
        }
    }

    [Fact]
    public void Plan_ReadsBackAsItWasWritten()
    {
        using TemporaryFolder folder = new();
        string path = SweepFixture.WritePlan(folder);

        TrialPlan.Read(path).ToText().ShouldBe(File.ReadAllText(path));
    }

    [Theory]
    [InlineData("optimizer.learningrate", """combination 0: --set optimizer.learningrate=""")]
    [InlineData("epoch", "did you mean 'epochs'?")]
    public void Plan_OfAKeyThatIsNone_NamesTheCellAndTheKey(string path, string part)
    {
        CommandException error = Should.Throw<CommandException>(() => SweepFixture.Plan("""methods={"X":{"search":{"PATH":{"kind":"choice","values":[3]}}}}""".Replace("PATH", path)));

        error.ExitCode.ShouldBe(ExitCode.Configuration);
        error.Message.ShouldStartWith("sweep.json: X, combination 0: ");
        error.Message.ShouldContain(part);
    }

    [Theory]
    [InlineData("runSeeds=[1,1]", "runSeeds has a seed twice")]
    [InlineData("runSeeds=[]", "runSeeds")]
    [InlineData("draws=0", "draws")]
    [InlineData("""methods={"a/b":{}}""", "becomes part of file names")]
    [InlineData("""methods={"A":{"byDataset":{"moons":{}}}}""", "which is no dataset of this sweep")]
    [InlineData("all.settings=[]", "accepted is an object")]
    [InlineData("""all.grid={"epochs":[]}""", "'epochs' has no values")]
    [InlineData("""all.recipe="missing.json" """, "missing.json: no such configuration file")]
    public void WrongSweep_IsRefused(string change, string part) => Should.Throw<CommandException>(() => SweepFixture.Plan(change)).Message.ShouldContain(part);

    [Fact]
    public void Recipe_IsFoundBelowTheSweepsFolder()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder.Combine("recipes"));
        File.WriteAllText(folder.Combine("recipes", "tiny.json"), "// A comment.\n" + TinyRun.Json);
        SweepConfig sweep = ConfigurationFile.Parse<SweepConfig>("""{ "all": { "recipe": "recipes/tiny.json" } }""", "sweep.json", []);

        Trial trial = SweepPlanner.Plan(sweep, folder.Combine("sweep.json"), _ => { }).Trials.ShouldHaveSingleItem();

        // Names come from the configuration where the sweep gives none.
        trial.Id.ShouldBe("drawn-digits-spectral-decoupling-000-seed0");
        trial.Recipe.ShouldBe("recipes/tiny.json");
        Configuration(trial).Objective.ShouldBeOfType<SpectralDecouplingOptions>().Coefficient.ShouldBe(0.05);
    }

    [Theory]
    [InlineData("colored-mnist.json", 5 * 10)]
    [InlineData("drawn-digits.json", 7 * 4 * 3)]
    public void RecipesOfSweeps_ArePlanned(string file, int trials) => PlanOf(file).Trials.Count.ShouldBe(trials);

    [Fact]
    public void BalancingBenchmark_HasThePublishedSearchSpace()
    {
        // Whatever the datasets and networks are, the search is the same.
        string[] small =
        [
            .. ((string[])["CelebA", "Waterbirds", "MultiNLI", "CivilComments"]).SelectMany(dataset => (string[])[$$"""datasets.{{dataset}}.settings.dataset={"kind":"drawn-digits"}""", $$"""datasets.{{dataset}}.settings.network={"kind":"mlp"}"""]),
            "methods.RWG.byDataset={}", "methods.SUBG.byDataset={}",
        ];

        TrialPlan plan = PlanOf("balancing-benchmark.json", small);

        plan.Trials.Count.ShouldBe(4 * 7 * 50 * 5);
        plan.Trials.Select(trial => trial.Seed).Distinct().ShouldBe([0, 1, 2, 3, 4]);
        plan.Trials.Select(trial => (trial.Method, trial.UsesGroups, trial.HyperParameters)).Distinct().ShouldBe(
            [("ERM", false, 4), ("JTT", false, 6), ("RWY", false, 4), ("SUBY", false, 4), ("RWG", true, 4), ("SUBG", true, 4), ("gDRO", true, 5)]);
        foreach (IGrouping<string, Trial> dataset in plan.Trials.GroupBy(trial => trial.Dataset))
        {
            bool text = dataset.Key is "MultiNLI" or "CivilComments";
            RunConfig[] runs = [.. dataset.Select(Configuration)];
            runs.Select(run => run.Epochs).Distinct().ShouldBe([dataset.Key switch { "Waterbirds" => 360, "CelebA" => 60, _ => 7 }]);
            runs.Select(run => run.Optimizer.LearningRate).Distinct().Order().ShouldBe([1e-5, 1e-4, 1e-3]);
            runs.Select(run => run.Optimizer.WeightDecay).Distinct().Order().ShouldBe([1e-4, 1e-3, 1e-2, 1e-1, 1]);
            runs.Select(run => run.BatchSize!.Value).Distinct().Order().ShouldBe(text ? [2, 4, 8, 16, 32] : [2, 4, 8, 16, 32, 64, 128]);
            runs.ShouldAllBe(run => run.Optimizer is SgdOptions && ((SgdOptions)run.Optimizer).Momentum == 0.9 && (run.Optimizer.Schedule is LinearScheduleOptions) == text);
            JustTrainTwiceOptions[] twice = [.. runs.Select(run => run.Procedure).OfType<JustTrainTwiceOptions>()];
            twice.Select(procedure => procedure.Factor).Distinct().Order().ShouldBe([4, 5, 6, 20, 50, 100]);
            twice.Select(procedure => procedure.FirstStageEpochs).Distinct().Order().ShouldBe(dataset.Key switch { "Waterbirds" => [40, 50, 60], "CelebA" => [1, 5, 10], _ => [1, 2] });
            twice.ShouldAllBe(procedure => procedure.SecondStageOptimizer is AdamWOptions == text);
            runs.Where(run => run.Procedure is JustTrainTwiceOptions && text).ShouldAllBe(run => ((JustTrainTwiceOptions)run.Procedure).SecondStageOptimizer!.WeightDecay == run.Optimizer.WeightDecay);
        }
    }

    internal static RunConfig Configuration(Trial trial) => JsonSerializer.Deserialize<RunConfig>(trial.Configuration, ConfigurationFile.Options)!;

    private static TrialPlan PlanOf(string file, params string[] overrides)
    {
        string path = Path.Combine(RunConfigTests.RepositoryRoot(), "recipes", "sweeps", file);
        return SweepPlanner.Plan(ConfigurationFile.Read<SweepConfig>(path, overrides), path, _ => { });
    }
}
