using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Operators;

internal static class NonZero
{
    public static OperatorSchema Schema { get; } = new()
    {
        Name = "NonZero",
        Summary = "Positions of the elements that are not 0, in row-major order: a row for each dimension of X, a column for each element.",
        Inputs = [OperandSchema.Of("X", "T", ElementTypeSet.NumericOrBool)],
        Outputs = [OperandSchema.Of("Y", "I", ElementTypeSet.Int64)],
        Shapes = call => [call.Shape(0) is { } x ? new(x.Rank, Positions(call)?.Count is { } count ? count : Dimension.Unknown) : null],
        Fold = call => Positions(call) is { } positions && call.Integers(0)!.Sizes is { Length: 1 }
            ? IntegerTensor.Of([1, positions.Count], [.. positions.Select(position => (KnownInteger)position)])
            : null,
    };

    // Flat positions of what is not 0, where all elements are known.
    private static List<long>? Positions(OperatorCall call) => call.Integers(0)?.Numbers is { } numbers
        ? [.. numbers.Index().Where(number => number.Item != 0).Select(number => (long)number.Index)]
        : null;
}
