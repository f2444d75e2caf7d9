using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Training;

/// <summary>Logits of examples on the host, and what they say. A single logit z is the two-class case with logits (0, z).</summary>
internal sealed class Predictions(int count, int logitCount)
{
    private readonly float[] _logits = new float[checked(count * logitCount)];

    /// <summary>Number of examples.</summary>
    public int Count { get; } = count;

    /// <summary>Logits per example.</summary>
    public int LogitCount { get; } = logitCount;

    /// <summary>Number of classes.</summary>
    public int ClassCount => Math.Max(2, LogitCount);

    /// <summary>Logits of an example, as the network gave them.</summary>
    public ReadOnlySpan<float> this[int example] => _logits.AsSpan(example * LogitCount, LogitCount);

    /// <summary>Predictions from logits, row-major (count, logits).</summary>
    public static Predictions Of(ReadOnlySpan<float> logits, int logitCount)
    {
        Predictions predictions = new(logits.Length / logitCount, logitCount);
        logits.CopyTo(predictions._logits);
        return predictions;
    }

    /// <summary>Copies the logits (batch, logits) of the examples from <paramref name="start"/> on.</summary>
    public void Read(Tensor logits, int start)
    {
        using Tensor detached = logits.detach();
        using Tensor onHost = detached.to(ScalarType.Float32, CPU);
        using Tensor contiguous = onHost.contiguous();
        MemoryMarshal.Cast<byte, float>(contiguous.bytes).CopyTo(_logits.AsSpan(start * LogitCount));
    }

    /// <summary>Copies the logits (batch, logits) of examples in any order.</summary>
    public void Read(Tensor logits, ReadOnlySpan<int> examples)
    {
        using Tensor detached = logits.detach();
        using Tensor onHost = detached.to(ScalarType.Float32, CPU);
        using Tensor contiguous = onHost.contiguous();
        ReadOnlySpan<float> values = MemoryMarshal.Cast<byte, float>(contiguous.bytes);
        for (int i = 0; i < examples.Length; i++)
        {
            values.Slice(i * LogitCount, LogitCount).CopyTo(_logits.AsSpan(examples[i] * LogitCount));
        }
    }

    /// <summary>The predicted class: the largest logit, for a single logit class 1 where it is positive. The first of equals wins, as in ONNX's ArgMax.</summary>
    public int Class(int example)
    {
        ReadOnlySpan<float> logits = this[example];
        if (LogitCount == 1)
        {
            return logits[0] > 0 ? 1 : 0;
        }

        int best = 0;
        for (int i = 1; i < logits.Length; i++)
        {
            best = logits[i] > logits[best] ? i : best;
        }

        return best;
    }

    /// <summary>Whether the prediction of each example is its label.</summary>
    public bool[] Correct(ReadOnlySpan<int> labels)
    {
        bool[] correct = new bool[Count];
        for (int i = 0; i < correct.Length; i++)
        {
            correct[i] = Class(i) == labels[i];
        }

        return correct;
    }

    /// <summary>Logarithms of the probabilities of the classes, into <paramref name="target"/>.</summary>
    public void LogProbabilities(int example, Span<double> target)
    {
        ReadOnlySpan<float> logits = this[example];
        if (LogitCount == 1)
        {
            target[0] = -Softplus(logits[0]);
            target[1] = -Softplus(-(double)logits[0]);
            return;
        }

        double largest = double.NegativeInfinity;
        foreach (float logit in logits)
        {
            largest = Math.Max(largest, logit);
        }

        double sum = 0;
        foreach (float logit in logits)
        {
            sum += Math.Exp(logit - largest);
        }

        double logSum = largest + Math.Log(sum);
        for (int i = 0; i < logits.Length; i++)
        {
            target[i] = logits[i] - logSum;
        }
    }

    // log(1 + e^x) without overflow, and without losing small values.
    private static double Softplus(double x) => Math.Max(x, 0) + double.LogP1(Math.Exp(-Math.Abs(x)));
}
