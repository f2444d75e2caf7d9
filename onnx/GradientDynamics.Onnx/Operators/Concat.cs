using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Operators;

/// <summary>Attributes of Concat.</summary>
/// <param name="Axis">Axis along which the inputs follow each other; negative counts from the back.</param>
public sealed record ConcatAttributes(long Axis)
{
    internal static AttributeSchema<long> AxisSchema { get; } = AttributeSchema.RequiredInt("axis");

    /// <summary>The attributes of <paramref name="node"/>.</summary>
    public static ConcatAttributes Of(GraphNode node) => new(AxisSchema.Of(node));
}

internal static class Concat
{
    public static OperatorSchema Schema { get; } = new()
    {
        Name = "Concat",
        Summary = "The inputs one after the other along an axis.",
        Inputs = [OperandSchema.Many("inputs", "T", ElementTypeSet.All)],
        Outputs = [OperandSchema.Of("concat_result", "T", ElementTypeSet.All)],
        Attributes = [ConcatAttributes.AxisSchema],
        Shapes = call => [Shape(call)],
        Fold = Fold,
    };

    private static TensorShape? Shape(OperatorCall call)
    {
        long given = ConcatAttributes.Of(call.Node).Axis;
        TensorShape?[] shapes = [.. Enumerable.Range(0, call.InputCount).Select(call.Shape)];
        if (Array.Find(shapes, shape => shape is not null) is not { } first)
        {
            return null;
        }

        int axis = call.Axis(given, first.Rank);
        Dimension[] result = [.. first];
        foreach (TensorShape? shape in shapes)
        {
            if (shape is not null && shape.Rank != first.Rank)
            {
                throw call.Error($"its inputs are {first} and {shape}; they must have equally many dimensions");
            }

            for (int i = 0; i < first.Rank && shape is not null; i++)
            {
                if (i != axis)
                {
                    result[i] = OperatorCall.MayEqual(result[i], shape[i])
                        ? OperatorCall.Unify(result[i], shape[i])
                        : throw call.Error($"its inputs are {first} and {shape}; they may differ along axis {axis} only");
                }
            }
        }

        result[axis] = Sum(call, shapes, axis);
        return new(result);
    }

    private static Dimension Sum(OperatorCall call, TensorShape?[] shapes, int axis)
    {
        if (shapes.Length == 1)
        {
            return shapes[0]![axis];
        }

        long sum = 0;
        foreach (TensorShape? shape in shapes)
        {
            if (shape?[axis].Value is not { } size)
            {
                return Dimension.Unknown;
            }

            if (sum > long.MaxValue - size)
            {
                throw call.Error("its inputs together are longer than can be counted");
            }

            sum += size;
        }

        return sum;
    }

    private static IntegerTensor? Fold(OperatorCall call)
    {
        IntegerTensor?[] operands = [.. Enumerable.Range(0, call.InputCount).Select(call.Integers)];
        return Array.TrueForAll(operands, operand => operand is { Sizes.Length: 1 }) ? IntegerTensor.Vector([.. operands.SelectMany(operand => operand!.Elements)]) : null;
    }
}
