using GradientDynamics.Attack.Attacks;
using GradientDynamics.Attack.Targets;
using GradientDynamics.EvaluationSets;
using GradientDynamics.Onnx.Gradients;

namespace GradientDynamics.Attack.Tests.Targets;

/// <summary>A classifier whose logits and their gradients are formulas; it counts what it is asked and remembers the batch sizes.</summary>
internal abstract class PaperClassifier(string name, int classCount, params int[] shape) : IClassifier
{
    public string Name { get; } = name;

    public int ClassCount { get; } = classCount;

    public IReadOnlyList<int> InputShape { get; } = shape;

    public List<int> GradientBatches { get; } = [];

    public int Predictions { get; private set; }

    public Task LogitsAsync(ReadOnlyMemory<float> inputs, int count, Memory<float> logits, CancellationToken cancellationToken)
    {
        int length = this.InputLength;
        for (int example = 0; example < count; example++)
        {
            double[] values = Logits(inputs.Span.Slice(example * length, length));
            Write(values, logits.Span[(example * ClassCount)..]);
        }

        Predictions += count;
        return Task.CompletedTask;
    }

    public Task LossGradientAsync(LossGradientQuery query, LossGradients result, Action<int, int>? finished, CancellationToken cancellationToken)
    {
        int length = this.InputLength;
        GradientBatches.Add(query.Count);
        for (int example = 0; example < query.Count; example++)
        {
            ReadOnlySpan<float> input = query.Inputs.Span.Slice(example * length, length);
            double[] logits = Logits(input);
            Write(logits, result.Logits.AsSpan(example * ClassCount));
            int label = (int)query.Labels.Span[example];
            int target = (int)query.Targets.Span[example];
            float[] row = [.. logits.Select(logit => (float)logit)];
            result.Loss[example] = (float)LossOfLogits.Evaluate(query.Loss, row, label, target);
            double[] slopes = LossSlopes(query.Loss, logits, label, target);
            double[] gradient = new double[length];
            for (int k = 0; k < ClassCount; k++)
            {
                if (slopes[k] != 0)
                {
                    AddLogitGradient(k, slopes[k], input, gradient);
                }
            }

            for (int i = 0; i < length; i++)
            {
                result.Gradient[(example * length) + i] = (float)gradient[i];
            }
        }

        finished?.Invoke(0, query.Count);
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    public ConfirmedTarget WithBounds(double lower, double upper) => new(Name, this, this, InputBounds.Of(lower, upper));

    protected abstract double[] Logits(ReadOnlySpan<float> input);

    protected abstract void AddLogitGradient(int k, double slope, ReadOnlySpan<float> input, double[] gradient);

    private static void Write(double[] values, Span<float> logits)
    {
        for (int k = 0; k < values.Length; k++)
        {
            logits[k] = (float)values[k];
        }
    }

    /// <summary>dL/dz for the two losses that the tests use; the slope of the ratio is left to the gradient graph's own tests.</summary>
    private static double[] LossSlopes(AttackLoss loss, double[] logits, int label, int target)
    {
        double[] slopes = new double[logits.Length];
        if (loss == AttackLoss.LogitMargin)
        {
            slopes[target >= 0 ? target : Enumerable.Range(0, logits.Length).Where(k => k != label).MaxBy(k => logits[k])] += 1;
            slopes[label] -= 1;
            return slopes;
        }

        double highest = logits.Max();
        double sum = logits.Sum(logit => Math.Exp(logit - highest));
        for (int k = 0; k < logits.Length; k++)
        {
            double probability = Math.Exp(logits[k] - highest) / sum;
            slopes[k] = target >= 0 ? (k == target ? 1 : 0) - probability : probability - (k == label ? 1 : 0);
        }

        return slopes;
    }
}

/// <summary>z = Wx + b.</summary>
internal sealed class LinearClassifier(double[][] weights, double[] biases) : PaperClassifier("linear", weights.Length, weights[0].Length)
{
    public static LinearClassifier Random(int seed, int classes, int dimension)
    {
        RandomStream stream = new($"linear/{seed}");
        return new([.. Enumerable.Range(0, classes).Select(_ => Gaussians(stream, dimension))], Gaussians(stream, classes));
    }

    public static double[] Gaussians(RandomStream stream, int count) => [.. Enumerable.Range(0, count).Select(_ => stream.NextGaussians().First)];

    /// <summary>A single logit as two classes with the logits (0, z).</summary>
    public LinearClassifier WithZeroClass() => new([new double[weights[0].Length], weights[0]], [0, biases[0]]);

    /// <summary>min over j of (z_y − z_j) / ‖w_y − w_j‖ in the dual norm.</summary>
    public double ExactMargin(ReadOnlySpan<float> input, int label, PerturbationNorm norm)
    {
        double[] logits = Logits(input);
        double margin = double.PositiveInfinity;
        for (int k = 0; k < logits.Length; k++)
        {
            if (k != label)
            {
                double[] difference = [.. weights[label].Zip(weights[k], (own, other) => own - other)];
                double length = norm == PerturbationNorm.Linf ? difference.Sum(Math.Abs) : Math.Sqrt(difference.Sum(value => value * value));
                margin = Math.Min(margin, (logits[label] - logits[k]) / length);
            }
        }

        return margin;
    }

    /// <summary>The class of the largest logit after rounding to float32, as a caller sees it.</summary>
    public int Predict(ReadOnlySpan<float> input) => LogitRow.Prediction([.. Logits(input).Select(logit => (float)logit)]);

    protected override double[] Logits(ReadOnlySpan<float> input)
    {
        double[] logits = [.. biases];
        for (int k = 0; k < logits.Length; k++)
        {
            for (int i = 0; i < input.Length; i++)
            {
                logits[k] += weights[k][i] * input[i];
            }
        }

        return logits;
    }

    protected override void AddLogitGradient(int k, double slope, ReadOnlySpan<float> input, double[] gradient)
    {
        for (int i = 0; i < gradient.Length; i++)
        {
            gradient[i] += slope * weights[k][i];
        }
    }
}

/// <summary>Class 1 outside a sphere of radius r around the origin: logits (0, ‖x‖² − r²).</summary>
internal sealed class SphereClassifier(int dimension, double radius) : PaperClassifier("sphere", 2, dimension)
{
    protected override double[] Logits(ReadOnlySpan<float> input)
    {
        double square = 0;
        foreach (float value in input)
        {
            square += (double)value * value;
        }

        return [0, square - (radius * radius)];
    }

    protected override void AddLogitGradient(int k, double slope, ReadOnlySpan<float> input, double[] gradient)
    {
        if (k == 1)
        {
            for (int i = 0; i < gradient.Length; i++)
            {
                gradient[i] += slope * 2 * input[i];
            }
        }
    }
}

/// <summary>Never class 1, nearest to it at the tip of a tent: logits (0, −1 − |x − tip|).</summary>
internal sealed class TentClassifier(double tip) : PaperClassifier("tent", 2, 1)
{
    protected override double[] Logits(ReadOnlySpan<float> input) => [0, -1 - Math.Abs(input[0] - tip)];

    protected override void AddLogitGradient(int k, double slope, ReadOnlySpan<float> input, double[] gradient) =>
        gradient[0] += k == 1 ? slope * Math.Sign(tip - input[0]) : 0;
}

/// <summary>A classifier with some answers replaced.</summary>
internal sealed class AlteredClassifier(IClassifier inner, Action<Memory<float>, int>? alterLogits = null, Action<LossGradients, int>? alterGradients = null) : IClassifier
{
    public string Name => inner.Name;

    public int ClassCount => inner.ClassCount;

    public IReadOnlyList<int> InputShape => inner.InputShape;

    public async Task LogitsAsync(ReadOnlyMemory<float> inputs, int count, Memory<float> logits, CancellationToken cancellationToken)
    {
        await inner.LogitsAsync(inputs, count, logits, cancellationToken);
        alterLogits?.Invoke(logits, count);
    }

    public async Task LossGradientAsync(LossGradientQuery query, LossGradients result, Action<int, int>? finished, CancellationToken cancellationToken)
    {
        await inner.LossGradientAsync(query, result, finished: null, cancellationToken);
        alterGradients?.Invoke(result, query.Count);
        finished?.Invoke(0, query.Count);
    }

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
