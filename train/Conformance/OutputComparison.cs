using System.Globalization;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Train.Execution;
using TorchSharp;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Conformance;

/// <summary>An output against the expected one, as ONNX's own test runner compares them.</summary>
/// <param name="LargestError">Largest absolute difference of elements; NaN where only one of two is a number.</param>
/// <param name="Difference">What differs; null where nothing does.</param>
internal readonly record struct OutputComparison(double LargestError, string? Difference)
{
    // ONNX's defaults (onnx.backend.test.runner). Expected outputs are NumPy's, in part computed in higher precision, and some are written down with four decimals.
    private const double RelativeTolerance = 1e-3;
    private const double AbsoluteTolerance = 1e-7;

    // Neighbouring numbers of BFloat16 differ by 2^-8 to 2^-7 relatively: a result on the other side of a rounding is no fault. Float16's 2^-10 is within the tolerance above.
    private const double BFloat16Spacing = 0.0078125;

    /// <summary>Compares type, shape and elements: integers, truth values and text exactly, floating-point numbers within the tolerances; NaN equals NaN.</summary>
    public static OutputComparison Of(Tensor actual, ConstantTensor expected, string name)
    {
        ElementType element = TorchTensors.ToElementType(actual.dtype);
        if (element != expected.Element || !actual.shape.AsSpan().SequenceEqual(expected.Sizes))
        {
            return new(double.NaN, $"output '{name}' is {element}[{string.Join(", ", actual.shape)}]; expected is {expected.Element}{expected.Shape}");
        }

        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradients = no_grad();
        using Tensor held = TorchTensors.ToTorch(expected);
        return element.IsFloatingPoint ? CompareNumbers(actual, held, element, name) : CompareExactly(actual, held, name);
    }

    private static OutputComparison CompareNumbers(Tensor actual, Tensor expected, ElementType element, string name)
    {
        double[] left = Doubles(actual);
        double[] right = Doubles(expected);
        double relative = element == ElementType.BFloat16 ? BFloat16Spacing : RelativeTolerance;
        double largest = 0;
        int worst = -1;
        double worstExcess = 0;
        for (int i = 0; i < left.Length; i++)
        {
            if (left[i] == right[i] || (double.IsNaN(left[i]) && double.IsNaN(right[i])))
            {
                continue;
            }

            double error = Math.Abs(left[i] - right[i]);
            largest = Math.Max(largest, error);
            double excess = error - (AbsoluteTolerance + (relative * Math.Abs(right[i])));
            // Neither NaN nor an infinite difference is within anything.
            if (!(excess <= 0) && !(excess <= worstExcess))
            {
                worst = i;
                worstExcess = double.IsNaN(excess) ? double.PositiveInfinity : excess;
            }
        }

        return new(largest, worst < 0 ? null : string.Create(CultureInfo.InvariantCulture, $"element {worst} of output '{name}' is {left[worst]:R}, expected {right[worst]:R}"));
    }

    private static OutputComparison CompareExactly(Tensor actual, Tensor expected, string name)
    {
        long[] left = TorchTensors.ReadIntegers(actual);
        long[] right = TorchTensors.ReadIntegers(expected);
        int different = Enumerable.Range(0, left.Length).FirstOrDefault(i => left[i] != right[i], -1);
        double largest = left.Zip(right, (one, other) => Math.Abs((double)one - other)).DefaultIfEmpty().Max();
        return new(largest, different < 0 ? null : string.Create(CultureInfo.InvariantCulture, $"element {different} of output '{name}' is {left[different]}, expected {right[different]}"));
    }

    private static double[] Doubles(Tensor tensor) => tensor.numel() == 0 ? [] : tensor.to(ScalarType.Float64, CPU).contiguous().data<double>().ToArray();
}
