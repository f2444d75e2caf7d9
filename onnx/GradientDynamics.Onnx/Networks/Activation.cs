using System.Text.Json.Serialization;
using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Networks;

/// <summary>The nonlinearity between layers.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(ReluActivation), "relu")]
[JsonDerivedType(typeof(LeakyReluActivation), "leaky-relu")]
[JsonDerivedType(typeof(TanhActivation), "tanh")]
[JsonDerivedType(typeof(SigmoidActivation), "sigmoid")]
public abstract record Activation
{
    internal abstract Value Apply(GraphBuilder graph, Value x, string name);
}

/// <summary>max(x, 0).</summary>
public sealed record ReluActivation : Activation
{
    internal override Value Apply(GraphBuilder graph, Value x, string name) => graph.Relu(x, name);
}

/// <summary>x, or alpha·x below 0.</summary>
public sealed record LeakyReluActivation : Activation
{
    /// <summary>Slope below 0. Default 0.01, torch's and ONNX's.</summary>
    public float Alpha
    {
        get;
        init => field = float.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(nameof(Alpha), value, "a finite number is accepted");
    }

    = 0.01f;

    internal override Value Apply(GraphBuilder graph, Value x, string name) => graph.LeakyRelu(x, Alpha, name);
}

/// <summary>Hyperbolic tangent.</summary>
public sealed record TanhActivation : Activation
{
    internal override Value Apply(GraphBuilder graph, Value x, string name) => graph.Tanh(x, name);
}

/// <summary>1 / (1 + exp(-x)).</summary>
public sealed record SigmoidActivation : Activation
{
    internal override Value Apply(GraphBuilder graph, Value x, string name) => graph.Sigmoid(x, name);
}
