using System.Globalization;
using System.Text.Json;

namespace GradientDynamics.Train.Sweeps;

/// <summary>How a trial ended, on one line.</summary>
internal static class TrialSummary
{
    public static string Of(SweepFolder folder, Trial trial, TrialOutcome outcome)
    {
        string time = string.Create(CultureInfo.InvariantCulture, $"{outcome.Seconds:F1} s");
        return outcome.State == TrialState.Failed
            ? $"{trial.Id} failed after {time} (exit code {outcome.ExitCode.ToString(CultureInfo.InvariantCulture)}): {outcome.Reason}"
            : $"{trial.Id} done in {time}{Figures(folder, trial)}";
    }

    private static string Figures(SweepFolder folder, Trial trial)
    {
        if (folder.ResultOf(trial) is not { } result || !result.TryGetProperty("metrics", out JsonElement metrics))
        {
            return "";
        }

        foreach (string split in (string[])["validation", "test", "train"])
        {
            if (metrics.TryGetProperty($"{split}/worst_group_accuracy", out JsonElement worst) && metrics.TryGetProperty($"{split}/average_accuracy", out JsonElement average))
            {
                return string.Create(CultureInfo.InvariantCulture, $": epoch {result.GetProperty("selectedEpoch").GetInt32()}, {split} average {100 * average.GetDouble():F1} %, worst group {100 * worst.GetDouble():F1} %");
            }
        }

        return "";
    }
}
