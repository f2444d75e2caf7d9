using GradientDynamics.CommandLine;
using GradientDynamics.Train.Datasets;
using GradientDynamics.Train.Training;

namespace GradientDynamics.Train.Tests.Procedures;

/// <summary>Data that has everything a method may ask for: classes, attributes, environments and targets.</summary>
internal static class TinyData
{
    /// <summary>Numbers of an example.</summary>
    public const int InputSize = 2 * 8 * 8;

    /// <summary>Splits of 24, 16 and 16 examples of 2x8x8 numbers, every group present; the label shows in the first channel, the attribute in the second.</summary>
    public static TrainingData Create(int classes = 2)
    {
        DatasetDescription description = new("tiny", [2, 8, 8], [.. Enumerable.Range(0, classes).Select(c => $"class {c}")], ["left", "right"], new([-4], [4]));
        return TrainingData.Of(new Dictionary<Split, GroupedDataset>
        {
            [Split.Train] = Of(description, Split.Train, 24, 1),
            [Split.Validation] = Of(description, Split.Validation, 16, 2),
            [Split.Test] = Of(description, Split.Test, 16, 3),
        });
    }

    /// <summary>A configuration of two epochs on it; its dataset stands for the splits only.</summary>
    public static RunConfig Config(params string[] changes) => ConfigurationFile.Parse<RunConfig>(
        """
        {
          "dataset": { "kind": "drawn-digits" },
          "network": { "kind": "mlp", "hiddenWidths": [6] },
          "singleLogit": true,
          "objective": { "kind": "erm" },
          "optimizer": { "kind": "sgd", "learningRate": 0.05 },
          "batchSize": 12,
          "epochs": 2,
          "seed": 3,
          "threads": 1
        }
        """,
        "tiny",
        changes);

    /// <summary>Weights after a run to its end.</summary>
    public static byte[] Train(RunConfig config, TrainingData data)
    {
        using TrainingLoop loop = new(config, data, threads: 1, checkpoint: null);
        return Bytes(RunToEnd(loop));
    }

    /// <summary>The last checkpoint of a loop.</summary>
    public static Checkpoint RunToEnd(TrainingLoop loop)
    {
        Checkpoint? last = null;
        while (!loop.IsFinished)
        {
            last = loop.RunToNextEvaluation(CancellationToken.None).Checkpoint;
        }

        return last!;
    }

    /// <summary>The bytes of all weights.</summary>
    public static byte[] Bytes(Checkpoint checkpoint) => [.. checkpoint.Weights.OrderBy(pair => pair.Key, StringComparer.Ordinal).SelectMany(pair => pair.Value.Bytes.ToArray())];

    private static GroupedDataset Of(DatasetDescription description, Split split, int count, int seed)
    {
        Random random = new(seed);
        int size = (int)description.InputSize;
        float[] inputs = new float[count * size];
        int[] labels = new int[count];
        int[] attributes = new int[count];
        for (int i = 0; i < count; i++)
        {
            labels[i] = i % description.Classes.Count;
            // Every fourth example is of the minority, whose attribute does not follow the label.
            attributes[i] = i / description.Classes.Count % 4 == 0 ? 1 - (labels[i] % 2) : labels[i] % 2;
            for (int j = 0; j < size; j++)
            {
                int shown = j < size / 2 ? labels[i] : 2 * attributes[i];
                inputs[(i * size) + j] = (float)((0.3 * shown) - 0.3 + random.NextDouble() - 0.5);
            }
        }

        return new(description, split, inputs, labels, attributes, [.. Enumerable.Range(0, count).Select(i => i / 2 % 2)], [.. labels.Select(label => label - 0.5f)]);
    }
}
