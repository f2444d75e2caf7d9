using GradientDynamics.Train.Datasets;

namespace GradientDynamics.Train.Training;

/// <summary>Accuracy of one group.</summary>
/// <param name="Group">label x attributes + attribute.</param>
/// <param name="Name">Class and attribute.</param>
/// <param name="Count">Examples.</param>
/// <param name="Correct">Examples that were classified right.</param>
public sealed record GroupAccuracy(int Group, string Name, long Count, long Correct)
{
    /// <summary>Share of right classifications; null for an empty group, which has none.</summary>
    public double? Accuracy => Count == 0 ? null : (double)Correct / Count;
}

/// <summary>How well a split is classified, per group and together.</summary>
public sealed record SplitMetrics
{
    /// <summary>Metrics of a split.</summary>
    /// <param name="loss">Mean cross-entropy.</param>
    /// <param name="groups">Every group in order, empty ones included.</param>
    /// <param name="trainingShares">Share of each group in the training set; empty where the training set has other groups.</param>
    /// <param name="attributeCount">Groups per class.</param>
    public SplitMetrics(double loss, IReadOnlyList<GroupAccuracy> groups, IReadOnlyList<double> trainingShares, int attributeCount)
    {
        ArgumentNullException.ThrowIfNull(groups);
        ArgumentNullException.ThrowIfNull(trainingShares);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(attributeCount);
        ArgumentOutOfRangeException.ThrowIfNotEqual(trainingShares.Count == 0 ? groups.Count : trainingShares.Count, groups.Count, nameof(trainingShares));
        GroupAccuracy[] present = [.. groups.Where(group => group.Count > 0)];
        ArgumentOutOfRangeException.ThrowIfZero(present.Length, nameof(groups));
        Loss = loss;
        Groups = groups;
        GroupAccuracy worst = present.MinBy(group => group.Accuracy)!;
        WorstGroup = worst.Name;
        WorstGroupAccuracy = worst.Accuracy!.Value;
        AverageAccuracy = Together(present);
        double share = trainingShares.Count == 0 ? 0 : present.Sum(group => trainingShares[group.Group]);
        AdjustedAverageAccuracy = share > 0 ? present.Sum(group => trainingShares[group.Group] * group.Accuracy!.Value) / share : null;
        double[] classes = [.. present.GroupBy(group => group.Group / attributeCount).Select(Together)];
        BalancedAccuracy = classes.Average();
        WorstClassAccuracy = classes.Min();
    }

    /// <summary>Mean cross-entropy, in nats; half the mean squared error where the objective is regression.</summary>
    public double Loss { get; }

    /// <summary>Lowest accuracy among groups that have examples.</summary>
    public double WorstGroupAccuracy { get; }

    /// <summary>Name of that group.</summary>
    public string WorstGroup { get; }

    /// <summary>Accuracy over examples.</summary>
    public double AverageAccuracy { get; }

    /// <summary>Group accuracies weighted by training shares, over the groups that have examples here; null where training had none of them, or other groups.</summary>
    public double? AdjustedAverageAccuracy { get; }

    /// <summary>Mean of the classes' accuracies, over the classes that have examples here.</summary>
    public double BalancedAccuracy { get; }

    /// <summary>Lowest accuracy among classes that have examples: what can be known of the worst group without attributes.</summary>
    public double WorstClassAccuracy { get; }

    /// <summary>Area under the ROC curve of class 1, with more than two classes the mean of each class against the rest; null where fewer than two classes have examples.</summary>
    public double? AreaUnderRoc { get; init; }

    /// <summary>Expected calibration error over 15 equally wide bins; null where it was not measured.</summary>
    public double? CalibrationError { get; init; }

    /// <summary>Mean entropy of the predicted probabilities, in nats; null where it was not measured.</summary>
    public double? Entropy { get; init; }

    /// <summary>Accuracy on inputs perturbed by the configuration's adversary; null where it was not measured.</summary>
    public double? AdversarialAccuracy { get; init; }

    /// <summary>Every group in order, empty ones included.</summary>
    public IReadOnlyList<GroupAccuracy> Groups { get; }

    /// <summary>Metrics of predictions for examples with these labels and groups.</summary>
    internal static SplitMetrics Of(DatasetDescription dataset, Predictions predictions, ReadOnlySpan<int> labels, ReadOnlySpan<int> groups, IReadOnlyList<double> trainingShares)
    {
        long[] counts = new long[dataset.GroupCount];
        long[] right = new long[dataset.GroupCount];
        bool[] correct = predictions.Correct(labels);
        for (int i = 0; i < groups.Length; i++)
        {
            counts[groups[i]]++;
            right[groups[i]] += correct[i] ? 1 : 0;
        }

        PredictionFigures figures = PredictionFigures.Of(predictions, labels);
        GroupAccuracy[] accuracies = [.. Enumerable.Range(0, dataset.GroupCount).Select(group => new GroupAccuracy(group, dataset.GroupName(group), counts[group], right[group]))];
        return new(figures.LogLoss, accuracies, trainingShares, dataset.AttributeCount)
        {
            AreaUnderRoc = figures.AreaUnderRoc,
            CalibrationError = figures.CalibrationError,
            Entropy = figures.Entropy,
        };
    }

    /// <summary>Metrics of a single output on real-valued targets: half the mean squared error, and the accuracy of its sign as a classification.</summary>
    internal static SplitMetrics OfRegression(GroupedDataset data, Predictions predictions, ReadOnlySpan<int> examples, ReadOnlySpan<int> groups, IReadOnlyList<double> trainingShares)
    {
        double loss = 0;
        int[] labels = new int[examples.Length];
        for (int i = 0; i < labels.Length; i++)
        {
            double error = predictions[i][0] - data.Targets[examples[i]];
            loss += error * error / 2;
            labels[i] = data.Labels[examples[i]];
        }

        SplitMetrics classified = Of(data.Description, predictions, labels, groups, trainingShares);
        return new(loss / labels.Length, classified.Groups, trainingShares, data.Description.AttributeCount) { AreaUnderRoc = classified.AreaUnderRoc };
    }

    private static double Together(IEnumerable<GroupAccuracy> groups)
    {
        long correct = 0;
        long count = 0;
        foreach (GroupAccuracy group in groups)
        {
            correct += group.Correct;
            count += group.Count;
        }

        return (double)correct / count;
    }
}

/// <summary>One line of metrics.jsonl: what an evaluation found.</summary>
/// <param name="Epoch">Epochs done.</param>
/// <param name="Step">Steps done.</param>
/// <param name="Loss">The objective's data term as it was minimised, mean over the epoch's examples.</param>
/// <param name="Penalty">The objective's penalties as they were minimised, mean over the epoch's examples.</param>
/// <param name="Train">The epoch's training examples, as they were classified on their way, before their own step and in training mode.</param>
/// <param name="Validation">The validation set after the epoch; null where there is none.</param>
/// <param name="Test">The test set after the epoch.</param>
/// <param name="State">What objective and procedure remember, by name: group weights, the step at which a penalty started, the size of an error set.</param>
/// <param name="Seconds">Wall time since the line before.</param>
public sealed record EpochMetrics(
    int Epoch, long Step, double Loss, double Penalty, SplitMetrics Train, SplitMetrics? Validation, SplitMetrics? Test, IReadOnlyDictionary<string, double> State, double Seconds);
