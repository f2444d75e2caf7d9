using GradientDynamics.CommandLine;
using GradientDynamics.Train.Datasets;
using GradientDynamics.Train.Training;

namespace GradientDynamics.Train.Tests.Sampling;

/// <summary>
/// Section 8.5.4: without regularisation, logistic regression on separable data goes to the maximum-margin direction, which reweighting leaves where it is and subsampling moves, because it removes
/// support vectors.
/// </summary>
[Collection(TorchGlobalState.Name)]
public sealed class SeparableDataTests
{
    // The support vectors of the whole set are H = (1, −0.5), one example of the majority, and M = (0, 1) of the minority: w·H = w·M = 1 has w = (1.5, 1), both with positive multipliers.
    private static readonly double MaximumMargin = Math.Atan2(1, 1.5);

    // Without H the nearest of the majority is E = (3, 0): w·E = w·M = 1 has w = (1/3, 1).
    private static readonly double WithoutTheHardExample = Math.Atan2(1, 1 / 3.0);

    // Descent gets there like 1 / log(time), so a distance remains, about 0.08 after the time of this test; it is far below the 0.66 between the two directions.
    private const double Near = 0.12;

    [Fact]
    public void LongUnregularisedTraining_LeavesReweightingAtTheDirectionOfErmAndSubsamplingAtAnother()
    {
        double erm = Direction("shuffle", epochs: 1500);
        double reweighted = Direction("group-reweighting", epochs: 1500);
        double reweightedEarly = Direction("group-reweighting", epochs: 15);
        double subsampled = Direction("group-subsampling", epochs: 1500);

        erm.ShouldBe(MaximumMargin, Near);
        reweighted.ShouldBe(MaximumMargin, Near);
        Math.Abs(reweighted - erm).ShouldBeLessThan(Math.Abs(reweightedEarly - erm));
        subsampled.ShouldBe(WithoutTheHardExample, Near);
    }

    private static double Direction(string sampler, int epochs)
    {
        DatasetDescription description = new("separable", [2], ["minus", "plus"], ["against", "along"], new([-5], [5]));
        List<float> inputs = [];
        List<int> labels = [];
        List<int> attributes = [];
        // Mirrored, so that the best bias is 0.
        foreach (int label in (int[])[0, 1])
        {
            int sign = (2 * label) - 1;
            Add(label, label, (1, -0.5), sign);
            Add(label, 1 - label, (0, 1), sign);
            for (int i = 0; i < 9; i++)
            {
                Add(label, label, (3, 0), sign);
            }
        }

        TrainingData data = TrainingData.Of(new Dictionary<Split, GroupedDataset> { [Split.Train] = new(description, Split.Train, [.. inputs], [.. labels], [.. attributes]) });
        RunConfig config = ConfigurationFile.Parse<RunConfig>(
            $$"""
            {
              "dataset": { "kind": "drawn-digits" }, "network": { "kind": "mlp", "hiddenWidths": [] }, "singleLogit": true, "objective": { "kind": "erm" },
              "sampler": { "kind": "{{sampler}}" }, "optimizer": { "kind": "sgd", "learningRate": 100, "schedule": { "kind": "constant", "warmupSteps": {{epochs}} } }, "batchSize": null, "epochs": {{epochs}}, "evaluateEvery": {{epochs}}, "selection": "last-epoch",
              "seed": 1
            }
            """,
            "separable",
            []);
        using TrainingLoop loop = new(config, data, threads: 1, checkpoint: null);
        ReadOnlySpan<float> weight = loop.RunToNextEvaluation(CancellationToken.None).Checkpoint.Weights["logits.weight"].AsSpan<float>();
        return Math.Atan2(weight[1], weight[0]);

        void Add(int label, int attribute, (double X, double Y) point, int sign)
        {
            inputs.AddRange([(float)(sign * point.X), (float)(sign * point.Y)]);
            labels.Add(label);
            attributes.Add(attribute);
        }
    }
}
