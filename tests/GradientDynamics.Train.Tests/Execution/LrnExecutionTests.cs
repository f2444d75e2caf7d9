using GradientDynamics.Onnx.Graph;
using TorchSharp;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Tests.Execution;

public sealed class LrnExecutionTests
{
    // Sums of squares of single-precision numbers.
    private const double SinglePrecision = 1e-6;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(5)]
    public void AnyNumberOfChannels_IsTheStandardsFormula(long size)
    {
        using DisposeScope scope = NewDisposeScope();
        GraphBuilder builder = new();
        Value input = builder.Input("input", ElementType.Float, TensorShape.Of(1, 6, 1, 1));
        NodeAttributes attributes = NodeAttributes.None.With("size", size).With("alpha", 0.5f).With("beta", 0.75f).With("bias", 2f);
        float[] x = [0.5f, -1, 2, 0.25f, -3, 1.5f];

        IReadOnlyDictionary<string, ConstantTensor> outputs = Views.InTorchSharp(
            builder.Build(builder.Add("LRN", [input], attributes, "y")), new Dictionary<string, ConstantTensor> { ["input"] = ConstantTensor.Of<float>(x, 1, 6, 1, 1) }, ScalarType.Float32);

        double[] expected = [.. Enumerable.Range(0, 6).Select(c =>
        {
            int first = Math.Max(0, c - (int)Math.Floor((size - 1) / 2.0));
            int last = Math.Min(5, c + (int)Math.Ceiling((size - 1) / 2.0));
            double squares = Enumerable.Range(first, last - first + 1).Sum(i => (double)x[i] * x[i]);
            return x[c] / Math.Pow(2 + (0.5 / size * squares), 0.75);
        })];
        Agreement.Numbers(outputs["y"]).ShouldBe(expected, SinglePrecision);
    }
}
