using GradientDynamics.Train.Training;

namespace GradientDynamics.Train.Tests.Training;

public sealed class PredictionFiguresTests
{
    // Doubles of order one from logits that float32 holds exactly.
    private const double Rounding = 1e-14;

    [Fact]
    public void Of_ASingleLogit_IsOfTheLogitsZeroAndIt()
    {
        float[] logits = [2, -1, 0.5f, -3, 0];
        int[] labels = [1, 0, 0, 1, 1];

        PredictionFigures one = PredictionFigures.Of(Predictions.Of(logits, 1), labels);
        PredictionFigures two = PredictionFigures.Of(Predictions.Of([.. logits.SelectMany(logit => (float[])[0, logit])], 2), labels);

        one.LogLoss.ShouldBe(two.LogLoss, Rounding);
        one.Entropy.ShouldBe(two.Entropy, Rounding);
        one.CalibrationError.ShouldBe(two.CalibrationError, Rounding);
        one.AreaUnderRoc.ShouldBe(two.AreaUnderRoc);
    }

    [Fact]
    public void LogLossAndEntropy_OfThreeClasses_AreTheirDefinitions()
    {
        double[][] logits = [[1, 2, 3], [0, -1, 1]];
        double[][] probabilities = [.. logits.Select(row => row.Select(logit => Math.Exp(logit) / row.Sum(Math.Exp)).ToArray())];

        PredictionFigures figures = PredictionFigures.Of(Predictions.Of([1, 2, 3, 0, -1, 1], 3), [2, 0]);

        figures.LogLoss.ShouldBe(-(Math.Log(probabilities[0][2]) + Math.Log(probabilities[1][0])) / 2, Rounding);
        figures.Entropy.ShouldBe(-probabilities.Average(row => row.Sum(p => p * Math.Log(p))), Rounding);
    }

    [Fact]
    public void Entropy_OfEqualAndOfCertainLogits_IsLogarithmAndZero()
    {
        PredictionFigures.Of(Predictions.Of([5, 5, 5, 5], 4), [0]).Entropy.ShouldBe(Math.Log(4), Rounding);
        PredictionFigures.Of(Predictions.Of([1000, -1000], 2), [1]).ShouldBe(new(2000, 0, 1, null));
    }

    // Confidences 0.7 (bin 11 of 15), 0.7, 0.7, 0.95 (bin 15): |2/3 − 0.7| and |1 − 0.95|, weighted 3 to 1.
    [Fact]
    public void CalibrationError_OfTwoBins_IsTheirWeightedGap()
    {
        float low = (float)Math.Log(0.7 / 0.3);
        float high = (float)Math.Log(0.95 / 0.05);

        PredictionFigures figures = PredictionFigures.Of(Predictions.Of([low, low, -low, high], 1), [1, 0, 0, 1]);

        figures.CalibrationError.ShouldBe(((3 * Math.Abs((2 / 3.0) - 0.7)) + (1 - 0.95)) / 4, 1e-7); // the logits are rounded to float32
    }

    // The example of scikit-learn's documentation: roc_auc_score([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]) is 0.75.
    [Fact]
    public void AreaUnder_OfTheKnownExample_IsThreeQuarters() => PredictionFigures.AreaUnder([0.1, 0.4, 0.35, 0.8], [false, false, true, true]).ShouldBe(0.75);

    // Every pair compared, with ties: an independent definition.
    [Fact]
    public void AreaUnder_WithTies_IsTheShareOfOrderedPairs()
    {
        Random random = new(3);
        double[] scores = [.. Enumerable.Range(0, 60).Select(_ => (double)random.Next(8))];
        bool[] positive = [.. Enumerable.Range(0, 60).Select(_ => random.Next(3) == 0)];
        double wins = 0;
        for (int i = 0; i < 60; i++)
        {
            for (int j = 0; j < 60; j++)
            {
                wins += positive[i] && !positive[j] ? (scores[i] > scores[j] ? 1 : scores[i] == scores[j] ? 0.5 : 0) : 0;
            }
        }

        int positives = positive.Count(value => value);

        PredictionFigures.AreaUnder(scores, positive).ShouldBe(wins / (positives * (60 - positives)), Rounding);
    }

    [Fact]
    public void AreaUnderRoc_OfThreeClasses_IsTheMeanOfEachAgainstTheRest()
    {
        // Class 0 and 2 are separated from the rest, class 1 wins one of its two pairs.
        PredictionFigures figures = PredictionFigures.Of(Predictions.Of([4, 0, 0, 0, 1, 0, 0, 2, 3], 3), [0, 1, 2]);

        figures.AreaUnderRoc!.Value.ShouldBe((1 + AreaOfOne() + 1) / 3.0, Rounding);

        // Log-odds of class 1: −log(e⁴ + 1), 1 − log 2, 2 − log(1 + e³): only the example of class 1 is not below another.
        static double AreaOfOne() => (1 - Math.Log(2) > -Math.Log(Math.Exp(4) + 1) ? 0.5 : 0) + (1 - Math.Log(2) > 2 - Math.Log(1 + Math.Exp(3)) ? 0.5 : 0);
    }
}
