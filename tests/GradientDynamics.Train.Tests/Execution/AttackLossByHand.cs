using static TorchSharp.torch;

namespace GradientDynamics.Train.Tests.Execution;

/// <summary>The attacks' losses written down from their definitions, example by example, for autograd to differentiate.</summary>
internal static class AttackLossByHand
{
    // The reference implementation of the difference-of-logits ratio adds it to the denominator.
    private const double RatioOffset = 1e-12;

    /// <summary>The loss of each example; a target of -1 is none, a single logit z stands for (0, z).</summary>
    public static Tensor Of(Tensor logits, long[] labels, long[] targets, long[] kinds)
    {
        Tensor all = logits.shape[1] == 1 ? cat([zeros_like(logits), logits], 1) : logits;
        return stack(Enumerable.Range(0, labels.Length).Select(i => OfOne(all[i], labels[i], targets[i], kinds[i])));
    }

    private static Tensor OfOne(Tensor z, long label, long target, long kind)
    {
        Tensor margin = target >= 0
            ? z[target] - z[label]
            : cat([z[..(int)label], z[((int)label + 1)..]]).max() - z[label];
        Tensor Ranked(int place) => z.sort(descending: true).Values[place];
        return kind switch
        {
            0 => target >= 0 ? z.log_softmax(0)[target] : -z.log_softmax(0)[label],
            1 => margin,
            _ => margin / (Ranked(0) - (target >= 0 ? (Ranked(2) + Ranked(3)) / 2 : Ranked(2)) + RatioOffset),
        };
    }
}
