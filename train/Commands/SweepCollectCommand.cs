using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using GradientDynamics.CommandLine;
using GradientDynamics.Train.Sweeps;
using GradientDynamics.Train.Training;

namespace GradientDynamics.Train.Commands;

/// <summary><c>gd-train sweep collect</c>: chooses epochs and hyper-parameters by a rule, and writes means and deviations over seeds.</summary>
internal static class SweepCollectCommand
{
    // As many as Idrissi et al., 2022, average in their figure 2 and table 4.
    private const int DefaultTop = 5;

    public static Command Create()
    {
        Argument<string[]> sweeps = new("sweeps") { Description = "Folders of sweeps.", Arity = ArgumentArity.OneOrMore };
        Option<string> rule = new("--rule")
        {
            Description = $"What chooses epochs and combinations of settings: {string.Join(", ", Rules)}. Default validation-worst-group.",
            DefaultValueFactory = _ => ConfigurationKind.Name(SelectionRule.ValidationWorstGroup),
        };
        rule.AcceptOnlyFromAmong(Rules);
        Option<string[]> where = new("--where") { Description = "Collects only trials whose configuration has this value, as path.to.key=value; may be repeated.", DefaultValueFactory = _ => [] };
        Option<int> top = new("--top") { Description = "Best combinations of each method whose course of training is averaged. Default 5.", DefaultValueFactory = _ => DefaultTop };
        top.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 1)
            {
                result.AddError($"--top: is {result.Tokens[0].Value}; accepted is a whole number from 1.");
            }
        });
        Option<string> output = new("--output") { Description = "The collection (JSON); one of that name is replaced.", Required = true };
        Option<bool> json = CommandOutput.JsonOption();

        Command command = new("collect", "Chooses the epoch of each run and the settings of each method by a rule, and writes means and deviations over seeds.") { sweeps, rule, where, top, output, json };
        command.SetAction((result, cancellationToken) =>
        {
            CommandOutput console = CommandOutput.Of(result, json);
            SelectionRule chosen = Enum.GetValues<SelectionRule>().First(value => ConfigurationKind.Name(value) == result.GetValue(rule));
            SweepCollection collection = SweepCollector.Collect(
                result.GetRequiredValue(sweeps), chosen, result.GetRequiredValue(where).Select(Condition).ToDictionary(), result.GetValue(top), cancellationToken);
            AtomicFile.WriteText(result.GetRequiredValue(output), ConfigurationFile.Write(collection));
            Warn(collection, console.Error);
            SweepCollectResult collected = SweepCollectResult.Of(Path.GetFullPath(result.GetRequiredValue(output)), collection);
            console.Write(collected, collected.ToTable());
            return Task.FromResult((int)ExitCode.Done);
        });
        return command;
    }

    private static string[] Rules => [.. Enum.GetValues<SelectionRule>().Select(ConfigurationKind.Name)];

    private static KeyValuePair<string, JsonElement?> Condition(string text)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0)
        {
            throw new CommandException(ExitCode.Configuration, $"--where {text}: is no condition; accepted is path=value, for example optimizer.weightDecay=1e-4.");
        }

        string value = text[(equals + 1)..];
        try
        {
            JsonElement parsed = JsonElement.Parse(value);
            return new(text[..equals], parsed.ValueKind == JsonValueKind.Null ? null : parsed);
        }
        catch (JsonException)
        {
            return new(text[..equals], JsonSerializer.SerializeToElement(value));
        }
    }

    private static void Warn(SweepCollection collection, TextWriter error)
    {
        if (collection.Failed.Count + collection.Unfinished > 0)
        {
            error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{collection.Failed.Count} trials failed and {collection.Unfinished} have not ended; they are left out."));
        }

        foreach (CollectedCell cell in collection.Cells.Where(cell => cell.Combinations[0].Seeds.Count < cell.PlannedSeeds))
        {
            error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{cell.Method} on {cell.Dataset}: no combination has all {cell.PlannedSeeds} seeds; chosen is among those with {cell.Combinations[0].Seeds.Count}."));
        }
    }
}

/// <summary>Result of <c>gd-train sweep collect</c>.</summary>
internal sealed record SweepCollectResult(string Collection, SelectionRule Rule, bool IsOracle, int Done, int Failed, int Unfinished, IReadOnlyList<ChosenCombination> Chosen)
{
    private const string TestWorst = "test/worst_group_accuracy";
    private const string TestAverage = "test/average_accuracy";

    public static SweepCollectResult Of(string path, SweepCollection collection) => new(
        path,
        collection.Rule,
        collection.IsOracle,
        collection.Done,
        collection.Failed.Count,
        collection.Unfinished,
        [.. collection.Cells.Select(cell => new ChosenCombination(
            cell.Dataset,
            cell.Method,
            string.Join(", ", cell.Combinations[0].Settings.Select(pair => $"{pair.Key} {pair.Value?.GetRawText() ?? "null"}")),
            cell.Combinations[0].Seeds.Count,
            cell.Combinations[0].Epochs.Average(),
            cell.Combinations[0].Figures.GetValueOrDefault(TestAverage),
            cell.Combinations[0].Figures.GetValueOrDefault(TestWorst)))]);

    public ResultTable ToTable()
    {
        ResultTable table = new("dataset", "method", "settings", ResultColumn.Number("seeds"), ResultColumn.Number("mean epoch"), ResultColumn.Number("test average %"), ResultColumn.Number("test worst group %"))
        {
            Title = string.Create(CultureInfo.InvariantCulture, $"{Collection}: {Done} trials, {Rule.Title()}"),
        };
        foreach (ChosenCombination chosen in Chosen)
        {
            table.Add(
                chosen.Dataset, chosen.Method, chosen.Settings, chosen.Seeds.ToString(CultureInfo.InvariantCulture), chosen.MeanEpoch.ToString("F1", CultureInfo.InvariantCulture), Percent(chosen.TestAverage), Percent(chosen.TestWorstGroup));
        }

        return table;
    }

    private static string Percent(CollectedFigure? figure) => figure is null ? ""
        : string.Create(CultureInfo.InvariantCulture, $"{100 * figure.Mean:F1}{(figure.StandardDeviation is { } deviation ? string.Create(CultureInfo.InvariantCulture, $" ± {100 * deviation:F1}") : "")}");
}

/// <summary>What was chosen of a method on a dataset.</summary>
internal sealed record ChosenCombination(string Dataset, string Method, string Settings, int Seeds, double MeanEpoch, CollectedFigure? TestAverage, CollectedFigure? TestWorstGroup);
