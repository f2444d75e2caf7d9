using GradientDynamics.Train.Datasets;

namespace GradientDynamics.Train.Training;

/// <summary>Figures of an evaluation under flat names, as model metadata and TensorBoard have them: split/figure, and split/accuracy/group.</summary>
internal static class MetricNames
{
    /// <summary>What stands before the name of a test environment.</summary>
    public const string EnvironmentPrefix = "environment/";

    /// <summary>The figures of each split, without those of groups.</summary>
    public static Dictionary<string, double> Summary(EpochMetrics metrics) => Summary(Splits(metrics));

    /// <summary>The figures of splits, without those of groups.</summary>
    public static Dictionary<string, double> Summary(IEnumerable<(Split Split, SplitMetrics Metrics)> splits) =>
        Summary(splits.Select(pair => (ConfigurationKind.Name(pair.Split), pair.Metrics)));

    /// <summary>The figures of sets of examples by name, without those of groups.</summary>
    public static Dictionary<string, double> Summary(IEnumerable<(string Name, SplitMetrics Metrics)> sets)
    {
        Dictionary<string, double> figures = new(StringComparer.Ordinal);
        foreach ((string name, SplitMetrics split) in sets)
        {
            figures[$"{name}/loss"] = split.Loss;
            figures[$"{name}/worst_group_accuracy"] = split.WorstGroupAccuracy;
            figures[$"{name}/average_accuracy"] = split.AverageAccuracy;
            figures[$"{name}/balanced_accuracy"] = split.BalancedAccuracy;
            figures[$"{name}/worst_class_accuracy"] = split.WorstClassAccuracy;
            foreach ((string figure, double? measured) in ((string, double?)[])
            [
                ("adjusted_average_accuracy", split.AdjustedAverageAccuracy), ("area_under_roc", split.AreaUnderRoc), ("calibration_error", split.CalibrationError),
                ("entropy", split.Entropy), ("adversarial_accuracy", split.AdversarialAccuracy),
            ])
            {
                if (measured is { } value)
                {
                    figures[$"{name}/{figure}"] = value;
                }
            }
        }

        return figures;
    }

    /// <summary>All figures, groups and the penalty included.</summary>
    public static Dictionary<string, double> All(EpochMetrics metrics)
    {
        Dictionary<string, double> figures = Summary(metrics);
        figures["train/penalty"] = metrics.Penalty;
        foreach ((string name, double value) in metrics.State)
        {
            figures[$"state/{name}"] = value;
        }

        foreach ((Split which, SplitMetrics split) in Splits(metrics))
        {
            foreach (GroupAccuracy group in split.Groups.Where(group => group.Count > 0))
            {
                figures[$"{ConfigurationKind.Name(which)}/accuracy/{group.Name}"] = group.Accuracy!.Value;
            }
        }

        return figures;
    }

    private static IEnumerable<(Split Split, SplitMetrics Metrics)> Splits(EpochMetrics metrics)
    {
        yield return (Split.Train, metrics.Train);
        if (metrics.Validation is not null)
        {
            yield return (Split.Validation, metrics.Validation);
        }

        if (metrics.Test is not null)
        {
            yield return (Split.Test, metrics.Test);
        }
    }
}
