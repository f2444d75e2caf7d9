using System.Runtime.InteropServices;
using GradientDynamics.CommandLine;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Runtime;
using GradientDynamics.Train.Execution;
using TorchSharp;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Agreement;

/// <summary>How far TorchSharp, which trained a model, and ONNX Runtime, which will serve it, are apart on the same inputs.</summary>
/// <param name="LargestDifference">Largest absolute difference of two logits; NaN or infinite where a logit is.</param>
/// <param name="Tolerance">What rounding may account for.</param>
internal readonly record struct BackEndAgreement(double LargestDifference, double Tolerance)
{
    // Both compute in float32 and sum in different orders: 2.4e-6 of the largest logit was measured on ResNet-18. Forty times that is still far below anything that would be a fault of
    // an operator, and below what moves a decision.
    private const double RelativeTolerance = 1e-4;

    /// <summary>Whether the back ends agree.</summary>
    public bool Holds => LargestDifference <= Tolerance;

    /// <summary>Runs both back ends.</summary>
    /// <param name="model">The model.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="inputs">Inputs, row-major.</param>
    /// <param name="shape">Their shape, batch first.</param>
    /// <exception cref="CommandException">A logit is not finite.</exception>
    public static BackEndAgreement Measure(OnnxGraph model, string name, ReadOnlyMemory<float> inputs, long[] shape)
    {
        float[] torchLogits = RunTorch(model, inputs.Span, shape);
        using OnnxSession session = OnnxSession.Load(model, name);
        float[] runtimeLogits = session.Run(inputs, shape);
        return Compare(torchLogits, runtimeLogits);
    }

    /// <summary>Compares logits.</summary>
    public static BackEndAgreement Compare(ReadOnlySpan<float> left, ReadOnlySpan<float> right)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(left.Length, right.Length, nameof(left));
        double largest = 0;
        double scale = 1;
        for (int i = 0; i < left.Length; i++)
        {
            double difference = Math.Abs((double)left[i] - right[i]);
            // Max ignores no NaN: Math.Max returns NaN where one side is.
            largest = Math.Max(largest, difference);
            scale = Math.Max(scale, Math.Abs((double)left[i]));
        }

        return new(largest, RelativeTolerance * scale);
    }

    /// <summary>Stops where the back ends differ.</summary>
    public void ThrowIfDifferent(string model)
    {
        if (!double.IsFinite(LargestDifference) || !double.IsFinite(Tolerance))
        {
            throw new CommandException(ExitCode.Numerics, $"{model}: logits are not finite; accepted is a model whose weights and outputs are finite numbers.");
        }

        if (!Holds)
        {
            throw new CommandException(ExitCode.Numerics, $"{model}: TorchSharp's and ONNX Runtime's logits differ by {LargestDifference:G3}; accepted is {Tolerance:G3}. What would be served is not what was trained.");
        }
    }

    private static float[] RunTorch(OnnxGraph model, ReadOnlySpan<float> inputs, long[] shape)
    {
        using DisposeScope scope = NewDisposeScope();
        using GraphModule module = new(model);
        module.eval();
        using IDisposable noGradients = no_grad();
        Tensor input = zeros(shape, float32);
        MemoryMarshal.AsBytes(inputs).CopyTo(input.bytes);
        return module.forward(input).to(float32).contiguous().data<float>().ToArray();
    }
}
