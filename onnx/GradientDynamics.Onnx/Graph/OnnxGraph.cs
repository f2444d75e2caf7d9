using System.Collections.Immutable;
using OnnxProto;

namespace GradientDynamics.Onnx.Graph;

/// <summary>
/// A network as an ONNX graph: what TorchSharp executes, what is saved, differentiated and served. Immutable; its nodes stand in an
/// order in which every value is produced before it is used.
/// </summary>
public sealed class OnnxGraph
{
    /// <summary>Opset that this library writes, and the oldest that a graph follows: files of older ones are raised to it when they are read.</summary>
    public const int WrittenOpset = 20;

    /// <summary>A graph, checked: every name is produced once and before it is used.</summary>
    /// <exception cref="InvalidModelException">A value is produced twice, is used but never produced, or depends on itself.</exception>
    public OnnxGraph(
        IEnumerable<GraphValue> inputs,
        IEnumerable<GraphValue> outputs,
        IEnumerable<GraphNode> nodes,
        IEnumerable<KeyValuePair<string, ConstantTensor>> initializers,
        int opset = WrittenOpset,
        IEnumerable<KeyValuePair<string, string>>? metadata = null,
        string name = "graph")
    {
        Name = name;
        Opset = opset;
        Inputs = [.. inputs];
        Outputs = [.. outputs];
        Initializers = OrderedInitializers.Of(initializers);
        Metadata = (metadata ?? []).ToImmutableSortedDictionary(StringComparer.Ordinal);
        Nodes = GraphOrder.Sort([.. nodes], Inputs.Select(input => input.Name), Initializers.Keys, Outputs.Select(output => output.Name));
    }

    /// <summary>Name of the graph.</summary>
    public string Name { get; }

    /// <summary>Version of the standard operator set that the nodes follow.</summary>
    public int Opset { get; }

    /// <summary>The opset that the file followed from which the graph was read; the graph's own where there is none.</summary>
    public int FileOpset => Source is null ? Opset : OnnxModelFile.StandardOpset(Source.OpsetImport);

    /// <summary>The inputs that a caller gives (initializers excluded).</summary>
    public IReadOnlyList<GraphValue> Inputs { get; }

    /// <summary>The outputs.</summary>
    public IReadOnlyList<GraphValue> Outputs { get; }

    /// <summary>The nodes, every value before its uses.</summary>
    public IReadOnlyList<GraphNode> Nodes { get; }

    /// <summary>Weights and constants by name, in the file's order.</summary>
    public OrderedInitializers Initializers { get; }

    /// <summary>The model's metadata_props.</summary>
    public ImmutableSortedDictionary<string, string> Metadata { get; }

    /// <summary>What the file said beyond this, kept for writing.</summary>
    internal ModelProto? Source { get; init; }

    /// <summary>Names of the files beside the model's from which its tensors were read, each once.</summary>
    internal IReadOnlyList<string> ExternalFiles { get; init; } = [];

    /// <summary>Types that the file declares for values between inputs and outputs.</summary>
    internal IEnumerable<GraphValue> DeclaredValues => Source?.Graph.ValueInfo.Select(OnnxModelFile.ReadValue) ?? [];

    /// <summary>The same graph with other values of initializers that it has.</summary>
    /// <exception cref="InvalidModelException">A name is not an initializer, or its shape or type differs.</exception>
    public OnnxGraph WithInitializers(IReadOnlyDictionary<string, ConstantTensor> values)
    {
        foreach ((string name, ConstantTensor value) in values)
        {
            if (!Initializers.TryGetValue(name, out ConstantTensor? old))
            {
                throw new InvalidModelException($"The graph has no initializer '{name}'.");
            }

            if (old.Element != value.Element || !old.Sizes.SequenceEqual(value.Sizes))
            {
                throw new InvalidModelException($"Initializer '{name}' is {old.Element}{old.Shape}; the new value is {value.Element}{value.Shape}.");
            }
        }

        return new(Inputs, Outputs, Nodes, Initializers.Select(pair => KeyValuePair.Create(pair.Key, values.GetValueOrDefault(pair.Key, pair.Value))), Opset, Metadata, Name)
        {
            Source = Source,
        };
    }

    /// <summary>The same graph with other outputs, each a value that it has.</summary>
    /// <exception cref="InvalidModelException">A value is never produced.</exception>
    public OnnxGraph WithOutputs(IEnumerable<GraphValue> outputs) => new(Inputs, outputs, Nodes, Initializers, Opset, Metadata, Name) { Source = Source };

    /// <summary>The same graph with entries of its metadata set.</summary>
    public OnnxGraph WithMetadata(IEnumerable<KeyValuePair<string, string>> entries) =>
        new(Inputs, Outputs, Nodes, Initializers, Opset, Metadata.SetItems(entries), Name) { Source = Source };
}
