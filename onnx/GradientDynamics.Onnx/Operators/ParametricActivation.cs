using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Operators;

/// <summary>The numbers of Elu, Selu, Celu, ThresholdedRelu, HardSigmoid and Swish.</summary>
/// <param name="Alpha">The operator's alpha.</param>
/// <param name="Second">HardSigmoid's beta, Selu's gamma; 0 for the others, which have one number.</param>
public sealed record ParametricActivationAttributes(float Alpha, float Second)
{
    /// <summary>The attributes of <paramref name="node"/>.</summary>
    public static ParametricActivationAttributes Of(GraphNode node)
    {
        ArgumentNullException.ThrowIfNull(node);
        AttributeSchema<float>[] attributes = ParametricActivation.Attributes[node.Operator];
        return new(attributes[0].Of(node), attributes.Length > 1 ? attributes[1].Of(node) : 0);
    }
}

/// <summary>Activations whose curve has numbers of its own.</summary>
internal static class ParametricActivation
{
    // Selu's numbers are those of Klambauer et al., 2017, https://arxiv.org/abs/1706.02515, as the standard writes them.
    public static IReadOnlyDictionary<string, AttributeSchema<float>[]> Attributes { get; } = new Dictionary<string, AttributeSchema<float>[]>(StringComparer.Ordinal)
    {
        ["Celu"] = [AttributeSchema.Float("alpha", 1)],
        ["Elu"] = [AttributeSchema.Float("alpha", 1)],
        ["HardSigmoid"] = [AttributeSchema.Float("alpha", 0.2f), AttributeSchema.Float("beta", 0.5f)],
        ["Selu"] = [AttributeSchema.Float("alpha", 1.67326319217681884765625f), AttributeSchema.Float("gamma", 1.05070102214813232421875f)],
        ["Swish"] = [AttributeSchema.Float("alpha", 1)],
        ["ThresholdedRelu"] = [AttributeSchema.Float("alpha", 1)],
    };

    public static OperatorSchema Elu { get; } = Of("Elu", "x where x is at least 0, alpha·(exp(x) - 1) below.");

    public static OperatorSchema Celu { get; } = Of("Celu", "x where x is at least 0, alpha·(exp(x / alpha) - 1) below.", ElementTypeSet.Single, since: 12);

    public static OperatorSchema Selu { get; } = Of("Selu", "gamma·x where x is at least 0, gamma·alpha·(exp(x) - 1) below.");

    public static OperatorSchema ThresholdedRelu { get; } = Of("ThresholdedRelu", "x where x is above alpha, else 0.");

    public static OperatorSchema HardSigmoid { get; } = Of("HardSigmoid", "max(0, min(1, alpha·x + beta)).");

    public static OperatorSchema Swish { get; } = Of("Swish", "x / (1 + exp(-alpha·x)).", since: 24);

    private static OperatorSchema Of(string name, string summary, ElementTypeSet? types = null, int since = OperatorSchema.OldestOpset) => new()
    {
        Name = name,
        Summary = summary,
        FirstOpset = since,
        Inputs = [OperandSchema.Of("X", "T", types ?? ElementTypeSet.Floating)],
        Outputs = [OperandSchema.Of("Y", "T", types ?? ElementTypeSet.Floating)],
        Attributes = Attributes[name],
        Shapes = call => [call.Shape(0)],
    };
}
