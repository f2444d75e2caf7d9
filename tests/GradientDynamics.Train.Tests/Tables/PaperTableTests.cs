using System.Text.Json;
using System.Xml.Linq;
using GradientDynamics.CommandLine;
using GradientDynamics.Train.Sweeps;
using GradientDynamics.Train.Tables;
using GradientDynamics.Train.Training;

namespace GradientDynamics.Train.Tests.Tables;

public sealed class PaperTableTests
{
    // The samples of the golden Alexander-Govern test: scipy.stats.alexandergovern gives the statistic 6.561871121875965 and the probability value 0.08725413666268993.
    private static readonly (string Method, double[] Values)[] Golden =
    [
        ("ERM", [79.7, 83.1, 75.2, 80.4, 80.1]),
        ("RWY", [82.9, 80.5, 84.9, 82.0, 84.2]),
        ("JTT", [75.6, 70.1, 83.9, 66.2, 82.2]),
        ("SUBY", [79.9, 76.0, 83.3, 78.1, 82.2]),
    ];

    private static readonly SweepCollection Collection = Create(
        SelectionRule.ValidationWorstGroup,
        [
            .. Golden.Select(method => Cell("CelebA", method.Method, usesGroups: false, method.Values)),
            Cell("CelebA", "RWG", usesGroups: true, [84.0, 84.5, 85.0, 84.2, 84.8]),
            Cell("CelebA", "gDRO", usesGroups: true, [87.0, 86.5, 86.0, 86.2, 86.8]),
            .. Golden.Select(method => Cell("Waterbirds", method.Method, usesGroups: false, [.. method.Values.Select(value => value - 10)])),
            Cell("Waterbirds", "RWG", usesGroups: true, [80, 80, 80, 80, 80]),
            Cell("Waterbirds", "gDRO", usesGroups: true, [70, 71, 72, 73, 74], plannedSeeds: 6),
        ]);

    /// <summary>A collection in which every key has a value.</summary>
    internal static SweepCollection Example => Create(
        SelectionRule.LastEpoch,
        [
            Cell("CelebA", "ERM", usesGroups: false, [79.5, 80.5]) with
            {
                Combinations = [Combination([79.5, 80.5], rate: 1e-4, decay: 1e-2, batch: 32, epochs: [7, 12]) with { Settings = new Dictionary<string, JsonElement?> { ["batchSize"] = JsonElement.Parse("32") } }],
            },
        ]) with
    {
        Where = new Dictionary<string, JsonElement?> { ["optimizer.weightDecay"] = JsonElement.Parse("1e-4") },
        ChosenBy = ["validation/worst_group_accuracy"],
        Failed = new Dictionary<string, string> { ["CelebA-ERM-001-seed0"] = "the loss is not a number" },
    };

    // Of RWG and gDRO the statistic is 15.35 and the probability value 8.9e-5, computed from the formulas of Alexander and Govern in Python.
    [Fact]
    public void BalancingTable2_AsText() => TableText.Write(BalancingTables.WorstGroup(Collection), TableFormat.Text).ShouldBe("""
        Test worst-group accuracy in %, mean ± sample standard deviation over 5 seeds
        Epoch and hyper-parameters selected by validation-worst-group

        method  #HP  groups       CelebA  Waterbirds  average
        ------  ---  ------  -----------  ----------  -------
        ERM       4  no       79.7 ± 2.8  69.7 ± 2.8     74.7
        RWY       4  no       82.9 ± 1.8  72.9 ± 1.8     77.9
        JTT       4  no       75.6 ± 7.6  65.6 ± 7.6     70.6
        SUBY      4  no       79.9 ± 3.0  69.9 ± 3.0     74.9
        RWG       4  yes     84.5 ± 0.4*  80.0 ± 0.0     82.2
        gDRO      4  yes     86.5 ± 0.4*  72.0 ± 1.6     79.2

        Alexander-Govern test among methods that do not use groups: CelebA A = 6.56, p = 0.087; Waterbirds A = 6.56, p = 0.087.
        Alexander-Govern test among methods that use groups: CelebA A = 15.35, p < 0.0001; Waterbirds no test where a method has the same value with every seed.
        * marks methods that differ at the level 0.05.
        Fewer seeds than planned: gDRO on Waterbirds (5 of 6).

        """);

    [Fact]
    public void BalancingTable2_OfTheGoldenSamples_HasTheGoldenProbability()
    {
        PaperTable table = BalancingTables.WorstGroup(Collection);

        // As close as the test of the statistic itself: ten digits.
        table.Rows[0][3].PValue!.Value.ShouldBe(0.08725413666268993, 1e-10);
        table.Rows[0][3].Marked.ShouldBeFalse();
        table.Rows[5][3].Marked.ShouldBeTrue();
    }

    [Fact]
    public void BalancingTable3_ShowsWhatOtherSelectionsLose()
    {
        SweepCollection average = Create(SelectionRule.ValidationAverage, [.. Collection.Cells.Select(cell => Shifted(cell, -8))]);
        SweepCollection last = Create(SelectionRule.LastEpoch, [.. Collection.Cells.Select(cell => Shifted(cell, cell.Method == "RWG" ? 1 : -3))]) with { Where = new Dictionary<string, JsonElement?> { ["optimizer.weightDecay"] = JsonElement.Parse("1e-4") }, ChosenBy = ["validation/worst_group_accuracy"] };

        TableText.Write(BalancingTables.Ablations([Collection, average, last]), TableFormat.Markdown).ShouldBe("""
            Test worst-group accuracy in %, averaged over CelebA, Waterbirds  
            Epoch and hyper-parameters selected by validation-worst-group

            |                                           |  ERM |  RWY |  JTT | SUBY |  RWG | gDRO |
            | ----------------------------------------- | ---: | ---: | ---: | ---: | ---: | ---: |
            | best                                      | 74.7 | 77.9 | 70.6 | 74.9 | 82.2 | 79.2 |
            | without attributes in validation          | -8.0 | -8.0 | -8.0 | -8.0 | -8.0 | -8.0 |
            | without early stopping and regularization | -3.0 | -3.0 | -3.0 | -3.0 | +1.0 | -3.0 |
            | minutes per epoch                         | 1.50 | 1.50 | 1.50 | 1.50 | 1.50 | 1.50 |

            without attributes in validation, change: Epoch and hyper-parameters selected by validation-average.  
            without early stopping and regularization, change: Epoch selected by last-epoch, among runs with optimizer.weightDecay 1e-4, hyper-parameters by validation/worst_group_accuracy there.  
            minutes per epoch: median over the epochs of all runs, then mean over datasets.  
            Fewer seeds than planned: gDRO on Waterbirds (5 of 6).

            """);
    }

    [Fact]
    public void BalancingTable4_SummarisesTheBestCombinations()
    {
        CollectedCombination first = Combination([80, 82], rate: 1e-3, decay: 1e-2, batch: 32, epochs: [10, 20]);
        CollectedCombination second = Combination([70, 76], rate: 1e-5, decay: 1e-2, batch: 64, epochs: [30, 40]);
        SweepCollection collection = Create(SelectionRule.ValidationWorstGroup, [Cell("CelebA", "ERM", usesGroups: false, []) with { Combinations = [first, second] }]);

        string text = TableText.Write(BalancingTables.HyperParameters(collection), TableFormat.Text);

        text.ShouldContain("CelebA   no      ERM              -4.0 ± 1.4          -2.0 ± 0.0  25.0 ± 14.1  48.0 ± 22.6  [73.0, 81.0]         8.0");
        text.ShouldContain("Epoch and hyper-parameters selected by validation-worst-group");
        text.ShouldContain("Where a method has fewer combinations, these are all.");
    }

    // The statistic is 23.31 and the probability value 1.4e-6, computed from the formulas of Alexander and Govern in Python.
    [Fact]
    public void StarvationTable2_AsLatex()
    {
        SweepCollection collection = Create(SelectionRule.LastEpoch, [Cell("colored_mnist", "ERM", usesGroups: false, [23, 24, 25]), Cell("colored_mnist", "SD", usesGroups: false, [68, 67, 69])]) with { ChosenBy = [] };

        TableText.Write(StarvationTables.TrainAndTest(collection), TableFormat.Latex).ShouldBe("""
            % Packages: booktabs; xcolor with the option table.
            \begin{table}
            \centering
            \begin{tabular}{lrr}
            \toprule
            method & train & test \\
            \midrule
            ERM & $74.0 \pm 1.0$ & $34.0 \pm 1.0$ \\
            SD & $118.0 \pm 1.0$ & $78.0 \pm 1.0$ \\
            \bottomrule
            \end{tabular}
            \caption{Accuracy in \%, colored\_mnist, mean $\pm$ sample standard deviation over 3 seeds. Epoch selected by last-epoch. Alexander-Govern test among methods: train A = 23.31, p < 0.0001; test A = 23.31, p < 0.0001. train: of the predictions on the way, in training mode.}
            \end{table}

            """);
    }

    [Fact]
    public void StarvationTable3_AsCsv_NamesTheOracle()
    {
        SweepCollection collection = Create(SelectionRule.TestWorstGroupOracle, [Cell("celeba", "ERM", usesGroups: false, [40.5]), Cell("celeba", "a, b", usesGroups: false, [83])]);

        TableText.Write(StarvationTables.AverageAndWorstGroup(collection), TableFormat.Csv).ShouldBe("""
            method,average,worst group,selection
            ERM,50.5,40.5,"Epoch and hyper-parameters selected by test-worst-group-oracle: chosen on the test set, an oracle"
            "a, b",93,83,"Epoch and hyper-parameters selected by test-worst-group-oracle: chosen on the test set, an oracle"

            """);
    }

    [Fact]
    public async Task Commands_WriteTablesAndFigures()
    {
        using TemporaryFolder folder = new();
        string file = folder.Combine("c.json");
        File.WriteAllText(file, ConfigurationFile.Write(Collection));

        CommandRun printed = await CommandRun.Of("table", "balancing-table-2", "--results", file, "--format", "csv");
        CommandRun written = await CommandRun.Of("table", "balancing-table-3", "--results", file, "--output", folder.Combine("t.txt"));
        CommandRun png = await CommandRun.Of("table", "evolution", "--results", file, "--output", folder.Combine("e.png"));
        CommandRun svg = await CommandRun.Of("table", "evolution", "--results", file, "--curves", "groups", "--output", folder.Combine("e.svg"));
        CommandRun csv = await CommandRun.Of("table", "evolution", "--results", file, "--curves", "ranks", "--window", "2", "--output", folder.Combine("e.csv"));

        printed.ExitCode.ShouldBe(ExitCode.Done, printed.Error);
        printed.Output.ShouldStartWith("method,#HP,groups,CelebA,CelebA standard deviation,CelebA p,Waterbirds,");
        written.Output.ShouldBeEmpty();
        File.ReadAllText(folder.Combine("t.txt")).ShouldContain("minutes per epoch");
        png.ExitCode.ShouldBe(ExitCode.Done, png.Error);
        File.ReadAllBytes(folder.Combine("e.png"))[1..4].ShouldBe("PNG"u8.ToArray());
        svg.ExitCode.ShouldBe(ExitCode.Done, svg.Error);
        // Twelve cells, test above training, 420 x 320 each.
        XElement root = XDocument.Load(folder.Combine("e.svg")).Root!;
        (root.Attribute("width")!.Value, root.Attribute("height")!.Value).ShouldBe(("5040", "640"));
        root.Elements().Count().ShouldBe(24);
        csv.ExitCode.ShouldBe(ExitCode.Done, csv.Error);
        // Epoch 1: JTT is at 75.6 in CelebA, the last of six. Epoch 2 is ten points better for all.
        File.ReadAllLines(folder.Combine("e.csv")).ShouldContain("\"CelebA, test\",JTT,1,6");
    }

    [Fact]
    public void Curves_AreAveragedOverTheWindowUpToTheirPoint()
    {
        string[] lines = CsvText.Of(EvolutionFigure.Of(Collection, EvolutionCurves.Methods, window: 2).Table).Split('\n');

        // 69.6 and 79.6 hundredths; the mean of both.
        double[] values = [.. lines.Where(line => line.StartsWith("\"CelebA, test\",ERM,", StringComparison.Ordinal)).Select(line => double.Parse(line.Split(',')[^1]))];
        values.Length.ShouldBe(2);
        values[0].ShouldBe(79.7, 1e-9);
        values[1].ShouldBe(84.7, 1e-9);
    }

    [Fact]
    public void Ranks_OfEqualValues_AreShared() => EvolutionFigure.Ranks([0.5, 0.9, 0.5, 0.1]).ShouldBe([2.5, 1, 2.5, 4]);

    [Theory]
    [InlineData("--results", "none.json", "--output", "x.svg", "no such file; gd-train sweep collect writes one")]
    [InlineData("--results", "none.json", "--output", "x.jpg", "accepted are names that end in .png, .svg or .csv")]
    [InlineData("--window", "0", "--output", "x.svg", "accepted is a whole number from 1")]
    public async Task Evolution_OfWrongArguments_IsOneLine(string name, string value, string output, string file, string part)
    {
        CommandRun run = await CommandRun.Of(name == "--window" ? ["table", "evolution", "--results", "none.json", name, value, output, file] : ["table", "evolution", name, value, output, file]);

        run.ErrorLine.ShouldContain(part);
    }

    [Fact]
    public async Task Table_OfAFileThatIsNoCollection_SaysWhatIsWrong()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.Combine("c.json"), """{ "schemaVersion": 1 }""");

        CommandRun run = await CommandRun.Of("table", "balancing-table-2", "--results", folder.Combine("c.json"));

        run.ExitCode.ShouldBe(ExitCode.File);
        run.ErrorLine.ShouldContain("required key 'tool' is missing");
        run.ErrorLine.ShouldContain("Accepted is a file of gd-train sweep collect.");
    }

    internal static SweepCollection Create(SelectionRule rule, IReadOnlyList<CollectedCell> cells) => new()
    {
        Tool = "gd-train 0.1.0",
        Rule = rule,
        IsOracle = rule.IsOracle(),
        ChosenBy = rule.Figures(),
        Where = new Dictionary<string, JsonElement?>(),
        Sweeps = ["/sweeps/one"],
        Done = 60,
        Unfinished = 0,
        Failed = new Dictionary<string, string>(),
        Cells = cells,
    };

    private static CollectedCell Cell(string dataset, string method, bool usesGroups, double[] testWorst, int? plannedSeeds = null) => new()
    {
        Dataset = dataset,
        Method = method,
        UsesGroups = usesGroups,
        HyperParameters = 4,
        PlannedSeeds = plannedSeeds ?? testWorst.Length,
        MinutesPerEpoch = 1.5,
        Combinations = testWorst.Length == 0 ? [] : [Combination(testWorst, rate: 1e-3, decay: 0, batch: null, epochs: [.. testWorst.Select(_ => 7)])],
        Evolution = new()
        {
            Combinations = 1,
            Runs = testWorst.Length,
            Epochs = [1, 2],
            Figures = new Dictionary<string, IReadOnlyList<double?>>
            {
                ["test/worst_group_accuracy"] = testWorst.Length == 0 ? [] : [testWorst.Average() / 100, (testWorst.Average() + 10) / 100],
                ["train/worst_group_accuracy"] = [0.5, null],
                ["test/accuracy/blond, male"] = [0.25, 0.75],
            },
        },
    };

    private static CollectedCombination Combination(double[] testWorst, double rate, double decay, int? batch, int[] epochs) => new()
    {
        Trials = [.. testWorst.Select((_, seed) => $"t{seed}")],
        Seeds = [.. testWorst.Select((_, seed) => (long)seed)],
        Settings = new Dictionary<string, JsonElement?>(),
        LearningRate = rate,
        WeightDecay = decay,
        BatchSize = batch,
        Score = 0.5,
        Epochs = epochs,
        // Some average is ten, some training accuracy fifty points above.
        Figures = new Dictionary<string, CollectedFigure> { ["test/worst_group_accuracy"] = Figure(testWorst, 0), ["test/average_accuracy"] = Figure(testWorst, 10), ["train/average_accuracy"] = Figure(testWorst, 50) },
    };

    private static CollectedCell Shifted(CollectedCell cell, double by) => cell with
    {
        Combinations = [.. cell.Combinations.Select(combination => combination with { Figures = new Dictionary<string, CollectedFigure> { ["test/worst_group_accuracy"] = Figure([.. combination.Figures["test/worst_group_accuracy"].Values.Select(value => 100 * value)], by) } })],
    };

    private static CollectedFigure Figure(double[] hundredths, double more)
    {
        double[] values = [.. hundredths.Select(value => (value + more) / 100)];
        double mean = values.Length == 0 ? 0 : values.Average();
        return new(mean, values.Length > 1 ? Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Length - 1)) : null, values);
    }
}
