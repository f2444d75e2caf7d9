using System.Text.Json;
using GradientDynamics.CommandLine;

namespace GradientDynamics.Train.Figures;

/// <summary>Accuracy of each group on the test set over the epochs, mean and standard deviation over the seeds.</summary>
internal static class GroupsFigure
{
    private const int PanelsInARow = 3;

    public static Figure Create(IReadOnlyList<FigureRun> runs)
    {
        List<Panel> panels = [];
        ResultTable table = new("configuration", "group", ResultColumn.Number("seeds"), ResultColumn.Number("last accuracy %"), ResultColumn.Number("highest %"), ResultColumn.Number("at epoch"));
        foreach (RunGroup group in RunGroup.Of(runs))
        {
            string[] names = group.Runs[0].Metrics() is [.., JsonElement last] ? [.. Groups(last).Select(each => each.GetProperty("name").GetString()!)] : [];
            if (names.Length == 0)
            {
                throw new CommandException(ExitCode.Configuration, $"{group.Runs[0].Directory.Path}: has no figures of a test set; accepted are runs with one.");
            }

            List<Curve> curves = [];
            foreach ((int number, string name) in names.Index())
            {
                Curve curve = EpochCurve.Of(name, group, number, line => Accuracy(line, number));
                if (curve.X.Count == 0)
                {
                    continue;
                }

                int best = Enumerable.Range(0, curve.X.Count).MaxBy(i => curve.Y[i]);
                table.Add(group.Name, name, EpochCurve.Text(group.Runs.Count, "F0"), EpochCurve.Text(curve.Y[^1], "F1"), EpochCurve.Text(curve.Y[best], "F1"), EpochCurve.Text(curve.X[best], "F0"));
                curves.Add(curve);
            }

            panels.Add(new() { Title = group.Name, XLabel = "epoch", YLabel = "test accuracy, %", YLimits = (-2, 102), Curves = curves });
        }

        return new(panels, PanelsInARow, table);
    }

    // Null for an empty group, which has no accuracy.
    private static double? Accuracy(JsonElement line, int number) =>
        Groups(line) is JsonElement[] groups && number < groups.Length && groups[number] is { ValueKind: JsonValueKind.Object } group && group.GetProperty("accuracy") is { ValueKind: JsonValueKind.Number } accuracy ? 100 * accuracy.GetDouble() : null;

    private static JsonElement[] Groups(JsonElement line) =>
        line.TryGetProperty("test", out JsonElement test) && test.ValueKind == JsonValueKind.Object ? [.. test.GetProperty("groups").EnumerateArray()] : [];
}
