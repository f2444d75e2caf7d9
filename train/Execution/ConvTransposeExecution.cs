using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Execution;

/// <summary>
/// ConvTranspose over one to three spatial dimensions. Where torch cannot pad as asked (pads that differ between the ends, output padding of
/// a stride or more), it runs without pads, the pads are cut off, output padding is added, and then the bias.
/// </summary>
internal static class ConvTransposeExecution
{
    public static NodeExecution Compile(GraphNode node)
    {
        ConvTransposeAttributes conv = ConvTransposeAttributes.Of(node);
        return call =>
        {
            Tensor x = call[0];
            Tensor weight = call[1];
            (SlidingWindow window, IReadOnlyList<long> outputPadding) = conv.WindowFor(node, TensorShape.Of(x.shape), TensorShape.Of(weight.shape));
            call.Return(Run(x, weight, call.At(2), window, [.. outputPadding], conv.Group, node));
        };
    }

    private static Tensor Run(Tensor x, Tensor weight, Tensor? bias, SlidingWindow window, long[] outputPadding, long group, GraphNode node)
    {
        long[] strides = [.. window.Strides];
        long[] dilations = [.. window.Dilations];
        bool torchs = WindowPads.AreSymmetric(window);
        for (int i = 0; i < strides.Length; i++)
        {
            torchs &= outputPadding[i] < Math.Max(strides[i], dilations[i]);
        }

        if (torchs)
        {
            return Convolve(x, weight, bias, strides, [.. window.PadsBegin], outputPadding, dilations, group, node);
        }

        long[] none = new long[strides.Length];
        using Tensor whole = Convolve(x, weight, null, strides, none, none, dilations, group, node);
        long[] changes = WindowPads.InTorchOrder([.. window.PadsBegin.Select(pad => -pad)], [.. window.PadsEnd.Select((pad, i) => outputPadding[i] - pad)]);
        if (bias is null)
        {
            return nn.functional.pad(whole, changes);
        }

        using Tensor fitted = nn.functional.pad(whole, changes);
        using Tensor perChannel = bias.reshape([1, -1, .. Enumerable.Repeat(1L, strides.Length)]);
        return fitted + perChannel;
    }

    private static Tensor Convolve(
        Tensor x, Tensor weight, Tensor? bias, long[] strides, long[] padding, long[] outputPadding, long[] dilations, long group, GraphNode node) => strides.Length switch
        {
            1 => nn.functional.conv_transpose1d(x, weight, bias, strides[0], padding[0], outputPadding[0], dilations[0], group),
            2 => nn.functional.conv_transpose2d(x, weight, bias, strides, padding, outputPadding, dilations, group),
            3 => nn.functional.conv_transpose3d(x, weight, bias, strides, padding, outputPadding, dilations, group),
            int other => throw new UnsupportedOperatorException($"Node {node} cannot be trained: ConvTranspose over {other} spatial dimensions; 1, 2 and 3 are accepted."),
        };
}
