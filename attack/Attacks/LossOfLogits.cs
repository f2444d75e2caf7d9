using GradientDynamics.Onnx.Gradients;

namespace GradientDynamics.Attack.Attacks;

/// <summary>The losses of <see cref="AttackLoss"/> as functions of one row of logits, in double precision.</summary>
internal static class LossOfLogits
{
    /// <summary>The loss that an attack ascends; <paramref name="target"/> is −1 where it is untargeted.</summary>
    public static double Evaluate(AttackLoss loss, ReadOnlySpan<float> logits, int label, int target) => loss switch
    {
        AttackLoss.CrossEntropy => target < 0 ? CrossEntropy(logits, label) : -CrossEntropy(logits, target),
        AttackLoss.LogitMargin => target < 0 ? -Targets.LogitRow.Margin(logits, label) : (double)logits[target] - logits[label],
        _ => DifferenceOfLogitsRatio(logits, label, target),
    };

    private static double CrossEntropy(ReadOnlySpan<float> logits, int label)
    {
        double highest = double.NegativeInfinity;
        foreach (float logit in logits)
        {
            highest = Math.Max(highest, logit);
        }

        double sum = 0;
        foreach (float logit in logits)
        {
            sum += Math.Exp(logit - highest);
        }

        return highest + Math.Log(sum) - logits[label];
    }

    /// <summary>−(z_y − max z_j) / (z_(1) − z_(3)), targeted −(z_y − z_t) / (z_(1) − (z_(3) + z_(4)) / 2): Croce and Hein, 2020, https://arxiv.org/abs/2003.01690.</summary>
    private static double DifferenceOfLogitsRatio(ReadOnlySpan<float> logits, int label, int target)
    {
        float[] sorted = logits.ToArray();
        Array.Sort(sorted);
        Array.Reverse(sorted);
        // The same offset as in the gradient graph keeps equal logits from a division by 0.
        const double DenominatorOffset = 1e-12;
        double gap = target < 0 ? Targets.LogitRow.Margin(logits, label) : (double)logits[label] - logits[target];
        double spread = target < 0 ? (double)sorted[0] - sorted[2] : sorted[0] - (((double)sorted[2] + sorted[3]) / 2);
        return -gap / (spread + DenominatorOffset);
    }
}
