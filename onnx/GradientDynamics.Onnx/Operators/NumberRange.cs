using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Operators;

/// <summary>The operator Range.</summary>
internal static class NumberRange
{
    public static OperatorSchema Schema { get; } = new()
    {
        Name = "Range",
        FirstOpset = 11,
        Summary = "start, start + delta, … before limit.",
        Inputs =
        [
            OperandSchema.Of("start", "T", ElementTypeSet.RangeNumeric),
            OperandSchema.Of("limit", "T", ElementTypeSet.RangeNumeric),
            OperandSchema.Of("delta", "T", ElementTypeSet.RangeNumeric),
        ],
        Outputs = [OperandSchema.Of("output", "T", ElementTypeSet.RangeNumeric)],
        Shapes = call =>
        {
            call.RequireRank(0, "start", 0);
            call.RequireRank(1, "limit", 0);
            call.RequireRank(2, "delta", 0);
            return [new(Count(call))];
        },
        Fold = call => Count(call).Value is <= IntegerTensor.MostElements and { } count && Scalar(call, 0) is { } start && Scalar(call, 2) is { } delta
            ? IntegerTensor.Vector([.. Enumerable.Range(0, (int)count).Select(i => (KnownInteger)(start + i * delta))])
            : null,
    };

    private static long? Scalar(OperatorCall call, int index) => call.Integers(index) is { Elements: [{ Value: { } value }] } ? value : null;

    private static Dimension Count(OperatorCall call)
    {
        long? delta = Scalar(call, 2);
        if (delta == 0)
        {
            throw call.Error("delta is 0; it moves nowhere");
        }

        if (Scalar(call, 0) is not { } start || Scalar(call, 1) is not { } limit || delta is not { } step)
        {
            // 0, 1, … before a named dimension: as many as the dimension has.
            return Scalar(call, 0) == 0 && delta == 1 && call.Integers(1) is { Elements: [{ Symbol: { } symbol }] } ? Dimension.Named(symbol) : Dimension.Unknown;
        }

        Int128 distance = (Int128)limit - start;
        Int128 count = step > 0 ? (distance + step - 1) / step : (distance + step + 1) / step;
        return count <= 0 ? 0 : count <= long.MaxValue ? (long)count : throw call.Error($"from {start} to {limit} by {step} are more numbers than can be counted");
    }
}
