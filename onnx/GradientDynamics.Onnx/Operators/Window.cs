using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Operators;

/// <summary>Attributes of HannWindow, HammingWindow and BlackmanWindow.</summary>
/// <param name="Type">Element type of the output.</param>
/// <param name="Periodic">Whether the window goes on where it ends; otherwise it is symmetric.</param>
public sealed record WindowAttributes(ElementType Type, bool Periodic)
{
    internal static AttributeSchema<long> TypeSchema { get; } = AttributeSchema.Int("output_datatype", (long)ElementType.Float);

    internal static AttributeSchema<bool> PeriodicSchema { get; } = AttributeSchema.Flag("periodic", true);

    /// <summary>The attributes of <paramref name="node"/>.</summary>
    public static WindowAttributes Of(GraphNode node) => new((ElementType)TypeSchema.Of(node), PeriodicSchema.Of(node));
}

internal static class Window
{
    public static OperatorSchema Hann { get; } = Of("HannWindow", "½ - ½·cos(2πi / n) for i below size, n = size or, not periodic, one less.");

    public static OperatorSchema Hamming { get; } = Of("HammingWindow", "25/46 - 21/46·cos(2πi / n) for i below size, n = size or, not periodic, one less.");

    public static OperatorSchema Blackman { get; } = Of("BlackmanWindow", "0.42 - ½·cos(2πi / n) + 0.08·cos(4πi / n) for i below size, n = size or, not periodic, one less.");

    private static OperatorSchema Of(string name, string summary) => new()
    {
        Name = name,
        Summary = summary,
        FirstOpset = 17,
        Inputs = [OperandSchema.Of("size", "T1", ElementTypeSet.Index)],
        Outputs = [OperandSchema.Of("output", "T2", ElementTypeSet.Numeric)],
        Attributes = [WindowAttributes.TypeSchema, WindowAttributes.PeriodicSchema],
        Shapes = call =>
        {
            call.RequireRank(0, "size", 0);
            KnownInteger size = call.Integers(0) is { Elements: [var only] } ? only : KnownInteger.Unknown;
            return [size.Value is < 0 ? throw call.Error($"size is {size.Value}; 0 and more is accepted") : new(size.ToDimension())];
        },
        Element = call => WindowAttributes.Of(call.Node).Type is var type && ElementTypeSet.Numeric.Contains(type)
            ? type
            : throw call.Error($"attribute 'output_datatype' is {(long)type}; the number of a numeric type is accepted"),
    };
}
