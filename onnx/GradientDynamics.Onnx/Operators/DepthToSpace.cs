using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Operators;

/// <summary>Order of depth and block in DepthToSpace's channels.</summary>
public enum DepthToSpaceMode
{
    /// <summary>Depth, column, row: the block's position stands before the channel.</summary>
    DepthColumnRow,

    /// <summary>Column, row, depth: the channel stands before the block's position.</summary>
    ColumnRowDepth,
}

/// <summary>Attributes of DepthToSpace and SpaceToDepth.</summary>
/// <param name="BlockSize">Side of a block.</param>
/// <param name="Mode">Order of the channels; SpaceToDepth has <see cref="DepthToSpaceMode.DepthColumnRow"/> only.</param>
public sealed record DepthToSpaceAttributes(long BlockSize, DepthToSpaceMode Mode)
{
    internal static AttributeSchema<long> BlockSizeSchema { get; } = AttributeSchema.RequiredInt("blocksize");

    internal static AttributeSchema<DepthToSpaceMode> ModeSchema { get; } =
        AttributeSchema.Choice("mode", 11, ("DCR", DepthToSpaceMode.DepthColumnRow), ("CRD", DepthToSpaceMode.ColumnRowDepth));

    /// <summary>The attributes of <paramref name="node"/>.</summary>
    public static DepthToSpaceAttributes Of(GraphNode node)
    {
        long size = BlockSizeSchema.Of(node);
        return size is > 0 and <= int.MaxValue
            ? new(size, ModeSchema.Of(node))
            : throw new InvalidModelException($"Node {node}: blocksize is {size}; from 1 to {int.MaxValue} is accepted.");
    }
}

internal static class DepthToSpace
{
    public static OperatorSchema Schema { get; } = new()
    {
        Name = "DepthToSpace",
        Summary = "Moves channels into blocks of pixels.",
        Inputs = [OperandSchema.Of("input", "T", ElementTypeSet.All)],
        Outputs = [OperandSchema.Of("output", "T", ElementTypeSet.All)],
        Attributes = [DepthToSpaceAttributes.BlockSizeSchema, DepthToSpaceAttributes.ModeSchema],
        Shapes = call =>
        {
            call.RequireRank(0, "input", 4);
            long block = DepthToSpaceAttributes.Of(call.Node).BlockSize;
            long area = block * block;
            return call.Shape(0) is not { } input
                ? [new(Dimension.Unknown, Dimension.Unknown, Dimension.Unknown, Dimension.Unknown)]
                : [new(input[0], Divided(call, input, 1, area), Multiplied(call, input[2], block), Multiplied(call, input[3], block))];
        },
    };

    public static OperatorSchema Inverse { get; } = new()
    {
        Name = "SpaceToDepth",
        Summary = "Moves blocks of pixels into channels.",
        Inputs = [OperandSchema.Of("input", "T", ElementTypeSet.All)],
        Outputs = [OperandSchema.Of("output", "T", ElementTypeSet.All)],
        Attributes = [DepthToSpaceAttributes.BlockSizeSchema],
        Shapes = call =>
        {
            call.RequireRank(0, "input", 4);
            long block = DepthToSpaceAttributes.Of(call.Node).BlockSize;
            return call.Shape(0) is not { } input
                ? [new(Dimension.Unknown, Dimension.Unknown, Dimension.Unknown, Dimension.Unknown)]
                : [new(input[0], Multiplied(call, input[1], block * block), Divided(call, input, 2, block), Divided(call, input, 3, block))];
        },
    };

    private static Dimension Multiplied(OperatorCall call, Dimension size, long factor) => factor == 1 ? size
        : size.Value is { } number ? call.Times(number, factor)
        : Dimension.Unknown;

    private static Dimension Divided(OperatorCall call, TensorShape input, int dimension, long divisor) => divisor == 1 ? input[dimension]
        : input[dimension].Value is not { } number ? Dimension.Unknown
        : number % divisor == 0 ? number / divisor
        : throw call.Error($"dimension {dimension} of the input {input} does not divide by {divisor}");
}
