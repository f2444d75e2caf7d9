namespace GradientDynamics.Onnx.Operators;

/// <summary>Max, Min, Sum and Mean of one or more tensors, with broadcasting.</summary>
internal static class ElementwiseVariadic
{
    public static OperatorSchema Max { get; } = Of("Max", "The largest of the inputs, element by element.", ElementTypeSet.Numeric, Math.Max);

    public static OperatorSchema Min { get; } = Of("Min", "The smallest of the inputs, element by element.", ElementTypeSet.Numeric, Math.Min);

    public static OperatorSchema Sum { get; } = Of("Sum", "The sum of the inputs, element by element.", ElementTypeSet.Floating, null);

    public static OperatorSchema Mean { get; } = Of("Mean", "The mean of the inputs, element by element.", ElementTypeSet.Floating, null);

    private static OperatorSchema Of(string name, string summary, ElementTypeSet types, Func<long, long, long>? combine) => new()
    {
        Name = name,
        Summary = summary,
        Inputs = [OperandSchema.Many("data_0", "T", types)],
        Outputs = [OperandSchema.Of("result", "T", types)],
        Shapes = call => [call.Broadcast([.. Enumerable.Range(0, call.InputCount)])],
        Fold = combine is null ? null : call => IntegerTensor.Combine(
            x => Array.TrueForAll(x, value => value.Value is not null) ? x.Select(value => value.Value!.Value).Aggregate(combine) : KnownInteger.Unknown,
            [.. Enumerable.Range(0, call.InputCount).Select(call.Integers)]),
    };
}
