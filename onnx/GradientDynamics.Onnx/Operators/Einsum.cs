using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Operators;

/// <summary>Attributes of Einsum.</summary>
/// <param name="Equation">Letters of every operand's dimensions and of the result's.</param>
public sealed record EinsumAttributes(EinsumEquation Equation)
{
    internal static AttributeSchema<string> EquationSchema { get; } = AttributeSchema.RequiredText("equation");

    /// <summary>The attributes of <paramref name="node"/>.</summary>
    /// <exception cref="InvalidModelException">The equation cannot be read.</exception>
    public static EinsumAttributes Of(GraphNode node)
    {
        try
        {
            return new(EinsumEquation.Parse(EquationSchema.Of(node)));
        }
        catch (FormatException error)
        {
            throw new InvalidModelException($"Node {node}: {error.Message}.", error);
        }
    }
}

internal static class Einsum
{
    public static OperatorSchema Schema { get; } = new()
    {
        Name = "Einsum",
        Summary = "Sums of products of the inputs' elements, as the letters of the equation say (Einstein's convention).",
        FirstOpset = 12,
        Inputs = [OperandSchema.Many("Inputs", "T", ElementTypeSet.Numeric)],
        Outputs = [OperandSchema.Of("Output", "T", ElementTypeSet.Numeric)],
        Attributes = [EinsumAttributes.EquationSchema],
        Shapes = call => [Shape(call)],
    };

    private static TensorShape? Shape(OperatorCall call)
    {
        EinsumEquation equation = EinsumAttributes.Of(call.Node).Equation;
        if (equation.Operands.Count != call.InputCount)
        {
            throw call.Error($"equation '{equation}' is of {equation.Operands.Count} operands and it has {call.InputCount}; as many are accepted");
        }

        TensorShape?[] shapes = [.. Enumerable.Range(0, call.InputCount).Select(call.Shape)];
        if (Array.Exists(shapes, shape => shape is null))
        {
            return null;
        }

        EinsumEquation spelled;
        try
        {
            spelled = equation.SpelledOut([.. shapes.Select(shape => shape!.Rank)]);
        }
        catch (FormatException error)
        {
            throw call.Error(error.Message);
        }

        Dictionary<char, Dimension> sizes = [];
        foreach ((string letters, TensorShape? shape) in spelled.Operands.Zip(shapes))
        {
            for (int i = 0; i < letters.Length; i++)
            {
                sizes[letters[i]] = !sizes.TryGetValue(letters[i], out Dimension known)
                    ? shape![i]
                    : Common(known, shape![i]) ?? throw call.Error($"equation '{equation}': '{letters[i]}' stands for {known} and for {shape![i]}; they must be equal or 1");
            }
        }

        return new([.. spelled.Result.Select(letter => sizes[letter])]);
    }

    // The size of dimensions of one letter, of which those of size 1 are repeated; null where they do not fit.
    private static Dimension? Common(Dimension a, Dimension b) => (a.Value, b.Value) switch
    {
        (1, _) => b,
        (_, 1) => a,
        _ => OperatorCall.MayEqual(a, b) ? OperatorCall.Unify(a, b) : null,
    };
}
