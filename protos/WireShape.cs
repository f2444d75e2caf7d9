namespace GradientDynamics.Protos;

/// <summary>Shapes as the protocol writes them: one size per dimension, none for a scalar.</summary>
public static class WireShape
{
    /// <summary>The number of elements: the product of the sizes, 1 for a scalar.</summary>
    /// <exception cref="InvalidDataException">A size is negative, or the product exceeds 64 bits.</exception>
    public static long ElementCount(ReadOnlySpan<long> shape)
    {
        foreach (long size in shape)
        {
            if (size < 0)
            {
                throw new InvalidDataException($"shape {Describe(shape)} has the negative size {size}");
            }
        }

        if (shape.Contains(0))
        {
            return 0;
        }

        UInt128 count = 1;
        foreach (long size in shape)
        {
            count *= (UInt128)size;
            if (count > long.MaxValue)
            {
                throw new InvalidDataException($"shape {Describe(shape)} has more elements than 64 bits can count");
            }
        }

        return (long)count;
    }

    /// <summary>A shape as text, such as <c>[-1, 3, 32, 32]</c>.</summary>
    public static string Describe(ReadOnlySpan<long> shape) => $"[{string.Join(", ", shape.ToArray())}]";
}
