using System.Text.Json;
using System.Text.Json.Nodes;
using GradientDynamics.CommandLine;
using GradientDynamics.Train.Sweeps;
using GradientDynamics.Train.Training;

namespace GradientDynamics.Train.Tests.Sweeps;

/// <summary>Collections against numbers by hand. Every split has two groups of 100 examples; a run is the accuracies of its epochs in hundredths.</summary>
public sealed class SweepCollectorTests
{
    // Means of three decimals: a double of this size has an error of 1e-16.
    private const double Rounding = 1e-12;

    [Theory]
    // Validation (worst, other) per epoch: (10, 90), (40, 50), (40, 70), (30, 95); test (20, 60), (21, 61), (22, 62), (23, 55).
    [InlineData("validation-worst-group", 2)]
    [InlineData("validation-average", 4)]
    [InlineData("validation-worst-class", 2)]
    [InlineData("last-epoch", 4)]
    [InlineData("test-worst-group-oracle", 4)]
    [InlineData("test-average-oracle", 3)]
    public void Collect_ChoosesTheEpochByTheRule(string rule, int epoch)
    {
        using TemporaryFolder folder = new();
        WriteSweep(folder, [new("A", 0, 0, [new(10, 90, 20, 60), new(40, 50, 21, 61), new(40, 70, 22, 62), new(30, 95, 23, 55)])]);

        SweepCollection collection = Collect(folder, rule);

        collection.Cells.ShouldHaveSingleItem().Combinations.ShouldHaveSingleItem().Epochs.ShouldBe([epoch]);
        collection.IsOracle.ShouldBe(rule.EndsWith("oracle", StringComparison.Ordinal));
        collection.Title.Contains("an oracle", StringComparison.Ordinal).ShouldBe(collection.IsOracle);
    }

    [Fact]
    public void Collect_ChoosesTheCombinationByTheMeanOverSeeds()
    {
        using TemporaryFolder folder = new();
        WriteSweep(folder,
        [
            // Validation worst groups 50 and 60, mean 55: one seed is the best of all, the mean is not.
            new("A", 0, 0, [new(50, 90, 10, 90)]), new("A", 0, 1, [new(60, 90, 20, 90)]),
            // 56 and 58, mean 57.
            new("A", 1, 0, [new(56, 90, 30, 90)]), new("A", 1, 1, [new(20, 90, 1, 1), new(58, 90, 37, 90)]),
            // 40 and 41.
            new("A", 2, 0, [new(40, 90, 99, 90)]), new("A", 2, 1, [new(41, 90, 99, 90)]),
        ]);

        CollectedCell cell = Collect(folder, "validation-worst-group").Cells.ShouldHaveSingleItem();

        cell.Combinations.Select(combination => combination.Settings["epochs"]!.Value.GetInt32()).ShouldBe([101, 100, 102]);
        cell.Combinations.Select(combination => combination.Score!.Value).ShouldBe([0.57, 0.55, 0.405], Rounding);
        CollectedFigure test = cell.Combinations[0].Figures["test/worst_group_accuracy"];
        test.Values.ShouldBe([0.30, 0.37]);
        test.Mean.ShouldBe(0.335, Rounding);
        // Two values that differ by 0.07: 0.07 / √2, with n - 1 in the denominator.
        test.StandardDeviation!.Value.ShouldBe(0.07 / Math.Sqrt(2), Rounding);
        cell.Combinations[0].Epochs.ShouldBe([1, 2]);
        cell.PlannedSeeds.ShouldBe(2);
        // Every epoch has 60 seconds.
        cell.MinutesPerEpoch.ShouldBe(1);
    }

    [Fact]
    public void Collect_OfTheLastEpoch_ComparesCombinationsByTheValidationSetThere()
    {
        using TemporaryFolder folder = new();
        WriteSweep(folder, [new("A", 0, 0, [new(90, 95, 10, 90), new(30, 95, 11, 90)]), new("A", 1, 0, [new(20, 95, 12, 90), new(35, 95, 13, 90)])]);

        SweepCollection collection = Collect(folder, "last-epoch");

        collection.ChosenBy.ShouldBe(["validation/worst_group_accuracy"]);
        collection.Cells[0].Combinations[0].Figures["test/worst_group_accuracy"].Mean.ShouldBe(0.13);
    }

    [Fact]
    public void Collect_LeavesOutWhatFailedOrIsUnfinished_AndPrefersCombinationsWithAllSeeds()
    {
        using TemporaryFolder folder = new();
        WriteSweep(folder,
        [
            new("A", 0, 0, [new(80, 90, 10, 90)]), new("A", 0, 1, null, "the loss is not a number"),
            new("A", 1, 0, [new(50, 90, 20, 90)]), new("A", 1, 1, [new(52, 90, 20, 90)]),
            new("A", 2, 0, null), new("A", 2, 1, null),
        ]);

        SweepCollection collection = Collect(folder, "validation-worst-group");

        collection.Failed.ShouldBe(new Dictionary<string, string> { ["data-A-000-seed1"] = "the loss is not a number" });
        collection.Unfinished.ShouldBe(2);
        collection.Done.ShouldBe(3);
        collection.Cells[0].Combinations.Select(combination => combination.Seeds.Count).ShouldBe([2, 1]);
    }

    [Fact]
    public void Collect_Where_TakesOnlyTrialsThatHaveTheValue()
    {
        using TemporaryFolder folder = new();
        WriteSweep(folder, [new("A", 0, 0, [new(80, 90, 10, 90)]), new("A", 1, 0, [new(50, 90, 20, 90)])]);

        // However the number is written.
        SweepCollection collection = Collect(folder, "validation-worst-group", ("epochs", "1.01e2"));

        collection.Done.ShouldBe(1);
        collection.Cells[0].Combinations[0].Score.ShouldBe(0.5);
        collection.Title.ShouldBe("selected by validation-worst-group, among runs with epochs 1.01e2");
        Should.Throw<CommandException>(() => Collect(folder, "validation-worst-group", ("epochs", "5"))).Message.ShouldContain("no trial has epochs 5");
    }

    [Fact]
    public void Collect_OfTwoFoldersOfOnePlan_CountsEachTrialOnce()
    {
        using TemporaryFolder first = new();
        using TemporaryFolder second = new();
        HandMade[] both = [new("A", 0, 0, [new(80, 90, 10, 90)]), new("A", 0, 1, [new(50, 90, 20, 90)])];
        WriteSweep(first, [both[0], both[1] with { Epochs = null }]);
        WriteSweep(second, both);

        SweepCollection collection = SweepCollector.Collect([first.Path, second.Path], SelectionRule.ValidationWorstGroup, new Dictionary<string, JsonElement?>(), 5, CancellationToken.None);

        collection.Done.ShouldBe(2);
        collection.Unfinished.ShouldBe(0);
        collection.Cells[0].Combinations.ShouldHaveSingleItem().Seeds.ShouldBe([0, 1]);
    }

    [Fact]
    public void Evolution_IsTheMeanOverTheBestCombinationsRunsThatHaveTheEpoch()
    {
        using TemporaryFolder folder = new();
        WriteSweep(folder,
        [
            new("A", 0, 0, [new(10, 90, 20, 60), new(40, 50, 30, 61)]),
            new("A", 1, 0, [new(20, 90, 40, 60)]),
            new("A", 2, 0, [new(5, 90, 90, 91)]),
        ]);

        CollectedEvolution evolution = SweepCollector.Collect([folder.Path], SelectionRule.ValidationWorstGroup, new Dictionary<string, JsonElement?>(), top: 2, CancellationToken.None).Cells[0].Evolution;

        (evolution.Combinations, evolution.Runs).ShouldBe((2, 2));
        evolution.Epochs.ShouldBe([1, 2]);
        evolution.Figures["test/worst_group_accuracy"].Select(value => value!.Value).ShouldBe([0.3, 0.3], Rounding);
        evolution.Figures["test/accuracy/zero"].Select(value => value!.Value).ShouldBe([0.3, 0.3], Rounding);
        evolution.Figures["test/accuracy/one"].Select(value => value!.Value).ShouldBe([0.6, 0.61], Rounding);
    }

    [Fact]
    public void Collect_OfARunWhoseLastLayerWasFitted_TakesTheFiguresAfterIt()
    {
        using TemporaryFolder folder = new();
        WriteSweep(folder, [new("A", 0, 0, [new(10, 90, 20, 60), new(40, 50, 30, 61)])]);
        string run = folder.Combine("runs", "data-A-000-seed0", "run.json");
        File.WriteAllText(run, """{ "result": { "selectedEpoch": 2, "selectedBy": "validation-worst-group", "lastLayer": { "inverseStrength": 1 }, "metrics": { "validation/worst_group_accuracy": 0.7, "test/worst_group_accuracy": 0.75 } } }""");

        Collect(folder, "validation-worst-group").Cells[0].Combinations[0].Figures["test/worst_group_accuracy"].Mean.ShouldBe(0.75);
        Should.Throw<CommandException>(() => Collect(folder, "validation-average")).Message.ShouldContain("accepted is that rule");
    }

    [Fact]
    public void EpochFigures_HaveTheNamesAndValuesOfTheMetrics()
    {
        SplitMetrics split = new(0.31, [new(0, "a", 120, 117), new(1, "b", 0, 0), new(2, "c, d", 30, 21)], [0.5, 0.1, 0.4], attributeCount: 1) { AreaUnderRoc = 0.94, CalibrationError = 0.03, Entropy = 0.2, AdversarialAccuracy = 0.55 };
        EpochMetrics metrics = new(3, 96, 0.31, 0.02, split, split, split, new Dictionary<string, double> { ["groupWeight0"] = 0.25 }, 1.25);

        EpochFigures figures = EpochFigures.Parse(JsonSerializer.Serialize(metrics, RunDirectory.LineOptions));

        (figures.Epoch, figures.Seconds).ShouldBe((3, 1.25));
        figures.Values.ShouldBe(MetricNames.All(metrics), ignoreOrder: true);
    }

    [Fact]
    public void Collection_ReadsBackAsItWasWritten()
    {
        using TemporaryFolder folder = new();
        WriteSweep(folder, [new("A", 0, 0, [new(10, 90, 20, 60)])]);
        string text = ConfigurationFile.Write(Collect(folder, "last-epoch"));
        File.WriteAllText(folder.Combine("c.json"), text);

        ConfigurationFile.Write(SweepCollection.Read(folder.Combine("c.json"))).ShouldBe(text);
    }

    [Fact]
    public async Task Collect_OfWhatIsNoSweep_IsOneLine()
    {
        using TemporaryFolder folder = new();

        CommandRun missing = await CommandRun.Of("sweep", "collect", folder.Combine("none"), "--output", folder.Combine("c.json"));
        CommandRun other = await CommandRun.Of("sweep", "collect", folder.Path, "--output", folder.Combine("c.json"));
        CommandRun rule = await CommandRun.Of("sweep", "collect", folder.Path, "--rule", "best", "--output", folder.Combine("c.json"));

        missing.ExitCode.ShouldBe(ExitCode.File);
        missing.ErrorLine.ShouldContain("no such folder; accepted is a folder that gd-train sweep run has written");
        other.ErrorLine.ShouldContain("has no plan.jsonl");
        rule.ExitCode.ShouldBe(ExitCode.Configuration);
        rule.ErrorLine.ShouldContain("validation-worst-group");
        File.Exists(folder.Combine("c.json")).ShouldBeFalse();
    }

    internal static SweepCollection Collect(TemporaryFolder folder, string rule, params (string Path, string Json)[] where) => SweepCollector.Collect(
        [folder.Path],
        Enum.GetValues<SelectionRule>().Single(value => ConfigurationKind.Name(value) == rule),
        where.ToDictionary(condition => condition.Path, condition => (JsonElement?)JsonElement.Parse(condition.Json)),
        top: 5,
        CancellationToken.None);

    /// <summary>Writes a sweep's folder. Epochs of the configuration are 100 plus the number of the combination, which tells combinations apart.</summary>
    internal static void WriteSweep(TemporaryFolder folder, HandMade[] trials)
    {
        JsonObject configuration = JsonNode.Parse(TinyRun.Json)!.AsObject();
        List<Trial> plan = [];
        foreach (HandMade hand in trials)
        {
            configuration["epochs"] = 100 + hand.Combination;
            configuration["seed"] = hand.Seed;
            Trial trial = new()
            {
                Id = $"data-{hand.Method}-{hand.Combination:000}-seed{hand.Seed}",
                Dataset = "data",
                Method = hand.Method,
                UsesGroups = false,
                HyperParameters = 2,
                Combination = hand.Combination,
                Seed = hand.Seed,
                Recipe = null,
                Settings = new Dictionary<string, JsonElement?> { ["epochs"] = JsonSerializer.SerializeToElement(100 + hand.Combination) },
                Configuration = JsonSerializer.SerializeToElement(configuration),
            };
            plan.Add(trial);
            if (hand.Epochs is not null)
            {
                string run = Directory.CreateDirectory(folder.Combine("runs", trial.Id)).FullName;
                File.WriteAllText(Path.Combine(run, "run.json"), """{ "result": { "selectedEpoch": 1, "selectedBy": "last-epoch", "lastLayer": null, "metrics": {} } }""");
                File.WriteAllLines(Path.Combine(run, "metrics.jsonl"), hand.Epochs.Index().Select(epoch => JsonSerializer.Serialize(epoch.Item.ToMetrics(epoch.Index + 1), RunDirectory.LineOptions)));
            }
            else if (hand.Reason is not null)
            {
                Directory.CreateDirectory(folder.Combine("trials"));
                File.WriteAllText(folder.Combine("trials", $"{trial.Id}.json"), ConfigurationFile.Write(new TrialOutcome { Id = trial.Id, State = TrialState.Failed, ExitCode = 5, Reason = hand.Reason, Attempts = 1, Seconds = 1, PeakMemoryGib = 0 }));
            }
        }

        File.WriteAllText(folder.Combine("plan.jsonl"), new TrialPlan(plan).ToText());
    }

    /// <summary>One trial; without epochs it is unfinished, or with a reason failed.</summary>
    internal sealed record HandMade(string Method, int Combination, long Seed, HandMadeEpoch[]? Epochs, string? Reason = null);

    /// <summary>Accuracies of an epoch in hundredths: validation and test, of two groups.</summary>
    internal sealed record HandMadeEpoch(int ValidationZero, int ValidationOne, int TestZero, int TestOne)
    {
        public EpochMetrics ToMetrics(int epoch) => new(epoch, epoch, 0.1, 0, Split(1, 2), Split(ValidationZero, ValidationOne), Split(TestZero, TestOne), new Dictionary<string, double>(), Seconds: 60);

        private static SplitMetrics Split(int zero, int one) => new(0.5, [new(0, "zero", 100, zero), new(1, "one", 100, one)], [0.5, 0.5], attributeCount: 1);
    }
}
