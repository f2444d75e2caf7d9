namespace GradientDynamics.Onnx.Gradients;

/// <summary>What is differentiated, where the model leaves a choice.</summary>
public sealed record InputGradientOptions
{
    /// <summary>Name of the input that is differentiated; null (the default) takes the only one of floating point.</summary>
    public string? Input { get; init; }

    /// <summary>
    /// Name of a value between the inputs and the logits at which the graph is cut: the value becomes an input and is differentiated, and inputs that only led to it disappear. Null (the
    /// default) cuts nothing.
    /// </summary>
    public string? Cut { get; init; }

    /// <summary>Name of the value that holds the logits; null (the default) takes the model's output, or what stands before its final Softmax or Sigmoid.</summary>
    public string? Logits { get; init; }
}
