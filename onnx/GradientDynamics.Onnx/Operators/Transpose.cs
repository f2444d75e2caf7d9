using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Operators;

/// <summary>Attributes of Transpose.</summary>
/// <param name="Permutation">For every output dimension the input's; null reverses them.</param>
public sealed record TransposeAttributes(IReadOnlyList<long>? Permutation)
{
    internal static AttributeSchema<long[]?> PermutationSchema { get; } = AttributeSchema.OptionalInts("perm", "reversed");

    /// <summary>The attributes of <paramref name="node"/>.</summary>
    public static TransposeAttributes Of(GraphNode node) => new(PermutationSchema.Of(node));

    /// <summary>The permutation for an input of <paramref name="rank"/> dimensions, the default filled in.</summary>
    public IReadOnlyList<long> PermutationFor(int rank) => Permutation ?? [.. Enumerable.Range(0, rank).Select(i => (long)(rank - 1 - i))];
}

internal static class Transpose
{
    public static OperatorSchema Schema { get; } = new()
    {
        Name = "Transpose",
        Summary = "Permutes the dimensions.",
        Inputs = [OperandSchema.Of("data", "T", ElementTypeSet.All)],
        Outputs = [OperandSchema.Of("transposed", "T", ElementTypeSet.All)],
        Attributes = [TransposeAttributes.PermutationSchema],
        Shapes = call => [Shape(call)],
        Fold = call => call.Integers(0) is { } data ? Fold(data, TransposeAttributes.Of(call.Node).PermutationFor(data.Sizes.Length)) : null,
    };

    private static IntegerTensor? Fold(IntegerTensor data, IReadOnlyList<long> permutation)
    {
        long[] sizes = [.. permutation.Select(axis => data.Sizes[axis])];
        long[] strides = [.. permutation.Select(axis => data.Sizes.Skip((int)axis + 1).Aggregate(1L, (product, size) => product * size))];
        var elements = new KnownInteger[data.Elements.Length];
        for (int flat = 0; flat < elements.Length; flat++)
        {
            long rest = flat;
            long from = 0;
            for (int axis = sizes.Length - 1; axis >= 0; axis--)
            {
                from += rest % sizes[axis] * strides[axis];
                rest /= sizes[axis];
            }

            elements[flat] = data.Elements[from];
        }

        return IntegerTensor.Of(sizes, elements);
    }

    private static TensorShape? Shape(OperatorCall call)
    {
        TransposeAttributes transpose = TransposeAttributes.Of(call.Node);
        int? rank = transpose.Permutation?.Count ?? call.Shape(0)?.Rank;
        if (transpose.Permutation is { } given && !given.Order().SequenceEqual(Enumerable.Range(0, given.Count).Select(i => (long)i)))
        {
            throw call.Error($"perm [{string.Join(", ", given)}] is no permutation of 0 to {given.Count - 1}");
        }

        if (call.Shape(0) is not { } input)
        {
            return rank is null ? null : new([.. Enumerable.Repeat(Dimension.Unknown, rank.Value)]);
        }

        return input.Rank == rank
            ? new([.. transpose.PermutationFor(input.Rank).Select(axis => input[(int)axis])])
            : throw call.Error($"perm has {rank} entries and the input {input} has {input.Rank} dimensions");
    }
}
