using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Operators;

/// <summary>Attributes of Reshape.</summary>
/// <param name="AllowZero">Whether 0 in the target means a dimension of size 0; otherwise it copies the input's.</param>
public sealed record ReshapeAttributes(bool AllowZero)
{
    internal static AttributeSchema<bool> AllowZeroSchema { get; } = AttributeSchema.Flag("allowzero", false, since: 14);

    /// <summary>The attributes of <paramref name="node"/>.</summary>
    public static ReshapeAttributes Of(GraphNode node) => new(AllowZeroSchema.Of(node));
}

internal static class Reshape
{
    public static OperatorSchema Schema { get; } = new()
    {
        Name = "Reshape",
        Summary = "The same elements in another shape; -1 is computed, 0 copies the input's dimension unless allowzero.",
        Inputs = [OperandSchema.Of("data", "T", ElementTypeSet.All), OperandSchema.Of("shape", "TShape", ElementTypeSet.Int64)],
        Outputs = [OperandSchema.Of("reshaped", "T", ElementTypeSet.All)],
        Attributes = [ReshapeAttributes.AllowZeroSchema],
        Shapes = call => [Shape(call)],
        Fold = call => call.Integers(0) is { } data && Shape(call) is { IsFixed: true } shape ? data.WithSizes(shape.ToSizes()) : null,
    };

    private static TensorShape? Shape(OperatorCall call)
    {
        bool allowZero = ReshapeAttributes.Of(call.Node).AllowZero;
        long? rank = call.VectorLength(1, "shape");
        if (call.Integers(1) is not { } target)
        {
            return rank is >= 0 and <= IntegerTensor.MostElements ? new([.. Enumerable.Repeat(Dimension.Unknown, (int)rank)]) : null;
        }

        TensorShape? input = call.Shape(0);
        var result = new Dimension[target.Elements.Length];
        int computed = -1;
        bool zero = false;
        for (int i = 0; i < result.Length; i++)
        {
            KnownInteger wanted = target.Elements[i];
            switch (wanted.Value)
            {
                case -1 when computed >= 0:
                    throw call.Error($"shape [{Text(target)}] has -1 twice; one dimension can be computed");
                case -1:
                    computed = i;
                    break;
                case < -1:
                    throw call.Error($"shape [{Text(target)}] has {wanted.Value}; -1, 0 and positive numbers are accepted");
                case 0 when !allowZero:
                    if (input is not null && i >= input.Rank)
                    {
                        throw call.Error($"shape [{Text(target)}] copies dimension {i} of the input {input}, which has {input.Rank} dimensions");
                    }

                    result[i] = input is null ? Dimension.Unknown : input[i];
                    break;
                default:
                    zero |= wanted.Value == 0;
                    result[i] = wanted.ToDimension();
                    break;
            }
        }

        if (zero && computed >= 0)
        {
            throw call.Error($"shape [{Text(target)}] has 0 and -1; with allowzero only one of them is accepted");
        }

        // A name that is only a dimension's value in the shape operand may be -1 or 0 in no well-formed model: it came from a Shape.
        if (input is null)
        {
            return new(result);
        }

        Dimension[] others = [.. result.Where((_, i) => i != computed)];
        if (computed >= 0)
        {
            result[computed] = Quotient(call, input, others, target);
        }
        else if (input.IsFixed && Array.TrueForAll(others, dimension => dimension.Value is not null))
        {
            if (call.Product(input) != call.Product(others))
            {
                throw call.Error($"the input {input} has {call.Product(input)} elements and the shape [{Text(target)}] asks for {call.Product(others)}");
            }
        }

        return new(result);
    }

    // Number of the input's elements over those of the other dimensions; equal names cancel.
    private static Dimension Quotient(OperatorCall call, TensorShape input, Dimension[] others, IntegerTensor target)
    {
        List<Dimension> left = [.. input];
        List<Dimension> right = [];
        foreach (Dimension dimension in others)
        {
            if (dimension.Symbol is null || !left.Remove(dimension))
            {
                right.Add(dimension);
            }
        }

        if (right.Exists(dimension => dimension.Value is null))
        {
            return Dimension.Unknown;
        }

        long divisor = call.Product(right).Value!.Value;
        long dividend = call.Product(left.Where(dimension => dimension.Value is not null)).Value!.Value;
        Dimension[] named = [.. left.Where(dimension => dimension.Value is null)];
        if (divisor == 0)
        {
            // 0 elements over 0: ONNX Runtime and the standard leave 0 for the computed dimension.
            return named.Length == 0 && dividend == 0 ? 0 : named.Length > 0 ? Dimension.Unknown
                : throw call.Error($"the input {input} has elements and the shape [{Text(target)}] has none");
        }

        if (named.Length == 0)
        {
            return dividend % divisor == 0
                ? dividend / divisor
                : throw call.Error($"the input {input} has {dividend} elements, which the shape [{Text(target)}] does not divide");
        }

        return named.Length == 1 && dividend == divisor ? named[0] : Dimension.Unknown;
    }

    private static string Text(IntegerTensor target) => string.Join(", ", target.Elements.Select(element => element.Value?.ToString() ?? element.Symbol ?? "?"));
}
