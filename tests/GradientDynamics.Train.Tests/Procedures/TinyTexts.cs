using GradientDynamics.CommandLine;
using GradientDynamics.Train.Datasets;
using GradientDynamics.Train.Training;

namespace GradientDynamics.Train.Tests.Procedures;

/// <summary>Pairs of made-up tokens in which one token tells the label, and another follows the attribute.</summary>
internal static class TinyTexts
{
    public const int Vocabulary = 20;
    public const int Length = 12;

    /// <summary>Splits of 24, 16 and 16 pairs of 5 to 9 tokens, every group present.</summary>
    public static TrainingData Create(bool varies = true) => TrainingData.Of(new Dictionary<Split, GroupedDataset>
    {
        [Split.Train] = Of(Split.Train, 24, 1, varies),
        [Split.Validation] = Of(Split.Validation, 16, 2, varies),
        [Split.Test] = Of(Split.Test, 16, 3, varies),
    });

    /// <summary>A configuration of two epochs of a small BERT on them; its dataset stands for the splits only.</summary>
    public static RunConfig Config(params string[] changes) => ConfigurationFile.Parse<RunConfig>(
        """
        {
          "dataset": { "kind": "drawn-digits" },
          "network": { "kind": "bert", "vocabulary": 20, "width": 8, "layers": 2, "heads": 2, "hiddenWidth": 16, "maximalPositions": 12 },
          "objective": { "kind": "erm" },
          "optimizer": { "kind": "adam-w", "learningRate": 0.01, "weightDecay": 0.1, "decayed": "biases-and-normalization", "clipNorm": 1, "schedule": { "kind": "linear" } },
          "batchSize": 12,
          "epochs": 2,
          "seed": 3,
          "threads": 1
        }
        """,
        "tiny",
        changes);

    private static GroupedDataset Of(Split split, int count, int seed, bool varies)
    {
        Random random = new(seed);
        List<(int[], int)> sequences = [];
        List<(int, int, int)> examples = [];
        for (int i = 0; i < count; i++)
        {
            int label = i % 2;
            int attribute = i / 2 % 4 == 0 ? 1 - label : label;
            int[] filler = [.. Enumerable.Range(0, random.Next(5)).Select(_ => random.Next(10, Vocabulary))];
            sequences.Add(([2, 5 + label, .. filler, 3, 7 + attribute, 3], filler.Length + 3));
            examples.Add((i, label, attribute));
        }

        return TextDatasetOptions.Of("tiny", split, ["no", "yes"], ["left", "right"], (TokenSequences.Of(sequences), new(Length, varies, PaddingId: 0, Vocabulary)), examples);
    }
}
