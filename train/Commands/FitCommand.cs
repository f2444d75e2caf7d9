using System.CommandLine;
using System.Globalization;
using GradientDynamics.CommandLine;
using GradientDynamics.Train.Sweeps;
using GradientDynamics.Train.Training;

namespace GradientDynamics.Train.Commands;

/// <summary><c>gd-train fit</c>: trains, keeps the best epoch by the selection rule, writes the run directory.</summary>
internal static class FitCommand
{
    public static Command Create()
    {
        RunConfigFile config = new();
        Option<string> output = new("--output") { Description = "The run directory: new or empty, or with --resume one that a run has left.", Required = true };
        Option<bool> resume = new("--resume") { Description = "Continues the run in the output folder, bit for bit; in a new or empty folder, begins it." };
        Option<string?> device = TorchDevice.Option();
        // How a sweep watches its trials.
        Option<string?> watched = new("--watched") { Description = "Stops, resumably, when standard input ends, and holds this file locked until then.", Hidden = true };
        Option<bool> json = CommandOutput.JsonOption();

        Command command = new("fit", "Trains a network and writes a run directory.") { output, resume, device, watched, json };
        config.AddTo(command);
        command.SetAction((result, cancellationToken) =>
        {
            CommandOutput console = CommandOutput.Of(result, json);
            using WatchedRun? watch = result.GetValue(watched) is { } lockFile ? WatchedRun.Begin(lockFile, Console.OpenStandardInput(), cancellationToken) : null;
            try
            {
                FitResult fit = Run(config.Read(result), result.GetRequiredValue(output), result.GetValue(resume), result.GetValue(device), console, watch?.Token ?? cancellationToken);
                console.Write(fit, fit.ToTable());
                return Task.FromResult((int)ExitCode.Done);
            }
            catch (OperationCanceledException) when (watch is { HasLostItsWatcher: true })
            {
                console.Error.WriteLine("error: interrupted: nobody watches this trial any more.");
                return Task.FromResult((int)ExitCode.Interrupted);
            }
        });
        return command;
    }

    private static FitResult Run(RunConfig config, string output, bool resume, string? device, CommandOutput console, CancellationToken cancellationToken)
    {
        RunDirectory directory = RunDirectory.Open(output, resume);
        FittedRun run = TrainingRun.Execute(config, directory, device, line => console.Error.WriteLine(line), console.Progress, cancellationToken);
        return new(directory.Path, directory.ModelFile, run.Record.Configuration.Selection, run.Record.Seed, run.Record.Threads, run.Record.Result!);
    }
}

/// <summary>Result of <c>gd-train fit</c>.</summary>
internal sealed record FitResult(string Run, string Model, SelectionRule Selection, long Seed, int Threads, RunResult Result)
{
    public ResultTable ToTable()
    {
        ResultTable table = new("split", ResultColumn.Number("average %"), ResultColumn.Number("worst group %"), ResultColumn.Number("adjusted average %"), ResultColumn.Number("worst class %"), ResultColumn.Number("loss"), ResultColumn.Number("entropy"))
        {
            Title = $"{Model}: epoch {Result.SelectedEpoch} of {Result.Epochs}, {Selection.Title()}{(Result.LastLayer is null ? "" : "; the last layer was then fitted to the validation set")}",
        };
        const string LossName = "/loss";
        string[] environments = [.. Result.Metrics.Keys
            .Where(name => name.StartsWith(MetricNames.EnvironmentPrefix, StringComparison.Ordinal) && name.EndsWith(LossName, StringComparison.Ordinal))
            .Select(name => name[..^LossName.Length])];
        foreach (string set in (string[])["train", "validation", "test", .. environments])
        {
            if (Result.Metrics.ContainsKey(set + LossName))
            {
                table.Add(
                    set,
                    Percent($"{set}/average_accuracy"),
                    Percent($"{set}/worst_group_accuracy"),
                    Percent($"{set}/adjusted_average_accuracy"),
                    Percent($"{set}/worst_class_accuracy"),
                    Number(set + LossName),
                    Number($"{set}/entropy"));
            }
        }

        return table;
    }

    private string Percent(string name) => Result.Metrics.TryGetValue(name, out double value) ? (100 * value).ToString("F1", CultureInfo.InvariantCulture) : "";

    private string Number(string name) => Result.Metrics.TryGetValue(name, out double value) ? value.ToString("F4", CultureInfo.InvariantCulture) : "";
}
