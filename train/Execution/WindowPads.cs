using GradientDynamics.Onnx.Operators;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Execution;

/// <summary>Pads in torch's order and as torch's operators take them.</summary>
internal static class WindowPads
{
    /// <summary>Whether every dimension is padded alike at both ends.</summary>
    public static bool AreSymmetric(SlidingWindow window) => window.PadsBegin.SequenceEqual(window.PadsEnd);

    /// <summary>Amounts for <see cref="nn.functional.pad(Tensor, long[], TorchSharp.PaddingModes, double)"/>: last dimension first, begin before end.</summary>
    public static long[] InTorchOrder(IReadOnlyList<long> begin, IReadOnlyList<long> end)
    {
        var pads = new long[2 * begin.Count];
        for (int i = 0; i < begin.Count; i++)
        {
            pads[2 * (begin.Count - 1 - i)] = begin[i];
            pads[(2 * (begin.Count - 1 - i)) + 1] = end[i];
        }

        return pads;
    }
}
