using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;

namespace GradientDynamics.Train.Execution;

/// <summary>The windows of a pooling on an input of given size: how many there are, and how the input must be padded so that each lies inside.</summary>
internal sealed record PoolWindow(long[] Kernel, long[] Strides, long[] Dilations, long[] PadsBegin, long[] PadsEnd, long[] Overhang)
{
    /// <summary>Number of spatial dimensions.</summary>
    public int Rank => Kernel.Length;

    /// <summary>Whether torch's own padding gives the same: it pads both ends alike, by at most half a window, and counts whole windows only.</summary>
    public bool IsTorchs
    {
        get
        {
            for (int i = 0; i < Rank; i++)
            {
                if (PadsBegin[i] != PadsEnd[i] || PadsBegin[i] > Kernel[i] / 2 || Overhang[i] > PadsEnd[i])
                {
                    return false;
                }
            }

            return true;
        }
    }

    /// <summary>Amounts that make every window lie inside, in torch's order; negative ones cut off what no window covers.</summary>
    public long[] PadsForAllWindows => WindowPads.InTorchOrder(PadsBegin, Overhang);

    /// <summary>The windows on an input (batch, channels, spatial…).</summary>
    public static PoolWindow Of(PoolAttributes pool, long[] sizes, GraphNode node)
    {
        SlidingWindow window = pool.WindowFor(node, TensorShape.Of(sizes));
        var overhang = new long[window.Kernel.Count];
        for (int i = 0; i < overhang.Length; i++)
        {
            long size = sizes[i + 2];
            long stride = window.Strides[i];
            long room = size + window.PadsBegin[i] + window.PadsEnd[i] - window.Span(i);
            if (room < 0)
            {
                throw new InvalidModelException($"Node {node}: its window spans {window.Span(i)}, and dimension {i + 2} of the input has {room + window.Span(i)} with pads.");
            }

            // With ceil_mode a last window may reach behind the pads, if it begins before them.
            long last = room / stride * stride;
            last += pool.CeilMode && last < room && last + stride < size + window.PadsBegin[i] ? stride : 0;
            overhang[i] = last + window.Span(i) - window.PadsBegin[i] - size;
        }

        return new([.. window.Kernel], [.. window.Strides], [.. window.Dilations], [.. window.PadsBegin], [.. window.PadsEnd], overhang);
    }
}
