using GradientDynamics.Statistics;

namespace GradientDynamics.Attack.Comparison;

/// <summary>Accuracies of two targets on the same examples.</summary>
/// <param name="First">Accuracy of the first.</param>
/// <param name="Second">Accuracy of the second.</param>
/// <param name="Difference">Second minus first.</param>
/// <param name="Interval">Bootstrap interval of the difference: resamples draw examples, never the two targets' answers apart.</param>
/// <param name="OnlyFirst">Examples that only the first gets right.</param>
/// <param name="OnlySecond">Examples that only the second gets right.</param>
/// <param name="PValue">McNemar's test, mid-p: how likely so unequal numbers are where both err equally often.</param>
public sealed record PairedAccuracy(double First, double Second, double Difference, Interval Interval, int OnlyFirst, int OnlySecond, double PValue)
{
    /// <summary>Compares the answers of two targets, example by example.</summary>
    public static PairedAccuracy Of(IReadOnlyList<bool> first, IReadOnlyList<bool> second, BootstrapOptions options)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        double[] firstRight = [.. first.Select(right => right ? 1.0 : 0.0)];
        double[] secondRight = [.. second.Select(right => right ? 1.0 : 0.0)];
        int onlyFirst = first.Zip(second).Count(pair => pair.First && !pair.Second);
        int onlySecond = first.Zip(second).Count(pair => !pair.First && pair.Second);
        return new PairedAccuracy(
            firstRight.Average(),
            secondRight.Average(),
            (double)(onlySecond - onlyFirst) / first.Count,
            PairedBootstrap.MeanDifference(secondRight, firstRight, options),
            onlyFirst,
            onlySecond,
            McNemar.MidP(onlyFirst, onlySecond).PValue);
    }
}
