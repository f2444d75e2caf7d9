using System.Numerics.Tensors;

namespace GradientDynamics.Attack.Targets;

/// <summary>What one row of logits says.</summary>
internal static class LogitRow
{
    /// <summary>The class of the largest logit; the first of equal ones.</summary>
    public static int Prediction(ReadOnlySpan<float> logits) => TensorPrimitives.IndexOfMax(logits);

    /// <summary>True logit minus the best other: positive where the prediction is right.</summary>
    public static double Margin(ReadOnlySpan<float> logits, int label)
    {
        float best = float.NegativeInfinity;
        for (int other = 0; other < logits.Length; other++)
        {
            if (other != label && logits[other] > best)
            {
                best = logits[other];
            }
        }

        return (double)logits[label] - best;
    }

    /// <summary>Rewrites <paramref name="count"/> single logits z at the start of <paramref name="logits"/> as pairs (0, z), in place.</summary>
    public static void ExpandSingleLogits(Span<float> logits, int count)
    {
        for (int example = count - 1; example >= 0; example--)
        {
            float logit = logits[example];
            logits[2 * example] = 0f;
            logits[(2 * example) + 1] = logit;
        }
    }
}
