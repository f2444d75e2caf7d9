using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Execution;

/// <summary>Conv over one to three spatial dimensions; pads that differ between the ends are added first.</summary>
internal static class ConvExecution
{
    public static NodeExecution Compile(GraphNode node)
    {
        ConvAttributes conv = ConvAttributes.Of(node);
        Window? known = null;
        return call =>
        {
            Tensor x = call[0];
            Tensor weight = call[1];
            Window window = known ?? Window.Of(conv.WindowFor(node, TensorShape.Of(x.shape), TensorShape.Of(weight.shape)));
            if (conv.AutoPad is AutoPad.NotSet or AutoPad.Valid)
            {
                known = window; // the pads do not depend on the input
            }

            call.Return(Run(window, conv.Group, x, weight, call.At(2), node));
        };
    }

    private static Tensor Run(Window window, long group, Tensor x, Tensor weight, Tensor? bias, GraphNode node)
    {
        if (window.PadFirst is not null)
        {
            using Tensor padded = nn.functional.pad(x, window.PadFirst);
            return Convolve(window, group, padded, weight, bias, node);
        }

        return Convolve(window, group, x, weight, bias, node);
    }

    private static Tensor Convolve(Window window, long group, Tensor x, Tensor weight, Tensor? bias, GraphNode node) => window.Strides.Length switch
    {
        1 => nn.functional.conv1d(x, weight, bias, window.Strides[0], window.Padding[0], window.Dilations[0], group),
        2 => nn.functional.conv2d(x, weight, bias, window.Strides, window.Padding, window.Dilations, group),
        3 => nn.functional.conv3d(x, weight, bias, window.Strides, window.Padding, window.Dilations, group),
        int other => throw new UnsupportedOperatorException($"Node {node} cannot be trained: Conv over {other} spatial dimensions; 1, 2 and 3 are accepted."),
    };

    private sealed record Window(long[] Strides, long[] Padding, long[] Dilations, long[]? PadFirst)
    {
        public static Window Of(SlidingWindow window)
        {
            bool symmetric = WindowPads.AreSymmetric(window);
            return new(
                [.. window.Strides],
                symmetric ? [.. window.PadsBegin] : new long[window.Kernel.Count],
                [.. window.Dilations],
                symmetric ? null : WindowPads.InTorchOrder(window.PadsBegin, window.PadsEnd));
        }
    }
}
