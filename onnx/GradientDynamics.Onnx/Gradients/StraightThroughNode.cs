namespace GradientDynamics.Onnx.Gradients;

/// <summary>A node that a gradient passes straight through: rounding or quantization, whose own derivative is 0 almost everywhere.</summary>
/// <param name="Operator">Operator of the node, such as "Round".</param>
/// <param name="Name">Name of the node, or of its first output where it has none.</param>
internal readonly record struct StraightThroughNode(string Operator, string Name)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Operator} '{Name}'";
}
