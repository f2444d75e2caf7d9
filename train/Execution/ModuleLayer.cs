using GradientDynamics.Onnx.Graph;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Execution;

/// <summary>One layer under conversion: the module, the value that it takes, and the graph that grows.</summary>
/// <param name="Graph">The graph.</param>
/// <param name="X">The layer's input.</param>
/// <param name="Module">The module.</param>
/// <param name="Name">Name of the layer in the graph.</param>
/// <param name="Prefix">What stands before the names of its parameters.</param>
internal sealed record ModuleLayer(GraphBuilder Graph, Value X, nn.Module Module, string Name, string Prefix)
{
    /// <summary>Sizes of the input's dimensions from the second on, which are numbers.</summary>
    public long[] Sizes => [.. X.Shape.Skip(1).Select(size => size.Value ?? throw Refusal($"its input is {X.Type}; dimensions that are numbers are accepted behind the batch"))];

    /// <summary>Number of dimensions behind batch and channels.</summary>
    public int Space => X.Shape.Rank - 2;

    /// <summary>A parameter or buffer of the module, under its name.</summary>
    public Value Parameter(Tensor tensor, string name) => Graph.Parameter(Prefix + name, TorchTensors.ToConstant(tensor));

    /// <summary>A parameter of the module, or numbers that are not trained in its place.</summary>
    public Value ParameterOr(Tensor? tensor, string name, double absent, params long[] sizes) => tensor is not null ? Parameter(tensor, name) : Filled(absent, name, sizes);

    /// <summary>Numbers that are not trained.</summary>
    public Value Filled(double number, string name, params long[] sizes)
    {
        using Tensor filled = full(sizes, number, TorchTensors.ToScalarType(X.Type.Element));
        return Graph.Constant(TorchTensors.ToConstant(filled), $"{Name}.{name}");
    }

    /// <summary>A node over the input alone.</summary>
    public Value Node(string @operator, NodeAttributes? attributes = null) => Graph.Add(@operator, [X], attributes, Name);

    /// <summary>Why the module cannot be converted.</summary>
    public UnsupportedModuleException Refusal(string reason) => new($"Module '{Name}' ({Module.GetType().FullName}) cannot be converted: {reason}.");

    /// <summary>Refuses a setting.</summary>
    public void Require(bool holds, string reason)
    {
        if (!holds)
        {
            throw Refusal(reason);
        }
    }
}
