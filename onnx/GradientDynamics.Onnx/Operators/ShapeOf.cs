using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Operators;

/// <summary>Attributes of Shape.</summary>
/// <param name="Start">First dimension that is given; negative counts from the back.</param>
/// <param name="End">Dimension behind the last that is given; null gives all from the start on.</param>
public sealed record ShapeAttributes(long Start, long? End)
{
    internal static AttributeSchema<long> StartSchema { get; } = AttributeSchema.Int("start", 0, since: 15);

    internal static AttributeSchema<long?> EndSchema { get; } = AttributeSchema.OptionalInt("end", "the rank", since: 15);

    /// <summary>The attributes of <paramref name="node"/>.</summary>
    public static ShapeAttributes Of(GraphNode node) => new(StartSchema.Of(node), EndSchema.Of(node));

    /// <summary>First dimension and number of dimensions that are given of a tensor of <paramref name="rank"/> dimensions.</summary>
    public (int Start, int Count) Range(int rank)
    {
        int start = Clamp(Start, rank);
        return (start, Math.Max(0, Clamp(End ?? rank, rank) - start));
    }

    private static int Clamp(long position, int rank) => (int)Math.Clamp(position < 0 ? position + rank : position, 0, rank);
}

/// <summary>The operators Shape and Size.</summary>
internal static class ShapeOf
{
    public static OperatorSchema Shape { get; } = new()
    {
        Name = "Shape",
        Summary = "The sizes of the dimensions, all or from start to end.",
        Inputs = [OperandSchema.Of("data", "T", ElementTypeSet.All)],
        Outputs = [OperandSchema.Of("shape", "T1", ElementTypeSet.Int64)],
        Attributes = [ShapeAttributes.EndSchema, ShapeAttributes.StartSchema],
        Shapes = call => [new(call.Shape(0) is { } data ? ShapeAttributes.Of(call.Node).Range(data.Rank).Count : Dimension.Unknown)],
        Fold = call =>
        {
            if (call.Shape(0) is not { } data)
            {
                return null;
            }

            (int start, int count) = ShapeAttributes.Of(call.Node).Range(data.Rank);
            return IntegerTensor.Vector([.. data.Skip(start).Take(count).Select(KnownInteger.Of)]);
        },
    };

    public static OperatorSchema Size { get; } = new()
    {
        Name = "Size",
        Summary = "The number of elements.",
        Inputs = [OperandSchema.Of("data", "T", ElementTypeSet.All)],
        Outputs = [OperandSchema.Of("size", "T1", ElementTypeSet.Int64)],
        Shapes = _ => [TensorShape.Scalar],
        Fold = call => call.Shape(0) is { } data ? IntegerTensor.Of([], [KnownInteger.Of(call.Product(data))]) : null,
    };
}
