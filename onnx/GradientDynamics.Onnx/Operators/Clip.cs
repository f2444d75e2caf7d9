namespace GradientDynamics.Onnx.Operators;

internal static class Clip
{
    public static OperatorSchema Schema { get; } = new()
    {
        Name = "Clip",
        Summary = "min(max(x, lower), upper); an absent bound bounds nothing.",
        Inputs =
        [
            OperandSchema.Of("input", "T", ElementTypeSet.Numeric),
            OperandSchema.OrAbsent("min", "T", ElementTypeSet.Numeric, since: 11),
            OperandSchema.OrAbsent("max", "T", ElementTypeSet.Numeric, since: 11),
        ],
        Outputs = [OperandSchema.Of("output", "T", ElementTypeSet.Numeric)],
        Shapes = call =>
        {
            call.RequireRank(1, "min", 0);
            call.RequireRank(2, "max", 0);
            return [call.Shape(0)];
        },
    };
}
