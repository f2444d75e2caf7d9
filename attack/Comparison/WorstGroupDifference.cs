using GradientDynamics.Attack.Attacks;
using GradientDynamics.Statistics;

namespace GradientDynamics.Attack.Comparison;

/// <summary>Worst-group accuracies of two targets on the same examples; each target's worst group is its own.</summary>
/// <param name="First">Worst-group accuracy of the first.</param>
/// <param name="Second">Worst-group accuracy of the second.</param>
/// <param name="Difference">Second minus first.</param>
/// <param name="Interval">Percentile interval of a bootstrap that draws examples within their groups, so that every resample has all groups at their sizes; the worst group is found anew in each.</param>
public sealed record WorstGroupDifference(double First, double Second, double Difference, Interval Interval)
{
    /// <summary>Compares two targets over groups that have examples.</summary>
    public static WorstGroupDifference Of(IReadOnlyList<int> groups, IReadOnlyList<bool> first, IReadOnlyList<bool> second, BootstrapOptions options)
    {
        ArgumentNullException.ThrowIfNull(groups);
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        ArgumentNullException.ThrowIfNull(options);
        int[][] members = [.. Enumerable.Range(0, groups.Count).GroupBy(example => groups[example]).OrderBy(group => group.Key).Select(group => group.ToArray())];
        (double firstWorst, double secondWorst) = (double.PositiveInfinity, double.PositiveInfinity);
        foreach (int[] group in members)
        {
            firstWorst = Math.Min(firstWorst, (double)group.Count(example => first[example]) / group.Length);
            secondWorst = Math.Min(secondWorst, (double)group.Count(example => second[example]) / group.Length);
        }

        double[] differences = new double[options.Resamples];
        RandomStream stream = new($"gradient-dynamics/worst-group/{options.Seed}");
        for (int resample = 0; resample < differences.Length; resample++)
        {
            differences[resample] = Resample(members, first, second, stream);
        }

        EmpiricalDistribution distribution = new(differences);
        double tail = (1 - options.Confidence) / 2;
        return new WorstGroupDifference(firstWorst, secondWorst, secondWorst - firstWorst, new Interval(distribution.Quantile(tail), distribution.Quantile(1 - tail)));
    }

    private static double Resample(int[][] members, IReadOnlyList<bool> first, IReadOnlyList<bool> second, RandomStream stream)
    {
        (double firstWorst, double secondWorst) = (double.PositiveInfinity, double.PositiveInfinity);
        foreach (int[] group in members)
        {
            int firstRight = 0;
            int secondRight = 0;
            for (int draw = 0; draw < group.Length; draw++)
            {
                int example = group[(int)(stream.NextUniform() * group.Length)];
                firstRight += first[example] ? 1 : 0;
                secondRight += second[example] ? 1 : 0;
            }

            firstWorst = Math.Min(firstWorst, (double)firstRight / group.Length);
            secondWorst = Math.Min(secondWorst, (double)secondRight / group.Length);
        }

        return secondWorst - firstWorst;
    }
}
