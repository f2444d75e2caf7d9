using GradientDynamics.Onnx.Gradients;

namespace GradientDynamics.Onnx.Tests.Gradients;

/// <summary>The attack losses written down a second time, from their definitions, one example at a time and in double.</summary>
internal static class ReferenceLoss
{
    // The reference implementation of the ratio adds it to the divisor.
    private const double RatioOffset = 1e-12;

    public static double Of(AttackLoss kind, double[] logits, long label, long target)
    {
        double[] z = logits.Length == 1 ? [0, logits[0]] : logits;
        switch (kind)
        {
            case AttackLoss.CrossEntropy:
                long pulled = target < 0 ? label : target;
                double largest = z.Max();
                double logarithm = z[pulled] - largest - Math.Log(z.Sum(value => Math.Exp(value - largest)));
                return target < 0 ? -logarithm : logarithm;
            case AttackLoss.LogitMargin:
                return Margin(z, label, target);
            default:
                double[] sorted = [.. z.OrderDescending()];
                double spread = target < 0 ? sorted[0] - sorted[2] : sorted[0] - (sorted[2] + sorted[3]) / 2;
                return Margin(z, label, target) / (spread + RatioOffset);
        }
    }

    /// <summary>The classes in descending order of their logits: where it changes the losses have kinks.</summary>
    public static int[] Ranking(double[] logits) => [.. Enumerable.Range(0, logits.Length).OrderByDescending(j => logits[j])];

    private static double Margin(double[] z, long label, long target) =>
        (target < 0 ? z.Where((_, j) => j != label).Max() : z[target]) - z[label];
}
