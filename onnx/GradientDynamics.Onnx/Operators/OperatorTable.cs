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
    }.ToFrozenDictionary(schema => schema.Name, StringComparer.Ordinal);
}
