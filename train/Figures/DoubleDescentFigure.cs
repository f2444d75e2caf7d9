using GradientDynamics.CommandLine;

namespace GradientDynamics.Train.Figures;

/// <summary>Test error over weight decay and epoch as a heat map, and its course at the largest, the middle and the smallest weight decay.</summary>
/// <remarks>Pezeshki et al., "Multi-scale Feature Learning Dynamics: Insights for Double Descent", 2022, figure 5a-b, https://arxiv.org/abs/2112.03215.</remarks>
internal static class DoubleDescentFigure
{
    // Cells of the map along each axis: finer than the published sweep of 92 weight decays and 1001 epochs needs on paper.
    private const int Columns = 120;
    private const int Rows = 100;

    public static Figure Create(IReadOnlyList<FigureRun> runs)
    {
        (double Decay, Curve Error)[] curves = [.. RunGroup.Of(runs)
            .Select(group => (group.Runs[0].Configuration.Optimizer.WeightDecay, Error: EpochCurve.Of("", group, 0, EpochCurve.TestError)))
            .Where(curve => curve.WeightDecay > 0)
            .OrderBy(curve => curve.WeightDecay)];
        if (curves.Length < 3 || curves.Select(curve => curve.Decay).Distinct().Count() < curves.Length)
        {
            throw new CommandException(ExitCode.Configuration, "--runs: accepted are runs that differ in the seed and in optimizer.weightDecay, with three weight decays above 0 and more.");
        }

        if (curves.Any(curve => curve.Error.X.Count < 2))
        {
            throw new CommandException(ExitCode.Configuration, "--runs: accepted are runs with a test set that was evaluated twice and more at the same epochs.");
        }

        double[] decays = [.. ModelGrid.Spaced(Math.Log10(curves[0].Decay), Math.Log10(curves[^1].Decay), Columns).Select(exponent => Math.Pow(10, exponent))];
        double first = curves.Max(curve => curve.Error.X[0]);
        double last = curves.Min(curve => curve.Error.X[^1]);
        double[] epochs = [.. ModelGrid.Spaced(Math.Log10(first), Math.Log10(last), Rows).Select(exponent => Math.Pow(10, exponent))];
        double[][] values = [.. epochs.Select(epoch => decays.Select(decay => At(Nearest(curves, decay).Error, epoch)).ToArray())];
        (double Decay, Curve Error)[] slices = [curves[^1], Nearest(curves, Math.Sqrt(curves[0].Decay * curves[^1].Decay)), curves[0]];
        ResultTable table = new("slice", ResultColumn.Number("weight decay"), ResultColumn.Number("lowest error"), ResultColumn.Number("at epoch"), ResultColumn.Number("then highest"), ResultColumn.Number("at epoch"), ResultColumn.Number("last"));
        foreach ((string name, (double decay, Curve error)) in ((string[])["large", "intermediate", "small"]).Zip(slices))
        {
            // The first descent ends at the minimum of the first half of the epochs on the figure's axis.
            int half = Enumerable.Range(0, error.X.Count).Last(i => Math.Log(error.X[i]) <= (Math.Log(first) + Math.Log(last)) / 2);
            int low = Enumerable.Range(0, half + 1).MinBy(i => error.Y[i]);
            int high = Enumerable.Range(low, error.X.Count - low).MaxBy(i => error.Y[i]);
            table.Add(name, EpochCurve.Text(decay, "G3"), EpochCurve.Text(error.Y[low]), EpochCurve.Text(error.X[low], "F0"), EpochCurve.Text(error.Y[high]), EpochCurve.Text(error.X[high], "F0"), EpochCurve.Text(error.Y[^1]));
        }

        Panel map = new()
        {
            Title = "Test error",
            XLabel = "weight decay",
            YLabel = "epoch",
            XLogarithmic = true,
            YLogarithmic = true,
            XLimits = (decays[0], decays[^1]),
            YLimits = (first, last),
            Field = new("test error", decays, epochs, values, (values.Min(row => row.Min()), values.Max(row => row.Max())), IsDiverging: false),
        };
        Panel cuts = new()
        {
            Title = "Three weight decays",
            XLabel = "epoch",
            YLabel = "test error",
            XLogarithmic = true,
            Curves = [.. slices.Select((slice, index) => slice.Error with { Label = $"weight decay {EpochCurve.Text(slice.Decay, "G2")}", Color = index })],
        };
        return new([map, cuts], 2, table);
    }

    private static (double Decay, Curve Error) Nearest((double Decay, Curve Error)[] curves, double decay) => curves.MinBy(curve => Math.Abs(Math.Log(curve.Decay / decay)));

    private static double At(Curve curve, double epoch) => curve.Y[Enumerable.Range(0, curve.X.Count).MinBy(i => Math.Abs(Math.Log(curve.X[i] / epoch)))];
}
