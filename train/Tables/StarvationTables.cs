using GradientDynamics.Train.Sweeps;

namespace GradientDynamics.Train.Tables;

/// <summary>
/// Tables 2 and 3 of Pezeshki et al., "Gradient Starvation", 2021, https://arxiv.org/abs/2011.09468. Deviations are those of a sample (n - 1); the paper's table 2 has those of a population.
/// </summary>
internal static class StarvationTables
{
    /// <summary>Table 2: accuracy in training and on the test set, for Colored MNIST.</summary>
    public static PaperTable TrainAndTest(SweepCollection collection) => Create(
        collection,
        "Accuracy in %",
        ("train", "train/average_accuracy"),
        ("test", "test/average_accuracy"),
        ["train: of the predictions on the way, in training mode."]);

    /// <summary>Table 3: average and worst-group accuracy on the test set, for CelebA.</summary>
    public static PaperTable AverageAndWorstGroup(SweepCollection collection) => Create(
        collection,
        "Test accuracy in %",
        ("average", "test/average_accuracy"),
        ("worst group", "test/worst_group_accuracy"),
        []);

    private static PaperTable Create(SweepCollection collection, string title, (string Header, string Figure) first, (string Header, string Figure) second, string[] notes)
    {
        Cells cells = new(collection);
        bool several = cells.Datasets.Count > 1;
        List<TableCell[]> rows = [];
        List<string> tests = [];
        foreach (string dataset in cells.Datasets)
        {
            CollectedCell[] methods = [.. cells.Methods.Select(method => cells[dataset, method.Name]).OfType<CollectedCell>()];
            SignificanceTest[] outcomes = [.. new[] { first, second }.Select(column => SignificanceTest.Of(methods, column.Figure))];
            rows.AddRange(methods.Select(cell => (TableCell[])[.. several ? (TableCell[])[dataset] : [], cell.Method, Cell(cell, first.Figure, outcomes[0]), Cell(cell, second.Figure, outcomes[1])]));
            tests.Add($"Alexander-Govern test among methods{(several ? $" on {dataset}" : "")}: {first.Header} {outcomes[0].Text}; {second.Header} {outcomes[1].Text}.");
        }

        return new()
        {
            Title = $"{title}{(several ? "" : $", {cells.Datasets[0]}")}, {cells.Seeds}",
            Selection = cells.Selection,
            Columns = [.. several ? (PaperColumn[])[new("dataset", false)] : [], new("method", false), new(first.Header, true), new(second.Header, true)],
            Rows = rows,
            Notes = [.. tests, .. notes, .. cells.Notes()],
        };
    }

    private static TableCell Cell(CollectedCell cell, string figure, SignificanceTest test)
    {
        CollectedFigure found = cell.Combinations[0].Figures[figure];
        return new() { Value = 100 * found.Mean, Deviation = 100 * found.StandardDeviation, PValue = test.PValue };
    }
}
