using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Operators;

/// <summary>An integer that is known, known by the name of the dimension it is, or unknown.</summary>
internal readonly record struct KnownInteger(long? Value, string? Symbol)
{
    public static KnownInteger Unknown => default;

    public static implicit operator KnownInteger(long value) => new(value, null);

    public static KnownInteger Of(Dimension dimension) => new(dimension.Value, dimension.Symbol);

    // As a dimension; a negative number is none.
    public Dimension ToDimension() => Value is >= 0 ? Dimension.Fixed(Value.Value) : Symbol is { } symbol ? Dimension.Named(symbol) : Dimension.Unknown;
}

/// <summary>A small tensor of integers, truth values counted as 0 and 1: shapes, axes, pads and what they are computed from.</summary>
internal sealed class IntegerTensor
{
    // No shape, axis or pad operand has more; anything larger is data.
    public const int MostElements = 1024;

    private IntegerTensor(long[] sizes, KnownInteger[] elements)
    {
        Sizes = sizes;
        Elements = elements;
    }

    public long[] Sizes { get; }

    public KnownInteger[] Elements { get; }

    public bool IsKnown => Array.TrueForAll(Elements, element => element.Value is not null);

    // The numbers, or null where one is not known.
    public long[]? Numbers => IsKnown ? [.. Elements.Select(element => element.Value!.Value)] : null;

    public static IntegerTensor? Of(long[] sizes, KnownInteger[] elements) => elements.Length <= MostElements ? new(sizes, elements) : null;

    public static IntegerTensor? Vector(KnownInteger[] elements) => Of([elements.Length], elements);

    public static IntegerTensor? Of(ConstantTensor tensor)
    {
        if (tensor.ElementCount > MostElements)
        {
            return null;
        }

        KnownInteger[]? elements = tensor.Element switch
        {
            ElementType.Int64 => [.. tensor.AsSpan<long>().ToArray().Select(value => (KnownInteger)value)],
            ElementType.Int32 => [.. tensor.AsSpan<int>().ToArray().Select(value => (KnownInteger)value)],
            ElementType.Bool => [.. tensor.Bytes.ToArray().Select(value => (KnownInteger)(value == 0 ? 0 : 1))],
            _ => null,
        };
        return elements is null ? null : new(tensor.Sizes.ToArray(), elements);
    }

    public IntegerTensor WithSizes(long[] sizes) => new(sizes, Elements);

    // Element by element with broadcasting; null where the shapes do not fit or the result is too large (shape inference reports the former).
    public static IntegerTensor? Combine(Func<KnownInteger[], KnownInteger> combine, params IntegerTensor?[] operands)
    {
        if (Array.Exists(operands, operand => operand is null))
        {
            return null;
        }

        int rank = operands.Max(operand => operand!.Sizes.Length);
        long[] sizes = [.. Enumerable.Repeat(1L, rank)];
        foreach (IntegerTensor? operand in operands)
        {
            int offset = rank - operand!.Sizes.Length;
            for (int i = 0; i < operand.Sizes.Length; i++)
            {
                if (sizes[offset + i] == 1)
                {
                    sizes[offset + i] = operand.Sizes[i];
                }
                else if (operand.Sizes[i] != 1 && operand.Sizes[i] != sizes[offset + i])
                {
                    return null;
                }
            }
        }

        if (CountWithin(sizes) is not { } count)
        {
            return null;
        }

        var elements = new KnownInteger[count];
        var arguments = new KnownInteger[operands.Length];
        for (int flat = 0; flat < count; flat++)
        {
            for (int o = 0; o < operands.Length; o++)
            {
                IntegerTensor operand = operands[o]!;
                long rest = flat;
                long index = 0;
                long stride = 1;
                for (int d = rank - 1; d >= 0; d--)
                {
                    long coordinate = rest % sizes[d];
                    rest /= sizes[d];
                    int own = d - (rank - operand.Sizes.Length);
                    if (own >= 0)
                    {
                        index += operand.Sizes[own] == 1 ? 0 : coordinate * stride;
                        stride *= operand.Sizes[own];
                    }
                }

                arguments[o] = operand.Elements[index];
            }

            elements[flat] = combine(arguments);
        }

        return new(sizes, elements);
    }

    // The elements that differ in their positions along the axes alone, combined in order; empty where there are none.
    public IntegerTensor? Reduce(int[] axes, bool keep, Func<KnownInteger, KnownInteger, KnownInteger> combine, KnownInteger empty)
    {
        long[] kept = [.. Sizes.Select((size, axis) => axes.Contains(axis) ? 1 : size)];
        if (CountWithin(kept) is not { } count)
        {
            return null;
        }

        var elements = new KnownInteger?[count];
        for (int flat = 0; flat < Elements.Length; flat++)
        {
            long rest = flat;
            long index = 0;
            long stride = 1;
            for (int d = Sizes.Length - 1; d >= 0; d--)
            {
                index += kept[d] == 1 ? 0 : rest % Sizes[d] * stride;
                stride *= kept[d];
                rest /= Sizes[d];
            }

            elements[index] = elements[index] is { } sofar ? combine(sofar, Elements[flat]) : Elements[flat];
        }

        return new(keep ? kept : [.. Sizes.Where((_, axis) => !axes.Contains(axis))], [.. elements.Select(element => element ?? empty)]);
    }

    // Number of elements, or null where they are more than a shape operand has.
    public static int? CountWithin(ReadOnlySpan<long> sizes)
    {
        long count = 1;
        foreach (long size in sizes)
        {
            if (size == 0)
            {
                return 0;
            }

            if (size > MostElements || (count *= size) > MostElements)
            {
                return null;
            }
        }

        return (int)count;
    }
}
