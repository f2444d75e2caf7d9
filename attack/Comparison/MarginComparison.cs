using GradientDynamics.Attack.Margins;
using GradientDynamics.Statistics;

namespace GradientDynamics.Attack.Comparison;

/// <summary>Margins of two targets on the same examples, attacked from the same random starts.</summary>
/// <remarks>
/// A margin is the norm of the smallest adversarial found. Where none was found the margin is open; it then counts as the largest radius that failed, which understates it, so that
/// <see cref="MedianDifference"/> leans towards 0 when the target with the wider margins has more open ones: <see cref="FirstOpen"/> and <see cref="SecondOpen"/> say how many. The sign test does not
/// need the number: it counts examples whose brackets do not overlap.
/// </remarks>
/// <param name="Count">Number of examples.</param>
/// <param name="FirstMedian">Median margin of the first.</param>
/// <param name="SecondMedian">Median margin of the second.</param>
/// <param name="MedianDifference">Median over examples of the second's margin minus the first's.</param>
/// <param name="Interval">Percentile bootstrap interval of that median.</param>
/// <param name="FirstOpen">Examples for which no adversarial of the first was found.</param>
/// <param name="SecondOpen">Examples for which no adversarial of the second was found.</param>
/// <param name="FirstLarger">Examples whose bracket on the first lies wholly above the one on the second.</param>
/// <param name="SecondLarger">Examples whose bracket on the second lies wholly above the one on the first.</param>
/// <param name="PValue">Sign test, mid-p, on the examples whose brackets do not overlap.</param>
public sealed record MarginComparison(
    int Count, double FirstMedian, double SecondMedian, double MedianDifference, Interval Interval, int FirstOpen, int SecondOpen, int FirstLarger, int SecondLarger, double PValue)
{
    /// <summary>Compares margins, example by example; none where there are no examples.</summary>
    public static MarginComparison? Of(IReadOnlyList<InputMargin> first, IReadOnlyList<InputMargin> second, BootstrapOptions options)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        ArgumentNullException.ThrowIfNull(options);
        if (first.Count == 0)
        {
            return null;
        }

        double[] differences = [.. first.Zip(second, (one, other) => Value(other) - Value(one))];
        double[] scratch = new double[differences.Length];
        int firstLarger = first.Zip(second).Count(pair => pair.First.Lower >= pair.Second.Upper && pair.First.Upper > pair.Second.Upper);
        int secondLarger = first.Zip(second).Count(pair => pair.Second.Lower >= pair.First.Upper && pair.Second.Upper > pair.First.Upper);
        return new MarginComparison(
            first.Count,
            Median([.. first.Select(Value)]),
            Median([.. second.Select(Value)]),
            Median([.. differences]),
            // The median's jackknife is not smooth, which the correction for acceleration needs: plain percentiles.
            PairedBootstrap.Statistic(differences.Length, examples => ResampledMedian(differences, examples, scratch), options with { Method = BootstrapMethod.Percentile }),
            first.Count(margin => !margin.IsClosed),
            second.Count(margin => !margin.IsClosed),
            firstLarger,
            secondLarger,
            McNemar.MidP(firstLarger, secondLarger).PValue);
    }

    /// <summary>The number that a margin counts as.</summary>
    private static double Value(InputMargin margin) => margin.IsClosed ? margin.Upper : margin.Lower;

    private static double ResampledMedian(double[] differences, IReadOnlyList<int> examples, double[] scratch)
    {
        for (int i = 0; i < scratch.Length; i++)
        {
            scratch[i] = differences[examples[i]];
        }

        return Median(scratch);
    }

    private static double Median(double[] values)
    {
        Array.Sort(values);
        int middle = values.Length / 2;
        return values.Length % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
    }
}
