using GradientDynamics.Onnx.Graph;
using GradientDynamics.Train.Execution;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Tests.Execution;

/// <summary>How close two results must be.</summary>
internal static class Agreement
{
    /// <summary>Fails where the tensors differ in type or shape, or elements by more than <paramref name="relative"/> of the largest magnitude plus <paramref name="absolute"/>.</summary>
    public static void ShouldAgreeWith(this ConstantTensor actual, ConstantTensor expected, double relative, double absolute, string what)
    {
        actual.Element.ShouldBe(expected.Element, what);
        actual.Sizes.ToArray().ShouldBe(expected.Sizes.ToArray(), what);
        double[] left = Numbers(actual);
        double[] right = Numbers(expected);
        double scale = right.Where(double.IsFinite).Select(Math.Abs).DefaultIfEmpty(0).Max();
        for (int i = 0; i < left.Length; i++)
        {
            bool same = left[i] == right[i] || (double.IsNaN(left[i]) && double.IsNaN(right[i])) || Math.Abs(left[i] - right[i]) <= (relative * scale) + absolute;
            if (!same)
            {
                Assert.Fail($"{what}: element {i} of {left.Length} is {left[i]:R}, expected {right[i]:R} (relative {relative}, absolute {absolute}, largest {scale:R}).");
            }
        }
    }

    /// <summary>The elements as double-precision numbers.</summary>
    public static double[] Numbers(ConstantTensor constant)
    {
        using Tensor tensor = TorchTensors.ToTorch(constant);
        using Tensor wide = tensor.to(ScalarType.Float64);
        return wide.numel() == 0 ? [] : wide.data<double>().ToArray();
    }
}
