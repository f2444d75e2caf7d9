using System.Globalization;
using GradientDynamics.CommandLine;
using GradientDynamics.Statistics;
using GradientDynamics.Train.Sweeps;
using GradientDynamics.Train.Training;

namespace GradientDynamics.Train.Tables;

/// <summary>Tables 2, 3 and 4 of Idrissi et al., "Simple data balancing achieves competitive worst-group-accuracy", 2022, https://arxiv.org/abs/2110.14503.</summary>
internal static class BalancingTables
{
    private const string TestWorst = "test/worst_group_accuracy";
    private const string Mark = "* marks methods that differ at the level 0.05.";

    // Combinations of settings that table 4 summarises.
    private const int Best = 5;

    /// <summary>Table 2: test worst-group accuracy of every method on every dataset, and whether methods that know as much differ.</summary>
    public static PaperTable WorstGroup(SweepCollection collection)
    {
        Cells cells = new(collection);
        List<string> notes = [];
        Dictionary<(string Dataset, bool UsesGroups), SignificanceTest> tests = [];
        foreach (bool usesGroups in cells.Methods.Select(method => method.UsesGroups).Distinct())
        {
            List<string> outcomes = [];
            foreach (string dataset in cells.Datasets)
            {
                SignificanceTest test = SignificanceTest.Of([.. cells.Methods.Where(method => method.UsesGroups == usesGroups).Select(method => cells[dataset, method.Name]).OfType<CollectedCell>()], TestWorst);
                tests.Add((dataset, usesGroups), test);
                outcomes.Add($"{dataset} {test.Text}");
            }

            notes.Add($"Alexander-Govern test among methods that {(usesGroups ? "use" : "do not use")} groups: {string.Join("; ", outcomes)}.");
        }

        if (tests.Values.Any(test => test.IsSignificant))
        {
            notes.Add(Mark);
        }

        List<TableCell[]> rows = [];
        foreach (Method method in cells.Methods)
        {
            TableCell[] figures = [.. cells.Datasets.Select(dataset => Cell(cells[dataset, method.Name], tests[(dataset, method.UsesGroups)]))];
            rows.Add(
            [
                method.Name,
                new() { Value = method.HyperParameters, Decimals = 0 },
                method.UsesGroups ? "yes" : "no",
                .. figures,
                new() { Value = figures.All(figure => figure.Value is not null) ? figures.Average(figure => figure.Value) : null },
            ]);
        }

        return new()
        {
            Title = $"Test worst-group accuracy in %, {cells.Seeds}",
            Selection = cells.Selection,
            Columns = [new("method", false), new("#HP", true), new("groups", false), .. cells.Datasets.Select(dataset => new PaperColumn(dataset, true)), new("average", true)],
            Rows = rows,
            Notes = [.. notes, .. cells.Notes()],
        };

        static TableCell Cell(CollectedCell? cell, SignificanceTest test) => cell?.Combinations[0].Figures[TestWorst] is { } figure
            ? new() { Value = 100 * figure.Mean, Deviation = 100 * figure.StandardDeviation, PValue = test.PValue, Marked = test.IsSignificant }
            : new();
    }

    /// <summary>
    /// Table 3: the best test worst-group accuracy averaged over datasets, how much of it other ways of selection lose, and the time of an epoch. The first collection is the reference; the paper's
    /// others are by validation-average, and by last-epoch among runs with weight decay 1e-4.
    /// </summary>
    public static PaperTable Ablations(IReadOnlyList<SweepCollection> collections)
    {
        Cells reference = new(collections[0]);
        TableCell[] best = [.. reference.Methods.Select(method => new TableCell { Value = Average(reference, method) })];
        List<TableCell[]> rows = [["best", .. best]];
        List<string> notes = [];
        foreach ((int number, SweepCollection collection) in collections.Skip(1).Index())
        {
            Cells other = new(collection);
            if (!other.Datasets.Order().SequenceEqual(reference.Datasets.Order()))
            {
                throw new CommandException(ExitCode.Configuration, $"the collection {collection.Title} has the datasets {string.Join(", ", other.Datasets)}, the first {string.Join(", ", reference.Datasets)}; accepted are collections of the same sweeps.");
            }

            string name = Name(collection, number);
            rows.Add([name, .. reference.Methods.Select((method, i) => new TableCell { Value = Average(other, method) - best[i].Value, Signed = true })]);
            notes.Add($"{name}, change: {other.Selection}.");
        }

        rows.Add(["minutes per epoch", .. reference.Methods.Select(method => new TableCell { Value = reference.Mean(method, cell => cell.MinutesPerEpoch), Decimals = 2 })]);
        notes.Add("minutes per epoch: median over the epochs of all runs, then mean over datasets.");
        return new()
        {
            Title = $"Test worst-group accuracy in %, averaged over {string.Join(", ", reference.Datasets)}",
            Selection = reference.Selection,
            Columns = [new("", false), .. reference.Methods.Select(method => new PaperColumn(method.Name, true))],
            Rows = rows,
            Notes = [.. notes, .. collections.SelectMany(collection => new Cells(collection).Notes()).Distinct()],
        };

        static double? Average(Cells cells, Method method) => cells.Mean(method, cell => 100 * cell.Combinations[0].Figures[TestWorst].Mean);
        static string Name(SweepCollection collection, int number) => collection.Rule switch
        {
            SelectionRule.ValidationAverage or SelectionRule.ValidationWorstClass when collection.Where.Count == 0 => "without attributes in validation",
            SelectionRule.LastEpoch => "without early stopping" + (collection.Where.ContainsKey("optimizer.weightDecay") ? " and regularization" : ""),
            _ => string.Create(CultureInfo.InvariantCulture, $"other selection {number + 1}"),
        };
    }

    /// <summary>Table 4: hyper-parameters of the five best combinations of each method on each dataset, and the range of their mean test worst-group accuracies.</summary>
    public static PaperTable HyperParameters(SweepCollection collection)
    {
        Cells cells = new(collection);
        List<TableCell[]> rows = [];
        bool fewer = false;
        foreach (string dataset in cells.Datasets)
        {
            foreach (Method method in cells.Methods)
            {
                if (cells[dataset, method.Name] is not { } cell)
                {
                    continue;
                }

                CollectedCombination[] best = [.. cell.Combinations.Where(combination => combination.Seeds.Count == cell.Combinations[0].Seeds.Count).Take(Best)];
                fewer |= best.Length < Best;
                double[] tests = [.. best.Select(combination => 100 * combination.Figures[TestWorst].Mean)];
                rows.Add(
                [
                    dataset,
                    method.UsesGroups ? "yes" : "no",
                    method.Name,
                    Over(best, combination => Math.Log10(combination.LearningRate)),
                    Over(best, combination => combination.WeightDecay > 0 ? Math.Log10(combination.WeightDecay) : null),
                    Over(best, combination => combination.Epochs.Average()),
                    Over(best, combination => combination.BatchSize),
                    new() { Value = tests.Min(), Upper = tests.Max() },
                    new() { Value = tests.Max() - tests.Min() },
                ]);
            }
        }

        return new()
        {
            Title = string.Create(CultureInfo.InvariantCulture, $"Hyper-parameters of the {Best} best combinations, mean ± sample standard deviation, and the range of their test worst-group accuracies in %"),
            Selection = cells.Selection,
            Columns = [new("dataset", false), new("groups", false), new("method", false), new("log10 learning rate", true), new("log10 weight decay", true), new("epoch", true), new("batch size", true), new("range", true), new("difference", true)],
            Rows = rows,
            Notes =
            [
                "epoch: that of a combination is the mean over its seeds.",
                .. fewer ? (string[])["Where a method has fewer combinations, these are all."] : [],
                .. cells.Notes(),
            ],
        };

        // A setting that one of them lacks (no weight decay, a step that has the whole epoch) has no mean.
        static TableCell Over(CollectedCombination[] combinations, Func<CollectedCombination, double?> setting)
        {
            double?[] values = [.. combinations.Select(setting)];
            if (values.Any(value => value is null))
            {
                return new();
            }

            Sample sample = Sample.Of([.. values.Select(value => value!.Value)]);
            return new() { Value = sample.Mean, Deviation = sample.Count > 1 ? sample.StandardDeviation : null };
        }
    }
}
