using System.Collections.Frozen;

namespace GradientDynamics.Onnx.Operators;

/// <summary>The operators of the standard domain that this library knows.</summary>
public static class OperatorTable
{
    /// <summary>Schemas by operator name.</summary>
    public static IReadOnlyDictionary<string, OperatorSchema> All { get; } = new[]
    {
        // Networks.
        Gemm.Schema,
        MatMul.Schema,
        Arithmetic.Add,
        Arithmetic.Sub,
        Arithmetic.Mul,
        Arithmetic.Div,
        ElementwiseUnary.Relu,
        LeakyRelu.Schema,
        ElementwiseUnary.Sigmoid,
        ElementwiseUnary.Tanh,
        Conv.Schema,
        Pool.Max,
        MaxUnpool.Schema,
        Pool.Average,
        Pool.GlobalAverage,
        BatchNormalization.Schema,
        Flatten.Schema,
        Reshape.Schema,
        Transpose.Schema,
        Softmax.Schema,
        Softmax.Logarithm,
        Dropout.Schema,
        Identity.Schema,
        Constant.Schema,

        // Losses and gradients.
        ElementwiseUnary.Exp,
        ElementwiseUnary.Log,
        ElementwiseUnary.Neg,
        ElementwiseUnary.Abs,
        ElementwiseUnary.Sqrt,
        ElementwiseUnary.Reciprocal,
        ElementwiseUnary.Sign,
        Pow.Schema,
        ConvTranspose.Schema,
        Comparison.Greater,
        Comparison.GreaterOrEqual,
        Comparison.Less,
        Comparison.LessOrEqual,
        Comparison.Equal,
        Logic.And,
        Logic.Or,
        Logic.Not,
        Where.Schema,
        Cast.Schema,
        OneHot.Schema,
        ScatterElements.Schema,
        Gather.Schema,
        GatherElements.Schema,
        Reduction.Sum,
        Reduction.Max,
        Reduction.Mean,
        ArgMax.Schema,
        TopK.Schema,
        ElementwiseVariadic.Max,
        ElementwiseVariadic.Min,
        ElementwiseVariadic.Sum,
        Clip.Schema,

        // Shapes.
        ShapeOf.Shape,
        ShapeOf.Size,
        Expand.Schema,
        Concat.Schema,
        Slice.Schema,
        Pad.Schema,
        Squeeze.Schema,
        Unsqueeze.Schema,
        ConstantOfShape.Schema,
        NumberRange.Schema,
        DepthToSpace.Schema,
        DepthToSpace.Inverse,
    }.ToFrozenDictionary(schema => schema.Name, StringComparer.Ordinal);
}
