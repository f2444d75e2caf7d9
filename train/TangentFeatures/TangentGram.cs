using TorchSharp;
using static TorchSharp.torch;

namespace GradientDynamics.Train.TangentFeatures;

/// <summary>The Gram matrix of tangent features, K = ΦΦᵀ, without Φ ever being held.</summary>
/// <remarks>
/// K is the sum over slices of the parameters of the slices' own Gram matrices. For each slice all examples are differentiated once, by the parameters in it alone, and the products are summed in double precision.
/// </remarks>
internal static class TangentGram
{
    /// <summary>K, (examples, examples) in double precision; the caller owns it.</summary>
    /// <param name="gradients">The features.</param>
    /// <param name="examples">Number of examples, from the first.</param>
    /// <param name="sliceBytes">Memory for a slice of all examples' features.</param>
    /// <param name="afterExample">Called after each example of each slice.</param>
    public static Tensor Of(PerExampleGradients gradients, int examples, long sliceBytes, Action afterExample)
    {
        Tensor gram = zeros([examples, examples], float64).DetachFromDisposeScope();
        int width = SliceWidth(gradients.ParameterCount, examples, sliceBytes);
        for (long start = 0; start < gradients.ParameterCount; start += width)
        {
            using DisposeScope scope = NewDisposeScope();
            int columns = (int)Math.Min(width, gradients.ParameterCount - start);
            Tensor slice = zeros([examples, columns], float64);
            float[] row = new float[columns];
            for (int example = 0; example < examples; example++)
            {
                gradients.Read(example, start, row);
                using Tensor values = tensor(row, float64);
                slice[example].copy_(values);
                afterExample();
            }

            gram.addmm_(slice, slice.t());
        }

        return gram;
    }

    /// <summary>How many slices there are: how often every example is differentiated.</summary>
    public static long SliceCount(long parameters, int examples, long sliceBytes)
    {
        int width = SliceWidth(parameters, examples, sliceBytes);
        return (parameters + width - 1) / width;
    }

    private static int SliceWidth(long parameters, int examples, long sliceBytes) => (int)Math.Clamp(sliceBytes / ((long)examples * sizeof(double)), 1, Math.Min(parameters, Array.MaxLength));
}
