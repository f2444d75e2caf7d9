using GradientDynamics.Onnx.Graph;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Execution;

/// <summary>ConvTranspose over one to three spatial dimensions: without pads first, then pads are cut off and output padding is added, then the bias.</summary>
internal static class ConvTransposeExecution
{
    public static NodeExecution Compile(GraphNode node)
    {
        long[]? strides = node.Attributes.Ints("strides");
        long[]? dilations = node.Attributes.Ints("dilations");
        long[]? pads = node.Attributes.Ints("pads");
        long[]? outputPadding = node.Attributes.Ints("output_padding");
        long[]? outputShape = node.Attributes.Ints("output_shape");
        string autoPad = node.Attributes.Text("auto_pad", "NOTSET");
        long group = node.Attributes.Int("group", 1);
        return call =>
        {
            int rank = (int)call[0].dim() - 2;
            long[] ones = [.. Enumerable.Repeat(1L, rank)];
            call.Return(Run(call[0], call[1], call.At(2), strides ?? ones, dilations ?? ones, pads ?? new long[2 * rank], outputPadding ?? new long[rank], outputShape, autoPad, group, node));
        };
    }

    private static Tensor Run(
        Tensor x, Tensor weight, Tensor? bias, long[] strides, long[] dilations, long[] pads, long[] outputPadding, long[]? outputShape, string autoPad, long group, GraphNode node)
    {
        int rank = strides.Length;
        long[] begin = pads[..rank];
        long[] end = pads[rank..];
        for (int i = 0; i < rank; i++)
        {
            long full = (strides[i] * (x.shape[i + 2] - 1)) + outputPadding[i] + ((weight.shape[i + 2] - 1) * dilations[i]) + 1;
            long? wanted = outputShape is not null ? outputShape[^(rank - i)] : autoPad is "SAME_UPPER" or "SAME_LOWER" ? x.shape[i + 2] * strides[i] : null;
            if (wanted is { } size)
            {
                long total = full - size;
                begin[i] = autoPad == "SAME_UPPER" ? total / 2 : total - (total / 2);
                end[i] = total - begin[i];
            }
        }

        bool torchs = begin.AsSpan().SequenceEqual(end) && Array.TrueForAll(begin, pad => pad >= 0);
        for (int i = 0; i < rank; i++)
        {
            torchs &= outputPadding[i] < Math.Max(strides[i], dilations[i]);
        }

        if (torchs)
        {
            return Convolve(x, weight, bias, strides, begin, outputPadding, dilations, group, node);
        }

        using Tensor whole = Convolve(x, weight, null, strides, new long[rank], new long[rank], dilations, group, node);
        using Tensor cut = nn.functional.pad(whole, WindowPads.InTorchOrder([.. begin.Select(pad => -pad)], [.. end.Select((pad, i) => outputPadding[i] - pad)]));
        if (bias is null)
        {
            return cut.alias();
        }

        using Tensor perChannel = bias.reshape([1, -1, .. Enumerable.Repeat(1L, rank)]);
        return cut + perChannel;
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
