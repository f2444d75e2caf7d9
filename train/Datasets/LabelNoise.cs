using GradientDynamics.Train.Sampling;

namespace GradientDynamics.Train.Datasets;

/// <summary>How labels of a training set are made wrong.</summary>
public enum LabelNoiseKind
{
    /// <summary>The labels of the chosen examples are permuted among these: class counts stay, and some labels stay right by chance. What the code of Pezeshki et al., 2022, does.</summary>
    Permuted,

    /// <summary>Every chosen example gets one of the other labels: what the text of that paper says.</summary>
    Incorrect,
}

/// <summary>Wrong labels in a share of a training set.</summary>
internal static class LabelNoise
{
    /// <summary>Changes the labels of a share of examples, rounded down, chosen without replacement.</summary>
    public static void Apply(LabelNoiseKind kind, double share, int[] labels, int classCount, RunSeed seed)
    {
        int[] order = [.. Enumerable.Range(0, labels.Length)];
        seed.Stream("label-noise/choice").Shuffle(order);
        int[] chosen = order[..(int)(labels.Length * share)];
        Random random = seed.Stream("label-noise/labels");
        if (kind == LabelNoiseKind.Incorrect)
        {
            foreach (int example in chosen)
            {
                labels[example] = (labels[example] + 1 + random.Next(classCount - 1)) % classCount;
            }

            return;
        }

        int[] permuted = [.. chosen.Select(example => labels[example])];
        random.Shuffle(permuted);
        foreach ((int position, int example) in chosen.Index())
        {
            labels[example] = permuted[position];
        }
    }
}
