using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Execution;

/// <summary>
/// Unsigned integers of 16, 32 and 64 bits, which libtorch holds and converts but hardly computes with: a node that has them as inputs is
/// executed in Int64, and its outputs of the same type are converted back. That is exact: Int64 holds the smaller ones, and sums, differences
/// and products are right modulo 2^64. What depends on the order of numbers refuses a UInt64 of 2^63 and more.
/// </summary>
internal static class WideUnsigned
{
    // libtorch does these itself, or the execution converts its operands.
    private static readonly HashSet<string> Native = new(StringComparer.Ordinal)
    {
        "Cast", "CastLike", "Concat", "DequantizeLinear", "Equal", "Expand", "Flatten", "Identity", "Mul", "QuantizeLinear", "Reshape", "Shape", "Size", "Squeeze",
        "Transpose", "Unsqueeze",
    };

    // Right modulo 2^64, whatever the sign of the Int64 is.
    private static readonly HashSet<string> Modular = new(StringComparer.Ordinal)
    {
        "Add", "CumSum", "DepthToSpace", "Einsum", "Gather", "GatherElements", "GatherND", "Gemm", "MatMul", "NonZero", "OneHot", "Pad", "ReduceProd", "ReduceSum", "ReduceSumSquare",
        "Slice", "SpaceToDepth", "Split", "Sub", "Tile", "Trilu", "Where",
    };

    /// <summary>Whether the step has such an input and its operator needs the detour.</summary>
    public static bool Applies(PlanStep step, Tensor?[] values)
    {
        foreach (int place in step.Inputs)
        {
            if (place >= 0 && IsWide(values[place]!.dtype))
            {
                return !Native.Contains(step.Node.Operator);
            }
        }

        return false;
    }

    /// <summary>Executes a step in Int64.</summary>
    public static void Execute(PlanStep step, Tensor?[] values, ExecutionMode mode)
    {
        OperatorSchema schema = OperatorTable.All[step.Node.Operator];
        Dictionary<int, Tensor> originals = [];
        Dictionary<string, ScalarType> types = new(StringComparer.Ordinal);
        try
        {
            for (int i = 0; i < step.Inputs.Length; i++)
            {
                int place = step.Inputs[i];
                if (place < 0 || originals.ContainsKey(place) || values[place] is not { } value || !IsWide(value.dtype))
                {
                    continue;
                }

                originals.Add(place, value);
                types[schema.Inputs[Math.Min(i, schema.Inputs.Count - 1)].TypeVariable] = value.dtype;
                values[place] = value.to(ScalarType.Int64);
                RequireOrdered(step, value.dtype, values[place]!);
            }

            step.Execute(new(values, step, mode));
        }
        finally
        {
            foreach ((int place, Tensor original) in originals)
            {
                values[place]!.Dispose();
                values[place] = original;
            }
        }

        for (int i = 0; i < step.Outputs.Length; i++)
        {
            string variable = schema.Outputs[Math.Min(i, schema.Outputs.Count - 1)].TypeVariable;
            if (step.Outputs[i] >= 0 && types.TryGetValue(variable, out ScalarType type))
            {
                using Tensor wide = values[step.Outputs[i]]!;
                values[step.Outputs[i]] = wide.to(type);
            }
        }
    }

    private static bool IsWide(ScalarType type) => type is TorchTensors.UInt16 or TorchTensors.UInt32 or TorchTensors.UInt64;

    private static void RequireOrdered(PlanStep step, ScalarType type, Tensor wide)
    {
        if (type != TorchTensors.UInt64 || Modular.Contains(step.Node.Operator))
        {
            return;
        }

        using Tensor negative = wide.lt(0);
        using Tensor any = negative.any();
        if (any.item<bool>())
        {
            throw new UnsupportedOperatorException($"Node {step.Node} cannot be trained: it has a UInt64 of 2^63 or more; {step.Node.Operator} is executed for smaller ones.");
        }
    }
}
