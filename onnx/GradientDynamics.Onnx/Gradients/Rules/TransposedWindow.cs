using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;

namespace GradientDynamics.Onnx.Gradients.Rules;

/// <summary>
/// The adjoint of sliding a window over an image: every output's gradient is scattered over the window's positions, weighted, and summed
/// where windows overlap. A ConvTranspose computes it.
/// </summary>
internal sealed class TransposedWindow
{
    private readonly SlidingWindow _window;
    private readonly long[] _appended;
    private readonly bool _crop;

    private TransposedWindow(SlidingWindow window, long[] appended, bool crop)
    {
        _window = window;
        _appended = appended;
        _crop = crop;
    }

    /// <summary>The adjoint for an input [batch, channels, space…] and an output [batch, channels out, windows…].</summary>
    /// <exception cref="UnsupportedOperatorException">Pads follow from a spatial size that is not fixed.</exception>
    public static TransposedWindow Of(GradientContext node, SlidingWindow window, AutoPad autoPad, TensorShape input, TensorShape output)
    {
        int rank = window.Kernel.Count;
        long[] begin = [.. window.PadsBegin];
        long[] end = [.. window.PadsEnd];
        var appended = new long[rank];
        bool crop = false;
        for (int i = 0; i < rank; i++)
        {
            long stride = window.Strides[i];
            if (input[i + 2].Value is { } size && output[i + 2].Value is { } windows)
            {
                // What the windows cover behind the input is cropped (pads, ceil_mode); what they do not reach is appended, with a gradient of 0.
                long behind = (windows - 1) * stride + window.Span(i) - begin[i] - size;
                end[i] = Math.Max(behind, 0);
                appended[i] = Math.Max(-behind, 0);
                continue;
            }

            if (autoPad is AutoPad.SameUpper or AutoPad.SameLower)
            {
                if (stride != 1)
                {
                    throw node.Unsupported($"its auto_pad with stride {stride} needs a fixed size of spatial dimension {i}; the input is {input}");
                }

                long total = window.Span(i) - 1;
                begin[i] = autoPad == AutoPad.SameUpper ? total / 2 : total - total / 2;
                end[i] = total - begin[i];
            }

            // With the most that can stand behind the last window, the result is cropped to the input's size at run time.
            appended[i] = stride - 1;
            crop |= stride != 1;
        }

        return new(window with { PadsBegin = begin, PadsEnd = end }, appended, crop);
    }

    /// <summary>The gradient [batch, channels out, windows…] scattered with a weight [channels out, channels in / group, kernel…] to the shape of <paramref name="input"/>.</summary>
    public string Scatter(GradientGraph graph, string gradient, string weight, long group, string input)
    {
        NodeAttributes attributes = NodeAttributes.None
            .With("kernel_shape", _window.Kernel.ToArray())
            .With("strides", _window.Strides.ToArray())
            .With("dilations", _window.Dilations.ToArray())
            .With("pads", [.. _window.PadsBegin, .. _window.PadsEnd])
            .With("group", group);
        if (_appended.Any(appended => appended != 0))
        {
            attributes = attributes.With("output_padding", _appended);
        }

        string scattered = graph.Add("ConvTranspose", attributes, gradient, weight);
        if (!_crop)
        {
            return scattered;
        }

        int rank = _window.Kernel.Count;
        long[] axes = [.. Enumerable.Range(2, rank).Select(axis => (long)axis)];
        string sizes = graph.Add("Gather", graph.Add("Shape", input), graph.Indices(axes));
        return graph.Add("Slice", scattered, graph.Indices(new long[rank]), sizes, graph.Indices(axes));
    }
}
