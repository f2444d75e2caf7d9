using System.Collections.Immutable;
using OnnxProto;

namespace GradientDynamics.Onnx.Graph;

/// <summary>The attributes of a node by name: integers, floats, text, lists of these, and tensors. Immutable.</summary>
public sealed class NodeAttributes
{
    private readonly ImmutableSortedDictionary<string, object> _values;

    private NodeAttributes(ImmutableSortedDictionary<string, object> values) => _values = values;

    /// <summary>No attributes.</summary>
    public static NodeAttributes None { get; } = new(ImmutableSortedDictionary.Create<string, object>(StringComparer.Ordinal));

    /// <summary>Names of the attributes that are set, in ordinal order.</summary>
    public IEnumerable<string> Names => _values.Keys;

    /// <summary>Values of the graph around that the subgraphs among the attributes use.</summary>
    internal IReadOnlyList<string> Captures => field ??= [.. Subgraphs.SelectMany(pair => pair.Graph.Captures()).Distinct()];

    /// <summary>The subgraphs among the attributes: If, Loop and Scan have them.</summary>
    internal IEnumerable<(string Name, GraphProto Graph)> Subgraphs => _values
        .SelectMany(pair => pair.Value is AttributeProto attribute ? attribute.Subgraphs().Select(graph => (pair.Key, graph)) : []);

    /// <summary>Whether <paramref name="name"/> is set.</summary>
    public bool Has(string name) => _values.ContainsKey(name);

    /// <summary>These attributes and one more.</summary>
    public NodeAttributes With(string name, long value) => new(_values.SetItem(name, value));

    /// <inheritdoc cref="With(string, long)"/>
    public NodeAttributes With(string name, float value) => new(_values.SetItem(name, value));

    /// <inheritdoc cref="With(string, long)"/>
    public NodeAttributes With(string name, string value) => new(_values.SetItem(name, value));

    /// <inheritdoc cref="With(string, long)"/>
    public NodeAttributes With(string name, ReadOnlySpan<long> values) => new(_values.SetItem(name, values.ToArray()));

    /// <inheritdoc cref="With(string, long)"/>
    public NodeAttributes With(string name, ReadOnlySpan<float> values) => new(_values.SetItem(name, values.ToArray()));

    /// <inheritdoc cref="With(string, long)"/>
    public NodeAttributes With(string name, IEnumerable<string> values) => new(_values.SetItem(name, values.ToArray()));

    /// <inheritdoc cref="With(string, long)"/>
    public NodeAttributes With(string name, ConstantTensor value) => new(_values.SetItem(name, value));

    /// <summary>These attributes without <paramref name="name"/>.</summary>
    public NodeAttributes Without(string name) => new(_values.Remove(name));

    /// <summary>An integer, or <paramref name="absent"/> where it is not set.</summary>
    /// <exception cref="InvalidModelException">The attribute is of another type.</exception>
    public long Int(string name, long absent) => Value(name, absent);

    /// <summary>A float, or <paramref name="absent"/> where it is not set.</summary>
    /// <exception cref="InvalidModelException">The attribute is of another type.</exception>
    public float Float(string name, float absent) => Value(name, absent);

    /// <summary>Text, or <paramref name="absent"/> where it is not set.</summary>
    /// <exception cref="InvalidModelException">The attribute is of another type.</exception>
    public string Text(string name, string absent) => Value(name, absent);

    /// <summary>A list of integers, or null where it is not set.</summary>
    /// <exception cref="InvalidModelException">The attribute is of another type.</exception>
    public long[]? Ints(string name) => Value<long[]?>(name, null);

    /// <summary>A list of floats, or null where it is not set.</summary>
    /// <exception cref="InvalidModelException">The attribute is of another type.</exception>
    public float[]? Floats(string name) => Value<float[]?>(name, null);

    /// <summary>A list of texts, or null where it is not set.</summary>
    /// <exception cref="InvalidModelException">The attribute is of another type.</exception>
    public string[]? Texts(string name) => Value<string[]?>(name, null);

    /// <summary>A tensor, or null where it is not set.</summary>
    /// <exception cref="InvalidModelException">The attribute is of another type.</exception>
    public ConstantTensor? Tensor(string name) => Value<ConstantTensor?>(name, null);

    internal static NodeAttributes Read(IEnumerable<AttributeProto> attributes, Func<TensorProto, ConstantTensor> readTensor)
    {
        ImmutableSortedDictionary<string, object>.Builder values = None._values.ToBuilder();
        foreach (AttributeProto attribute in attributes)
        {
            if (attribute.RefAttrName.Length > 0)
            {
                throw new InvalidModelException($"attribute '{attribute.Name}' stands for the attribute '{attribute.RefAttrName}' of a function, and the node is in none");
            }

            object value = attribute.Type switch
            {
                AttributeProto.Types.AttributeType.Int => attribute.I,
                AttributeProto.Types.AttributeType.Float => attribute.F,
                AttributeProto.Types.AttributeType.String => attribute.S.ToStringUtf8(),
                AttributeProto.Types.AttributeType.Ints => attribute.Ints.ToArray(),
                AttributeProto.Types.AttributeType.Floats => attribute.Floats.ToArray(),
                AttributeProto.Types.AttributeType.Strings => attribute.Strings.Select(text => text.ToStringUtf8()).ToArray(),
                AttributeProto.Types.AttributeType.Tensor => readTensor(attribute.T),
                _ => attribute, // subgraphs, sparse tensors, types: kept as they are
            };
            if (!values.TryAdd(attribute.Name, value))
            {
                throw new InvalidModelException($"attribute '{attribute.Name}' is given twice");
            }
        }

        return new(values.ToImmutable());
    }

    internal IEnumerable<AttributeProto> Write(Func<ConstantTensor, TensorProto> writeTensor)
    {
        foreach ((string name, object value) in _values)
        {
            if (value is AttributeProto kept)
            {
                yield return kept;
                continue;
            }

            AttributeProto attribute = new() { Name = name };
            switch (value)
            {
                case long i:
                    attribute.Type = AttributeProto.Types.AttributeType.Int;
                    attribute.I = i;
                    break;
                case float f:
                    attribute.Type = AttributeProto.Types.AttributeType.Float;
                    attribute.F = f;
                    break;
                case string s:
                    attribute.Type = AttributeProto.Types.AttributeType.String;
                    attribute.S = Google.Protobuf.ByteString.CopyFromUtf8(s);
                    break;
                case long[] ints:
                    attribute.Type = AttributeProto.Types.AttributeType.Ints;
                    attribute.Ints.Add(ints);
                    break;
                case float[] floats:
                    attribute.Type = AttributeProto.Types.AttributeType.Floats;
                    attribute.Floats.Add(floats);
                    break;
                case string[] strings:
                    attribute.Type = AttributeProto.Types.AttributeType.Strings;
                    attribute.Strings.Add(strings.Select(Google.Protobuf.ByteString.CopyFromUtf8));
                    break;
                case ConstantTensor tensor:
                    attribute.Type = AttributeProto.Types.AttributeType.Tensor;
                    attribute.T = writeTensor(tensor);
                    break;
            }

            yield return attribute;
        }
    }

    private T Value<T>(string name, T absent) => !_values.TryGetValue(name, out object? value)
        ? absent
        : value is T typed
            ? typed
            : throw new InvalidModelException($"attribute '{name}' is {KindOf(value.GetType())}; {KindOf(typeof(T))} is accepted");

    private static string KindOf(Type type) => type == typeof(long) ? "an integer"
        : type == typeof(float) ? "a float"
        : type == typeof(string) ? "a text"
        : type == typeof(long[]) ? "a list of integers"
        : type == typeof(float[]) ? "a list of floats"
        : type == typeof(string[]) ? "a list of texts"
        : type == typeof(ConstantTensor) ? "a tensor"
        : "a graph or another compound";
}
