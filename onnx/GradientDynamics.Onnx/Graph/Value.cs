namespace GradientDynamics.Onnx.Graph;

/// <summary>A value of a graph under construction: its name and its type, which is inferred as the graph grows.</summary>
public sealed record Value(string Name, TensorType Type)
{
    /// <summary>The shape.</summary>
    /// <exception cref="InvalidModelException">Not even the rank is known.</exception>
    public TensorShape Shape => Type.Shape ?? throw new InvalidModelException($"The shape of '{Name}' is not known.");

    /// <inheritdoc/>
    public override string ToString() => $"{Name}: {Type}";
}
