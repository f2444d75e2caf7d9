namespace GradientDynamics.Analysis.Figures;

/// <summary>Mean and spread of simulated curves, point by point.</summary>
/// <param name="Mean">Mean over the draws.</param>
/// <param name="Lower">Mean minus the standard deviation.</param>
/// <param name="Upper">Mean plus the standard deviation.</param>
/// <param name="StandardError">Standard error of the mean.</param>
internal sealed record Band(double[] Mean, double[] Lower, double[] Upper, double[] StandardError)
{
    public static Band Of(IReadOnlyList<double[]> curves)
    {
        int points = curves[0].Length;
        double[] mean = new double[points];
        double[] deviation = new double[points];
        for (int i = 0; i < points; i++)
        {
            double average = curves.Average(curve => curve[i]);
            double variance = curves.Count > 1 ? curves.Sum(curve => (curve[i] - average) * (curve[i] - average)) / (curves.Count - 1) : 0;
            mean[i] = average;
            deviation[i] = Math.Sqrt(variance);
        }

        return new Band(
            mean,
            [.. mean.Zip(deviation, (value, spread) => value - spread)],
            [.. mean.Zip(deviation, (value, spread) => value + spread)],
            [.. deviation.Select(spread => spread / Math.Sqrt(curves.Count))]);
    }

    public Series Series(string label, double[] x, int color) => new() { Label = label, X = x, Y = Mean, Lower = Lower, Upper = Upper, Color = color, Style = SeriesStyle.Dashed };

    /// <summary>Largest distance of the mean from another curve.</summary>
    public double LargestDifference(IReadOnlyList<double> curve) => Mean.Zip(curve, (a, b) => Math.Abs(a - b)).Max();
}
