using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Operators;

/// <summary>One node with what is known of its inputs.</summary>
internal sealed class OperatorCall(
    GraphNode node, int opset, IReadOnlyList<TensorType?> inputs, IReadOnlyList<IntegerTensor?> integers, IReadOnlyList<ConstantTensor?> constants)
{
    public GraphNode Node => node;

    public int Opset => opset;

    public int InputCount => node.Inputs.Count;

    // Whether the input is there.
    public bool Has(int index) => node.Input(index) is not null;

    // The input's shape; null where it is absent or its rank unknown.
    public TensorShape? Shape(int index) => index < inputs.Count ? inputs[index]?.Shape : null;

    public ElementType Element(int index) => index < inputs.Count ? inputs[index]?.Element ?? ElementType.Undefined : ElementType.Undefined;

    // The input's integers where they are known.
    public IntegerTensor? Integers(int index) => index < integers.Count ? integers[index] : null;

    // The input's elements where it is an initializer or a constant.
    public ConstantTensor? Constant(int index) => index < constants.Count ? constants[index] : null;

    public InvalidModelException Error(string message) => new($"Node {node}: {message}.");

    // An axis counted from the front; negative ones count from the back.
    public int Axis(long axis, int rank, string name = "axis") => axis >= -rank && axis < rank
        ? (int)(axis < 0 ? axis + rank : axis)
        : throw Error(rank == 0 ? $"{name} is {axis}; the input is a scalar and has no axis" : $"{name} is {axis}; from {-rank} to {rank - 1} is accepted");

    // The axes counted from the front, each once.
    public int[] Axes(ReadOnlySpan<long> axes, int rank, string name = "axes")
    {
        var result = new int[axes.Length];
        HashSet<int> seen = [];
        for (int i = 0; i < axes.Length; i++)
        {
            result[i] = Axis(axes[i], rank, name);
            if (!seen.Add(result[i]))
            {
                throw Error($"{name} [{string.Join(", ", axes.ToArray())}] name axis {result[i]} twice");
            }
        }

        return result;
    }

    public void RequireRank(int index, string name, int rank)
    {
        if (Shape(index) is { } shape && shape.Rank != rank)
        {
            throw Error($"{name} is {shape}; {(rank == 0 ? "a scalar" : rank == 1 ? "a vector" : $"{rank} dimensions")} {(rank > 1 ? "are" : "is")} accepted");
        }
    }

    // Number of elements of a vector operand where it is fixed.
    public long? VectorLength(int index, string name)
    {
        RequireRank(index, name, 1);
        return Shape(index)?[0].Value;
    }

    public TensorShape? Broadcast(params int[] indices)
    {
        TensorShape? result = Shape(indices[0]);
        for (int i = 1; i < indices.Length; i++)
        {
            if (result is null || Shape(indices[i]) is not { } other)
            {
                return null;
            }

            result = Broadcast(result, other, $"inputs {string.Join(", ", indices.Take(i + 1).Select(index => Shape(index)))}");
        }

        return result;
    }

    public TensorShape Broadcast(TensorShape left, TensorShape right, string what)
    {
        int rank = Math.Max(left.Rank, right.Rank);
        var dimensions = new Dimension[rank];
        for (int i = 0; i < rank; i++)
        {
            Dimension a = i < rank - left.Rank ? 1 : left[i - (rank - left.Rank)];
            Dimension b = i < rank - right.Rank ? 1 : right[i - (rank - right.Rank)];
            dimensions[i] = (a.Value, b.Value) switch
            {
                (1, _) => b,
                (_, 1) => a,
                ({ } x, { } y) => x == y ? a : throw Error($"{what} do not broadcast: {x} and {y} are neither equal nor 1"),
                ({ }, null) => a,
                (null, { }) => b,
                _ => a.Symbol is not null && a.Symbol == b.Symbol ? a : Dimension.Unknown,
            };
        }

        return new(dimensions);
    }

    // Whether two dimensions may be equal: only two different numbers may not.
    public static bool MayEqual(Dimension left, Dimension right) => left.Value is null || right.Value is null || left.Value == right.Value;

    // Of two dimensions that must be equal, the one that says more.
    public static Dimension Unify(Dimension left, Dimension right) => left.Value is not null || right == Dimension.Unknown ? left
        : right.Value is not null || left.Symbol is null ? right
        : left;

    // The product where it is a number, or a name times 1; otherwise unknown.
    public Dimension Product(IEnumerable<Dimension> dimensions)
    {
        long number = 1;
        Dimension? named = null;
        bool unknown = false;
        foreach (Dimension dimension in dimensions)
        {
            if (dimension.Value is { } value)
            {
                number = Times(number, value);
            }
            else
            {
                unknown |= named is not null;
                named = dimension;
            }
        }

        return number == 0 || named is null ? number : number == 1 && !unknown ? named.Value : Dimension.Unknown;
    }

    public long Times(long left, long right)
    {
        try
        {
            return checked(left * right);
        }
        catch (OverflowException)
        {
            throw Error($"the sizes {left} and {right} multiply to more than can be counted");
        }
    }
}
