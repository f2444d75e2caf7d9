namespace GradientDynamics.Train.Training;

/// <summary>Figures of predictions beyond their accuracy.</summary>
/// <param name="LogLoss">Mean cross-entropy, in nats.</param>
/// <param name="Entropy">Mean entropy of the predicted probabilities, in nats.</param>
/// <param name="CalibrationError">Expected calibration error: the mean, over 15 equally wide bins of the predicted class's probability weighted by their examples, of |accuracy − mean probability|.</param>
/// <param name="AreaUnderRoc">
/// Area under the receiver operating characteristic of class 1; with more than two classes the mean of each class against the rest. Null where it is not defined: fewer than two classes occur.
/// </param>
internal readonly record struct PredictionFigures(double LogLoss, double Entropy, double CalibrationError, double? AreaUnderRoc)
{
    // Guo et al., "On Calibration of Modern Neural Networks", 2017, https://arxiv.org/abs/1706.04599, and most who report it since.
    private const int BinCount = 15;

    /// <summary>Figures of predictions for examples with these labels.</summary>
    public static PredictionFigures Of(Predictions predictions, ReadOnlySpan<int> labels)
    {
        int classes = predictions.ClassCount;
        double[] logProbabilities = new double[classes];
        double[][] scores = [.. Enumerable.Range(0, classes).Select(_ => new double[predictions.Count])];
        int[] binCounts = new int[BinCount];
        double[] binGaps = new double[BinCount];
        double loss = 0;
        double entropy = 0;
        for (int i = 0; i < predictions.Count; i++)
        {
            predictions.LogProbabilities(i, logProbabilities);
            loss -= logProbabilities[labels[i]];
            int predicted = predictions.Class(i);
            double confidence = Math.Exp(logProbabilities[predicted]);
            int bin = Math.Clamp((int)Math.Ceiling(confidence * BinCount) - 1, 0, BinCount - 1);
            binCounts[bin]++;
            binGaps[bin] += (predicted == labels[i] ? 1 : 0) - confidence;
            for (int c = 0; c < classes; c++)
            {
                double probability = Math.Exp(logProbabilities[c]);
                entropy -= probability == 0 ? 0 : probability * logProbabilities[c];
                scores[c][i] = LogOdds(logProbabilities, c);
            }
        }

        return new(loss / predictions.Count, entropy / predictions.Count, binGaps.Sum(Math.Abs) / predictions.Count, AreaUnder(scores, labels.ToArray()));
    }

    // The probability itself would round to 1 for every confident prediction and lose their order.
    private static double LogOdds(ReadOnlySpan<double> logProbabilities, int c)
    {
        double largest = double.NegativeInfinity;
        for (int other = 0; other < logProbabilities.Length; other++)
        {
            largest = other == c ? largest : Math.Max(largest, logProbabilities[other]);
        }

        double sum = 0;
        for (int other = 0; other < logProbabilities.Length; other++)
        {
            sum += other == c ? 0 : Math.Exp(logProbabilities[other] - largest);
        }

        return logProbabilities[c] - largest - Math.Log(sum);
    }

    private static double? AreaUnder(double[][] scores, int[] labels)
    {
        int[] present = [.. labels.Distinct().Order()];
        return present.Length < 2 ? null : scores.Length == 2
            ? AreaUnder(scores[1], [.. labels.Select(label => label == 1)])
            : present.Average(c => AreaUnder(scores[c], [.. labels.Select(label => label == c)]));
    }

    /// <summary>The share of pairs of a positive and a negative example in which the positive one has the higher score; equal scores count half.</summary>
    internal static double AreaUnder(double[] scores, bool[] positive)
    {
        int[] order = [.. Enumerable.Range(0, scores.Length)];
        Array.Sort((double[])[.. scores], order);
        long positives = positive.LongCount(value => value);
        double ranks = 0;
        for (int start = 0; start < order.Length;)
        {
            int end = start + 1;
            while (end < order.Length && scores[order[end]] == scores[order[start]])
            {
                end++;
            }

            // Ranks count from 1; equal scores share the mean of their ranks.
            double rank = (start + 1 + end) / 2.0;
            for (int i = start; i < end; i++)
            {
                ranks += positive[order[i]] ? rank : 0;
            }

            start = end;
        }

        return (ranks - (positives * (positives + 1) / 2.0)) / ((double)positives * (scores.Length - positives));
    }
}
