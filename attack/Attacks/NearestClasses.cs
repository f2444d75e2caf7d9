using GradientDynamics.Attack.Targets;
using GradientDynamics.Onnx.Gradients;

namespace GradientDynamics.Attack.Attacks;

/// <summary>
/// The wrong classes of each example, nearest first by the distance to their boundary when the model is linearised at the input: (z_y − z_j) / ‖∇(z_y − z_j)‖ in the dual norm.
/// </summary>
/// <remarks>The estimate of DeepFool (Moosavi-Dezfooli et al., 2016, https://arxiv.org/abs/1511.04599), exact on linear models away from the bounds.</remarks>
internal sealed class NearestClasses
{
    /// <summary>The wrong classes with the highest logits that are ranked: enough to rank all of ten classes, and a bound on the cost for many.</summary>
    public const int Candidates = 9;

    private readonly int[][] _classes;
    private readonly double[] _distances;

    private NearestClasses(int[][] classes, double[] distances)
    {
        _classes = classes;
        _distances = distances;
    }

    /// <summary>The class of the given rank, 0 the nearest, or −1 where there are not so many.</summary>
    public int Class(int example, int rank) => rank < _classes[example].Length ? _classes[example][rank] : -1;

    /// <summary>Estimated distance to the nearest boundary; infinite where no gradient leads to one.</summary>
    public double Distance(int example) => _distances[example];

    /// <summary>Ranks the classes of all examples of the batch.</summary>
    public static async Task<NearestClasses> RankAsync(ConfirmedTarget target, ExampleBatch batch, PerturbationNorm norm, CancellationToken cancellationToken)
    {
        int classes = target.ClassCount;
        int candidates = Math.Min(Candidates, classes - 1);
        float[] logits = new float[batch.Count * classes];
        await target.EndpointLogitsAsync(batch.Inputs, batch.Count, logits, example => batch.Ids[example], cancellationToken);
        int[][] ranked = [.. Enumerable.Range(0, batch.Count).Select(example => HighestOthers(logits.AsSpan(example * classes, classes), batch.Labels[example], candidates))];

        var gradients = new LossGradients(batch.Count, classes, batch.InputLength);
        long[] labels = [.. batch.Labels.Select(label => (long)label)];
        long[] aims = new long[batch.Count];
        double[][] distances = [.. ranked.Select(_ => new double[candidates])];
        for (int candidate = 0; candidate < candidates; candidate++)
        {
            for (int example = 0; example < batch.Count; example++)
            {
                aims[example] = ranked[example][candidate];
            }

            LossGradientQuery query = new(batch.Count, batch.Inputs, labels, aims, AttackLoss.LogitMargin);
            await target.LossGradientAsync(query, gradients, example => batch.Ids[example], finished: null, cancellationToken);
            for (int example = 0; example < batch.Count; example++)
            {
                ReadOnlySpan<float> row = gradients.Logits.AsSpan(example * classes, classes);
                double gap = Math.Max(0, (double)row[batch.Labels[example]] - row[ranked[example][candidate]]);
                double length = norm.DualLength(gradients.Gradient.AsSpan(example * batch.InputLength, batch.InputLength));
                distances[example][candidate] = length > 0 ? gap / length : double.PositiveInfinity;
            }
        }

        double[] nearest = new double[batch.Count];
        for (int example = 0; example < batch.Count; example++)
        {
            int[] order = [.. Enumerable.Range(0, candidates).OrderBy(candidate => distances[example][candidate])];
            nearest[example] = distances[example][order[0]];
            ranked[example] = [.. order.Select(candidate => ranked[example][candidate])];
        }

        return new(ranked, nearest);
    }

    private static int[] HighestOthers(ReadOnlySpan<float> logits, int label, int count)
    {
        float[] values = logits.ToArray();
        return [.. Enumerable.Range(0, values.Length).Where(other => other != label).OrderByDescending(other => values[other]).Take(count)];
    }
}
