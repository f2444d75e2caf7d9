using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Operators;

internal static class MatMul
{
    public static OperatorSchema Schema { get; } = new()
    {
        Name = "MatMul",
        Summary = "Matrix product over the last two dimensions; the others broadcast, a vector counts as a row on the left and as a column on the right.",
        Inputs = [OperandSchema.Of("A", "T", ElementTypeSet.WideNumeric), OperandSchema.Of("B", "T", ElementTypeSet.WideNumeric)],
        Outputs = [OperandSchema.Of("Y", "T", ElementTypeSet.WideNumeric)],
        Shapes = call => [Shape(call)],
    };

    private static TensorShape? Shape(OperatorCall call)
    {
        if (call.Shape(0) is not { } a || call.Shape(1) is not { } b)
        {
            return null;
        }

        if (a.Rank == 0 || b.Rank == 0)
        {
            throw call.Error($"A is {a} and B is {b}; scalars are not accepted");
        }

        if (!OperatorCall.MayEqual(a[a.Rank - 1], b[Math.Max(b.Rank - 2, 0)]))
        {
            throw call.Error($"A is {a} and B is {b}; A's last dimension must equal B's {(b.Rank == 1 ? "only" : "last but one")}");
        }

        TensorShape leading = call.Broadcast(new([.. a.Take(Math.Max(a.Rank - 2, 0))]), new([.. b.Take(Math.Max(b.Rank - 2, 0))]), $"A {a} and B {b}");
        List<Dimension> result = [.. leading];
        if (a.Rank > 1)
        {
            result.Add(a[a.Rank - 2]);
        }

        if (b.Rank > 1)
        {
            result.Add(b[b.Rank - 1]);
        }

        return new([.. result]);
    }
}
