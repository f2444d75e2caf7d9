using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Execution;

/// <summary>HannWindow, HammingWindow and BlackmanWindow: a constant and one or two cosines, in double precision.</summary>
internal static class WindowExecution
{
    public static NodeExecution CompileHann(GraphNode node) => Compile(node, 0.5, 0.5, 0);

    public static NodeExecution CompileHamming(GraphNode node) => Compile(node, 25.0 / 46, 21.0 / 46, 0);

    public static NodeExecution CompileBlackman(GraphNode node) => Compile(node, 0.42, 0.5, 0.08);

    private static NodeExecution Compile(GraphNode node, double level, double first, double second)
    {
        (ElementType type, bool periodic) = WindowAttributes.Of(node);
        return call =>
        {
            long size = call.Integers(0)[0];
            double period = periodic ? size : size - 1;
            double[] numbers = [.. Enumerable.Range(0, checked((int)size)).Select(i =>
                level - (first * Math.Cos(2 * Math.PI * i / period)) + (second * Math.Cos(4 * Math.PI * i / period)))];
            using Tensor window = tensor(numbers, device: call[0].device);
            call.Return(window.to(call.TypeOf(type), copy: true));
        };
    }
}
