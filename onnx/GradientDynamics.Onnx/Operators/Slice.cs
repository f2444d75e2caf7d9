using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Operators;

internal static class Slice
{
    public static OperatorSchema Schema { get; } = new()
    {
        Name = "Slice",
        Summary = "From start to before end in steps, along axes; negative positions count from the back, those out of range are clamped.",
        Inputs =
        [
            OperandSchema.Of("data", "T", ElementTypeSet.All),
            OperandSchema.Of("starts", "Tind", ElementTypeSet.Index, since: 10),
            OperandSchema.Of("ends", "Tind", ElementTypeSet.Index, since: 10),
            OperandSchema.OrAbsent("axes", "Tind", ElementTypeSet.Index, since: 10),
            OperandSchema.OrAbsent("steps", "Tind", ElementTypeSet.Index, since: 10),
        ],
        Outputs = [OperandSchema.Of("output", "T", ElementTypeSet.All)],
        Shapes = call => [Shape(call)],
        Fold = Fold,
    };

    // First position and number of positions taken of a dimension.
    public static (long Start, long Count) Range(long start, long end, long step, long size)
    {
        static long FromBack(long position, long size) => position < 0 ? position + size : position;
        if (step > 0)
        {
            long first = Math.Clamp(FromBack(start, size), 0, size);
            long behind = Math.Clamp(FromBack(end, size), 0, size);
            return (first, behind <= first ? 0 : (behind - first - 1) / step + 1);
        }

        long last = Math.Clamp(FromBack(start, size), -1, size - 1);
        long before = Math.Clamp(FromBack(end, size), -1, size - 1);
        return (last, last <= before ? 0 : (last - before - 1) / (step == long.MinValue ? long.MaxValue : -step) + 1);
    }

    private static TensorShape? Shape(OperatorCall call)
    {
        foreach ((int index, string name) in new[] { (1, "starts"), (2, "ends"), (3, "axes"), (4, "steps") })
        {
            if (call.VectorLength(index, name) is { } length && call.VectorLength(1, "starts") is { } starts && length != starts)
            {
                throw call.Error($"starts has {starts} entries and {name} has {length}; they must have equally many");
            }
        }

        if (call.Shape(0) is not { } data)
        {
            return null;
        }

        if (Positions(call, data.Rank) is not { } positions)
        {
            // Which axes are cut is not known unless axes are.
            int[]? known = call.Has(3) && call.Integers(3)?.Numbers is { } given ? call.Axes(given, data.Rank) : null;
            return new([.. data.Index().Select(size => known?.Contains(size.Index) == false ? size.Item : Dimension.Unknown)]);
        }

        Dimension[] result = [.. data];
        foreach ((int axis, KnownInteger start, KnownInteger end, KnownInteger step) in positions)
        {
            if (step.Value == 0)
            {
                throw call.Error("steps has 0; it moves nowhere");
            }

            // Everything of a dimension that has no number: from 0 to "the end", which exporters write as a large number.
            bool whole = start.Value == 0 && step.Value == 1 && (end.Value >= int.MaxValue || end.Symbol is not null && end.Symbol == data[axis].Symbol);
            result[axis] = start.Value is { } first && end.Value is { } behind && step.Value is { } stride && data[axis].Value is { } size
                ? Range(first, behind, stride, size).Count
                : whole ? data[axis] : Dimension.Unknown;
        }

        return new(result);
    }

    private static List<(int Axis, KnownInteger Start, KnownInteger End, KnownInteger Step)>? Positions(OperatorCall call, int rank)
    {
        if (call.Integers(1) is not { } starts || call.Integers(2) is not { } ends || call.Has(4) && call.Integers(4) is null)
        {
            return null;
        }

        long[]? given = call.Has(3) ? call.Integers(3)?.Numbers : [.. Enumerable.Range(0, starts.Elements.Length).Select(i => (long)i)];
        if (given is null)
        {
            return null;
        }

        int[] axes = call.Axes(given, rank);
        return [.. axes.Select((axis, i) => (axis, starts.Elements[i], ends.Elements[i], call.Has(4) ? call.Integers(4)!.Elements[i] : 1))];
    }

    private static IntegerTensor? Fold(OperatorCall call)
    {
        if (call.Integers(0) is not { } data || Positions(call, data.Sizes.Length) is not { } positions)
        {
            return null;
        }

        KnownInteger[] elements = data.Elements;
        long[] sizes = [.. data.Sizes];
        foreach ((int axis, KnownInteger start, KnownInteger end, KnownInteger step) in positions)
        {
            if (start.Value is not { } first || end.Value is not { } behind || step.Value is not { } stride)
            {
                return null;
            }

            // [outer, size, inner]: whole rows of inner elements are taken.
            (long from, long count) = Range(first, behind, stride, sizes[axis]);
            KnownInteger[] source = elements;
            long size = sizes[axis];
            int inner = (int)sizes.Skip(axis + 1).Aggregate(1L, (product, next) => product * next);
            int outer = (int)sizes.Take(axis).Aggregate(1L, (product, next) => product * next);
            elements = [.. Enumerable.Range(0, outer).SelectMany(block => Enumerable.Range(0, (int)count).SelectMany(
                i => Enumerable.Range(0, inner).Select(within => source[(((block * size) + from + (i * stride)) * inner) + within])))];
            sizes[axis] = count;
        }

        return IntegerTensor.Of(sizes, elements);
    }
}
