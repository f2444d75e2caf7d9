using System.CommandLine;
using System.Globalization;
using GradientDynamics.CommandLine;
using GradientDynamics.Train.Sweeps;

namespace GradientDynamics.Train.Commands;

/// <summary><c>gd-train sweep plan</c>: writes the trials of a sweep, one a line.</summary>
internal static class SweepPlanCommand
{
    public static Command Create()
    {
        Option<string> config = new("--config") { Description = "What to search (JSON).", Required = true };
        Option<string[]> set = new("--set") { Description = "Overrides one key, as path.to.key=value; may be repeated.", DefaultValueFactory = _ => [] };
        Option<string> output = new("--output") { Description = "The plan (JSON lines); one of that name is replaced.", Required = true };
        Option<bool> json = CommandOutput.JsonOption();

        Command command = new("plan", "Draws the trials of a sweep and writes them, one a line; the same sweep gives the same plan.") { config, set, output, json };
        command.SetAction((result, _) =>
        {
            CommandOutput console = CommandOutput.Of(result, json);
            string file = result.GetRequiredValue(config);
            SweepConfig sweep = ConfigurationFile.Read<SweepConfig>(file, result.GetRequiredValue(set));
            TrialPlan plan = SweepPlanner.Plan(sweep, file, console.Error.WriteLine);
            AtomicFile.WriteText(result.GetRequiredValue(output), plan.ToText());
            SweepPlanResult planned = SweepPlanResult.Of(Path.GetFullPath(result.GetRequiredValue(output)), plan);
            console.Write(planned, planned.ToTable());
            return Task.FromResult((int)ExitCode.Done);
        });
        return command;
    }
}

/// <summary>Result of <c>gd-train sweep plan</c>.</summary>
internal sealed record SweepPlanResult(string Plan, int Trials, IReadOnlyList<PlannedCell> Cells)
{
    public static SweepPlanResult Of(string path, TrialPlan plan) => new(
        path,
        plan.Trials.Count,
        [.. plan.Trials.GroupBy(trial => (trial.Dataset, trial.Method)).Select(cell => new PlannedCell(cell.Key.Dataset, cell.Key.Method, cell.Select(trial => trial.Combination).Distinct().Count(), cell.Count()))]);

    public ResultTable ToTable()
    {
        ResultTable table = new("dataset", "method", ResultColumn.Number("combinations"), ResultColumn.Number("trials")) { Title = string.Create(CultureInfo.InvariantCulture, $"{Plan}: {Trials} trials") };
        foreach (PlannedCell cell in Cells)
        {
            table.Add(cell.Dataset, cell.Method, cell.Combinations.ToString(CultureInfo.InvariantCulture), cell.Trials.ToString(CultureInfo.InvariantCulture));
        }

        return table;
    }
}

/// <summary>One method on one dataset.</summary>
internal sealed record PlannedCell(string Dataset, string Method, int Combinations, int Trials);
