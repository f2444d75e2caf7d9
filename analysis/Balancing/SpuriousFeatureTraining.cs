using GradientDynamics.Analysis.Numerics;

namespace GradientDynamics.Analysis.Balancing;

/// <summary>How training balances the groups.</summary>
public enum GroupBalancing
{
    /// <summary>Not at all (ERM).</summary>
    None,

    /// <summary>As many examples of every group as the smallest has, chosen once (SUBG).</summary>
    Subsampling,

    /// <summary>As many draws in an epoch as there are examples, with replacement, every group equally likely (RWG).</summary>
    Reweighting,
}

/// <summary>Examples of the spurious-features problem: inputs scaled by γ, labels ±1, and whether the spurious feature agrees with the label.</summary>
/// <param name="Inputs">(examples, features): the spurious feature, the core feature, then noise.</param>
/// <param name="Labels">1 or −1.</param>
/// <param name="IsMajority">Whether the spurious feature agrees with the label.</param>
public sealed record SpuriousFeatureSet(IReadOnlyList<double[]> Inputs, IReadOnlyList<int> Labels, IReadOnlyList<bool> IsMajority)
{
    /// <summary>Group of an example: two for each label, the minority first.</summary>
    /// <param name="example">Index.</param>
    public int GroupOf(int example) => (Labels[example] > 0 ? 2 : 0) + (IsMajority[example] ? 1 : 0);

    /// <summary>Lowest accuracy of a group that has examples, for a linear classifier.</summary>
    /// <param name="weights">Weights, (features); those beyond the inputs' features meet zeros.</param>
    public double WorstGroupAccuracy(double[] weights)
    {
        int[] counts = new int[4];
        int[] correct = new int[4];
        for (int i = 0; i < Inputs.Count; i++)
        {
            int group = GroupOf(i);
            counts[group]++;
            correct[group] += Labels[i] * InnerProduct.Of(Inputs[i], weights) > 0 ? 1 : 0;
        }

        return Enumerable.Range(0, 4).Where(group => counts[group] > 0).Min(group => (double)correct[group] / counts[group]);
    }
}

/// <summary>Logistic regression on a spurious, a core and many noise features, the problem in which balancing is compared (section 8.4, Eq. 8.4.1; Sagawa et al., 2020, section 5.1).</summary>
/// <remarks>
/// Core and spurious features are y·(−1) + N(0, σ²) times their scale; a share of the spurious ones has the other sign. Noise features are N(0, 1) in training and 0 in validation and test, as the papers' code has it
/// (the text writes N(0, σ²) with a scale of 20, which is 3 after the deviation of 0.15). Stochastic gradient descent with momentum 0.9 from small weights, mean logistic loss, no bias.
/// </remarks>
public sealed record SpuriousFeatureTraining
{
    private const double Momentum = 0.9;

    /// <summary>Examples in each set. Default 1,000.</summary>
    public int Count { get; init { ArgumentOutOfRangeException.ThrowIfLessThan(value, 8, nameof(Count)); field = value; } } = 1000;

    /// <summary>Noise features. Default 1,200.</summary>
    public int NoiseDimension { get; init { ArgumentOutOfRangeException.ThrowIfNegative(value, nameof(NoiseDimension)); field = value; } } = 1200;

    /// <summary>Share of examples whose spurious feature agrees with the label. Default 0.8.</summary>
    public double Agreement
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 0.5, nameof(Agreement));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(value, 1, nameof(Agreement));
            field = value;
        }
    } = 0.8;

    /// <summary>Standard deviation σ of core and spurious feature. Default 0.15.</summary>
    public double StandardDeviation { get; init { ArgumentOutOfRangeException.ThrowIfNegative(value, nameof(StandardDeviation)); field = value; } } = 0.15;

    /// <summary>Scale of the spurious feature. Default 4.</summary>
    public double SpuriousScale { get; init { ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, nameof(SpuriousScale)); field = value; } } = 4;

    /// <summary>Scale of the core feature. Default 1.</summary>
    public double CoreScale { get; init { ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, nameof(CoreScale)); field = value; } } = 1;

    /// <summary>Scale of the noise. Default 4.</summary>
    public double NoiseScale { get; init { ArgumentOutOfRangeException.ThrowIfNegative(value, nameof(NoiseScale)); field = value; } } = 4;

    /// <summary>Step size. Default 1e-5.</summary>
    public double LearningRate { get; init { ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, nameof(LearningRate)); field = value; } } = 1e-5;

    /// <summary>Weight decay, added to the gradient. Default 0.</summary>
    public double WeightDecay { get; init { ArgumentOutOfRangeException.ThrowIfNegative(value, nameof(WeightDecay)); field = value; } }

    /// <summary>Examples of a step. Default 250.</summary>
    public int BatchSize { get; init { ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, nameof(BatchSize)); field = value; } } = 250;

    /// <summary>Passes over the examples. Default 500.</summary>
    public int Epochs { get; init { ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, nameof(Epochs)); field = value; } } = 500;

    /// <summary>Draws a set.</summary>
    /// <param name="source">Randomness.</param>
    /// <param name="noisy">Whether noise features are drawn (training); without them they are 0 and left out.</param>
    public SpuriousFeatureSet Draw(GaussianSource source, bool noisy)
    {
        ArgumentNullException.ThrowIfNull(source);
        double[][] inputs = new double[Count][];
        int[] labels = new int[Count];
        bool[] majority = new bool[Count];
        // Exactly this many minority examples; the papers' code truncates 199.99… to 199.
        int minority = (int)((1 - Agreement) * Count);
        int[] order = [.. Enumerable.Range(0, Count)];
        Shuffle(order, source);
        for (int i = 0; i < Count; i++)
        {
            labels[i] = i < Count / 2 ? -1 : 1;
            majority[i] = true;
        }

        foreach (int i in order[..minority])
        {
            majority[i] = false;
        }

        for (int i = 0; i < Count; i++)
        {
            double[] input = new double[2 + (noisy ? NoiseDimension : 0)];
            input[0] = SpuriousScale * (majority[i] ? 1 : -1) * labels[i] * (-1 + (StandardDeviation * source.Next()));
            input[1] = CoreScale * labels[i] * (-1 + (StandardDeviation * source.Next()));
            for (int j = 2; j < input.Length; j++)
            {
                input[j] = NoiseScale * source.Next();
            }

            inputs[i] = input;
        }

        return new SpuriousFeatureSet(inputs, labels, majority);
    }

    /// <summary>Trains and keeps the weights of the best epoch by the validation set's worst group.</summary>
    /// <param name="training">The training set.</param>
    /// <param name="validation">The validation set, without noise features.</param>
    /// <param name="balancing">How groups are balanced.</param>
    /// <param name="source">Randomness of weights, subsets and orders.</param>
    /// <param name="cancellationToken">Stops the training between epochs.</param>
    /// <returns>The best weights, the last ones, and the worst-group accuracy on validation after each epoch.</returns>
    public (double[] Best, double[] Last, double[] Accuracies) Train(SpuriousFeatureSet training, SpuriousFeatureSet validation, GroupBalancing balancing, GaussianSource source, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(training);
        ArgumentNullException.ThrowIfNull(validation);
        ArgumentNullException.ThrowIfNull(source);
        int features = training.Inputs[0].Length;
        double[] weights = new double[features];
        for (int j = 0; j < features; j++)
        {
            // torch's initial weights, uniform within 1/√features, times 0.01 and over the feature's scale.
            double scale = j == 0 ? SpuriousScale : j == 1 ? CoreScale : NoiseScale;
            weights[j] = scale == 0 ? 0 : 0.01 / scale * ((2 * source.NextUniform()) - 1) / Math.Sqrt(features);
        }

        int[][] groups = [.. Enumerable.Range(0, 4).Select(group => Enumerable.Range(0, training.Inputs.Count).Where(i => training.GroupOf(i) == group).ToArray()).Where(group => group.Length > 0)];
        int[] members = balancing == GroupBalancing.Subsampling ? Subsample(groups, source) : [.. Enumerable.Range(0, training.Inputs.Count)];
        double[] velocity = new double[features];
        double[] gradient = new double[features];
        double[] best = [.. weights];
        double bestAccuracy = -1;
        double[] accuracies = new double[Epochs];
        for (int epoch = 0; epoch < Epochs; epoch++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (balancing == GroupBalancing.Reweighting)
            {
                for (int i = 0; i < members.Length; i++)
                {
                    int[] group = groups[source.NextBelow(groups.Length)];
                    members[i] = group[source.NextBelow(group.Length)];
                }
            }
            else
            {
                Shuffle(members, source);
            }

            for (int start = 0; start < members.Length; start += BatchSize)
            {
                ReadOnlySpan<int> batch = members.AsSpan(start, Math.Min(BatchSize, members.Length - start));
                Array.Clear(gradient);
                foreach (int i in batch)
                {
                    double margin = training.Labels[i] * InnerProduct.Of(training.Inputs[i], weights);
                    InnerProduct.AddMultiple(gradient, training.Inputs[i], -training.Labels[i] / ((1 + Math.Exp(margin)) * batch.Length));
                }

                for (int j = 0; j < features; j++)
                {
                    velocity[j] = (Momentum * velocity[j]) + gradient[j] + (WeightDecay * weights[j]);
                    weights[j] -= LearningRate * velocity[j];
                }
            }

            accuracies[epoch] = validation.WorstGroupAccuracy(weights);
            // Of equally good epochs the last, as the papers' selection has it.
            if (accuracies[epoch] >= bestAccuracy)
            {
                bestAccuracy = accuracies[epoch];
                best = [.. weights];
            }
        }

        return double.IsFinite(InnerProduct.Of(weights, weights))
            ? (best, weights, accuracies)
            : throw new NonConvergenceException($"The weights diverged at the learning rate {LearningRate:G3}; a smaller one may help.", double.PositiveInfinity);
    }

    private static int[] Subsample(int[][] groups, GaussianSource source)
    {
        int smallest = groups.Min(group => group.Length);
        foreach (int[] group in groups)
        {
            Shuffle(group, source);
        }

        return [.. groups.SelectMany(group => group.Take(smallest))];
    }

    private static void Shuffle(int[] values, GaussianSource source)
    {
        for (int i = values.Length - 1; i > 0; i--)
        {
            int other = source.NextBelow(i + 1);
            (values[i], values[other]) = (values[other], values[i]);
        }
    }
}
