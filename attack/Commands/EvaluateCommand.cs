using System.CommandLine;
using GradientDynamics.Attack.Audits;
using GradientDynamics.Attack.Groups;
using GradientDynamics.Attack.Reports;
using GradientDynamics.Attack.Targets;
using GradientDynamics.CommandLine;
using GradientDynamics.EvaluationSets;

namespace GradientDynamics.Attack.Commands;

/// <summary><c>gd-attack evaluate</c>: accuracy of each group, of the worst one, and the averages, on unperturbed inputs.</summary>
internal static class EvaluateCommand
{
    /// <summary>File of the figures.</summary>
    public const string Figures = "evaluation.json";

    public static Command Create()
    {
        CommandOptions options = new();
        Option<DirectoryInfo?> output = new("--output") { Description = $"Where a folder with {Figures} goes; without it the result is only printed." };
        Command command = new("evaluate", "Accuracy of each group, of the worst group, and the averages.")
        {
            options.Server, options.Model, options.ModelFile, options.EvaluationSet, options.Limit, options.Config, options.Set, output, options.Json,
            options.MinimumWorstGroupAccuracy, options.MinimumAverageAccuracy,
        };
        command.SetAction((result, cancellationToken) => RunAsync(options, output, result, cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(CommandOptions options, Option<DirectoryInfo?> output, ParseResult result, CancellationToken cancellationToken)
    {
        CommandOutput console = CommandOutput.Of(result, options.Json);
        TargetAddress address = options.Target(result);
        AuditOptions settings = options.Settings(result);
        using AtomicDirectory? folder = result.GetValue(output) is { } place ? AtomicDirectory.Create(place.ToString(), replace: false) : null;
        EvaluationSet set = await options.ReadSetAsync(result, cancellationToken);

        string name;
        int[] predictions;
        using (ProgressReporter progress = console.Progress($"Evaluating {address.Label}", set.Examples.Count))
        {
            (name, predictions) = await CleanEvaluation.PredictAsync(address, set, done => progress.Report(done, ""), cancellationToken);
        }

        GroupEvaluation clean = GroupEvaluation.Of(
            [.. Enumerable.Range(0, predictions.Length).Select(set.GroupOf)],
            [.. predictions.Select((prediction, example) => prediction == set.Examples[example].Label)],
            set.Metadata,
            settings.Confidence);
        EvaluationReport report = new()
        {
            Tool = AuditSummary.Tool,
            Endpoint = name,
            EvaluationSet = AuditSummary.Describe(set, result.GetRequiredValue(options.EvaluationSet).ToString()),
            Confidence = settings.Confidence,
            AverageAccuracy = clean.Average.Accuracy!.Value,
            AverageInterval = clean.Average.Interval!.Value,
            AdjustedAverageAccuracy = clean.AdjustedAverage,
            WorstGroupAccuracy = clean.WorstGroup!.Accuracy.Accuracy!.Value,
            WorstGroup = clean.WorstGroup,
            Groups = clean.Groups,
            Gates = [.. AuditSummary.CleanGates(address.Label, clean, settings.Gates)],
        };
        if (folder is not null)
        {
            await File.WriteAllTextAsync(Path.Combine(folder.Path, Figures), ConfigurationFile.Write(report), cancellationToken);
            folder.Commit();
        }

        console.Write(report, [AuditTables.Accuracy([(address.Label, clean)], settings.Confidence), AuditTables.Groups([(address.Label, clean)])]);
        return console.Judge(report.Gates);
    }
}
