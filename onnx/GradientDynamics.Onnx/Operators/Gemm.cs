using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Operators;

/// <summary>Attributes of Gemm, Y = alpha·A'·B' + beta·C.</summary>
/// <param name="Alpha">Factor of the product.</param>
/// <param name="Beta">Factor of C.</param>
/// <param name="TransposeA">Whether A' is the transpose of A.</param>
/// <param name="TransposeB">Whether B' is the transpose of B.</param>
public sealed record GemmAttributes(float Alpha, float Beta, bool TransposeA, bool TransposeB)
{
    internal static AttributeSchema<float> AlphaSchema { get; } = AttributeSchema.Float("alpha", 1);

    internal static AttributeSchema<float> BetaSchema { get; } = AttributeSchema.Float("beta", 1);

    // The standard takes any integer that is not 0 as true; files in practice say 0 or 1.
    internal static AttributeSchema<bool> TransposeASchema { get; } = AttributeSchema.Flag("transA", false);

    internal static AttributeSchema<bool> TransposeBSchema { get; } = AttributeSchema.Flag("transB", false);

    /// <summary>The attributes of <paramref name="node"/>.</summary>
    public static GemmAttributes Of(GraphNode node) => new(AlphaSchema.Of(node), BetaSchema.Of(node), TransposeASchema.Of(node), TransposeBSchema.Of(node));
}

internal static class Gemm
{
    public static OperatorSchema Schema { get; } = new()
    {
        Name = "Gemm",
        Summary = "alpha·A'·B' + beta·C, where ' transposes if asked and C broadcasts.",
        Inputs =
        [
            OperandSchema.Of("A", "T", ElementTypeSet.WideNumeric),
            OperandSchema.Of("B", "T", ElementTypeSet.WideNumeric),
            OperandSchema.OrAbsent("C", "T", ElementTypeSet.WideNumeric),
        ],
        Outputs = [OperandSchema.Of("Y", "T", ElementTypeSet.WideNumeric)],
        Attributes = [GemmAttributes.AlphaSchema, GemmAttributes.BetaSchema, GemmAttributes.TransposeASchema, GemmAttributes.TransposeBSchema],
        Shapes = call => [Shape(call)],
    };

    private static TensorShape Shape(OperatorCall call)
    {
        GemmAttributes gemm = GemmAttributes.Of(call.Node);
        call.RequireRank(0, "A", 2);
        call.RequireRank(1, "B", 2);
        TensorShape? a = call.Shape(0);
        TensorShape? b = call.Shape(1);
        Dimension rows = a?[gemm.TransposeA ? 1 : 0] ?? Dimension.Unknown;
        Dimension columns = b?[gemm.TransposeB ? 0 : 1] ?? Dimension.Unknown;
        if (a is not null && b is not null && !OperatorCall.MayEqual(a[gemm.TransposeA ? 0 : 1], b[gemm.TransposeB ? 1 : 0]))
        {
            throw call.Error($"A is {a} and B is {b}; A's {(gemm.TransposeA ? "rows" : "columns")} must equal B's {(gemm.TransposeB ? "columns" : "rows")}");
        }

        TensorShape result = new(rows, columns);
        if (call.Has(2) && call.Shape(2) is { } c)
        {
            if (c.Rank > 2 || !Fits(c, result))
            {
                throw call.Error($"C is {c}; it must broadcast to the product's shape {result}");
            }
        }

        return result;
    }

    // Whether c broadcasts to the target without changing it.
    private static bool Fits(TensorShape c, TensorShape target)
    {
        for (int i = 0; i < c.Rank; i++)
        {
            Dimension own = c[c.Rank - 1 - i];
            if (own.Value != 1 && !OperatorCall.MayEqual(own, target[target.Rank - 1 - i]))
            {
                return false;
            }
        }

        return true;
    }
}
