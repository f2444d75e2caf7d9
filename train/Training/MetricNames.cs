namespace GradientDynamics.Train.Training;

/// <summary>Figures of an evaluation under flat names, as model metadata and TensorBoard have them: split/figure, and split/accuracy/group.</summary>
internal static class MetricNames
{
    /// <summary>The figures of each split, without those of groups.</summary>
    public static Dictionary<string, double> Summary(EpochMetrics metrics)
    {
        Dictionary<string, double> figures = new(StringComparer.Ordinal);
        foreach ((string name, SplitMetrics split) in Splits(metrics))
        {
            figures[$"{name}/loss"] = split.Loss;
            figures[$"{name}/worst_group_accuracy"] = split.WorstGroupAccuracy;
            figures[$"{name}/average_accuracy"] = split.AverageAccuracy;
            if (split.AdjustedAverageAccuracy is { } adjusted)
            {
                figures[$"{name}/adjusted_average_accuracy"] = adjusted;
            }
        }

        return figures;
    }

    /// <summary>All figures, groups and the penalty included.</summary>
    public static Dictionary<string, double> All(EpochMetrics metrics)
    {
        Dictionary<string, double> figures = Summary(metrics);
        figures["train/penalty"] = metrics.Penalty;
        foreach ((string name, SplitMetrics split) in Splits(metrics))
        {
            foreach (GroupAccuracy group in split.Groups.Where(group => group.Count > 0))
            {
                figures[$"{name}/accuracy/{group.Name}"] = group.Accuracy!.Value;
            }
        }

        return figures;
    }

    private static IEnumerable<(string Name, SplitMetrics Split)> Splits(EpochMetrics metrics)
    {
        yield return ("train", metrics.Train);
        if (metrics.Validation is not null)
        {
            yield return ("validation", metrics.Validation);
        }

        if (metrics.Test is not null)
        {
            yield return ("test", metrics.Test);
        }
    }
}
