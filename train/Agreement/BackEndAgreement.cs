using GradientDynamics.CommandLine;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Runtime;
using GradientDynamics.Train.Execution;
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

    /// <summary>Runs both back ends and compares the first output, the logits.</summary>
    /// <param name="model">The model.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="inputs">Its inputs by name.</param>
    public static BackEndAgreement Measure(OnnxGraph model, string name, IReadOnlyDictionary<string, ConstantTensor> inputs)
    {
        string logits = model.Outputs[0].Name;
        ConstantTensor torch = BackEndRun.InTorchSharp(model, inputs)[logits];
        ConstantTensor runtime = BackEndRun.InOnnxRuntime(model, name, inputs, GraphOptimization.All)[logits];
        return Compare(Singles(torch), Singles(runtime));
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

    /// <summary>Compares values of any type: integers and truth values exactly, floating-point numbers within rounding; NaN equals NaN.</summary>
    public static BackEndAgreement Of(ConstantTensor torch, ConstantTensor runtime)
    {
        if (torch.Element != runtime.Element || !torch.Sizes.SequenceEqual(runtime.Sizes))
        {
            return new(double.PositiveInfinity, 0);
        }

        double[] left = Numbers(torch);
        double[] right = Numbers(runtime);
        double largest = 0;
        double scale = 1;
        for (int i = 0; i < left.Length; i++)
        {
            scale = double.IsFinite(right[i]) ? Math.Max(scale, Math.Abs(right[i])) : scale;
            if (left[i] != right[i] && !(double.IsNaN(left[i]) && double.IsNaN(right[i])))
            {
                largest = Math.Max(largest, Math.Abs(left[i] - right[i]));
            }
        }

        // Half precision has 1e-3 and BFloat16 8e-3, and ONNX Runtime computes some operators in single precision in between: ten roundings.
        double relative = torch.Element switch
        {
            ElementType.Float16 => 1e-2,
            ElementType.BFloat16 => 8e-2,
            ElementType.Float or ElementType.Double => RelativeTolerance,
            _ => 0,
        };
        return new(largest, relative * scale);
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

    /// <summary>Whether a value has numbers that are not finite.</summary>
    public static bool HasNonFinite(ConstantTensor tensor) => Array.Exists(Numbers(tensor), number => !double.IsFinite(number));

    private static double[] Numbers(ConstantTensor tensor)
    {
        using Tensor held = TorchTensors.ToTorch(tensor);
        using Tensor wide = held.to(ScalarType.Float64);
        return wide.numel() == 0 ? [] : wide.data<double>().ToArray();
    }

    private static float[] Singles(ConstantTensor tensor) => [.. Numbers(tensor).Select(number => (float)number)];
}
