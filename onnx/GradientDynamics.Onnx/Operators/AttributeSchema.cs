using System.Globalization;
using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Operators;

/// <summary>An attribute that an operator takes: its name, type and default, which stand here and nowhere else.</summary>
public abstract class AttributeSchema
{
    private protected AttributeSchema(string name, string type, string @default, int since)
    {
        Name = name;
        Type = type;
        Default = @default;
        Since = since;
    }

    /// <summary>Name of the attribute in the file.</summary>
    public string Name { get; }

    /// <summary>Type: "int", "float", "text", "ints", "floats", "tensor", or the accepted words.</summary>
    public string Type { get; }

    /// <summary>The default as text; "required" where there is none.</summary>
    public string Default { get; }

    /// <summary>First opset in which the operator has the attribute; 1 where it always had it.</summary>
    public int Since { get; }

    internal static AttributeSchema<long> Int(string name, long @default, int since = 1) =>
        new(name, "int", @default.ToString(CultureInfo.InvariantCulture), attributes => attributes.Int(name, @default), since);

    internal static AttributeSchema<long?> OptionalInt(string name, string @default, int since = 1) =>
        new(name, "int", @default, attributes => attributes.Has(name) ? attributes.Int(name, 0) : null, since);

    internal static AttributeSchema<long> RequiredInt(string name) =>
        new(name, "int", "required", attributes => attributes.Has(name) ? attributes.Int(name, 0) : throw new InvalidModelException($"attribute '{name}' is required"));

    internal static AttributeSchema<bool> Flag(string name, bool @default, int since = 1) => new(
        name,
        "0 or 1",
        @default ? "1" : "0",
        attributes => attributes.Int(name, @default ? 1 : 0) switch
        {
            0 => false,
            1 => true,
            long other => throw new InvalidModelException($"attribute '{name}' is {other}; 0 and 1 are accepted"),
        },
        since);

    internal static AttributeSchema<float> Float(string name, float @default) =>
        new(name, "float", @default.ToString(CultureInfo.InvariantCulture), attributes => attributes.Float(name, @default));

    internal static AttributeSchema<float?> OptionalFloat(string name) =>
        new(name, "float", "absent", attributes => attributes.Has(name) ? attributes.Float(name, 0) : null);

    internal static AttributeSchema<long[]?> OptionalInts(string name, string @default, int since = 1) =>
        new(name, "ints", @default, attributes => attributes.Ints(name), since);

    internal static AttributeSchema<string> RequiredText(string name) => new(
        name, "text", "required", attributes => attributes.Has(name) ? attributes.Text(name, "") : throw new InvalidModelException($"attribute '{name}' is required"));

    internal static AttributeSchema<float[]?> OptionalFloats(string name) => new(name, "floats", "absent", attributes => attributes.Floats(name));

    internal static AttributeSchema<string?> OptionalText(string name) =>
        new(name, "text", "absent", attributes => attributes.Has(name) ? attributes.Text(name, "") : null);

    internal static AttributeSchema<string[]?> OptionalTexts(string name) => new(name, "texts", "absent", attributes => attributes.Texts(name));

    internal static AttributeSchema<ConstantTensor?> OptionalTensor(string name, string @default) =>
        new(name, "tensor", @default, attributes => attributes.Tensor(name));

    // The first word is the default.
    internal static AttributeSchema<T> Choice<T>(string name, int since, params (string Word, T Value)[] choices) => new(
        name,
        string.Join(" | ", choices.Select(choice => choice.Word)),
        choices[0].Word,
        attributes =>
        {
            string word = attributes.Text(name, choices[0].Word);
            int index = Array.FindIndex(choices, choice => choice.Word == word);
            return index >= 0
                ? choices[index].Value
                : throw new InvalidModelException($"attribute '{name}' is '{word}'; accepted are {string.Join(", ", choices.Select(choice => $"'{choice.Word}'"))}");
        },
        since);

    internal abstract void Check(GraphNode node);
}

/// <summary>An attribute whose value is a <typeparamref name="T"/>.</summary>
public sealed class AttributeSchema<T> : AttributeSchema
{
    private readonly Func<NodeAttributes, T> _read;

    internal AttributeSchema(string name, string type, string @default, Func<NodeAttributes, T> read, int since = 1)
        : base(name, type, @default, since) => _read = read;

    /// <summary>The attribute's value on <paramref name="node"/>, or the default.</summary>
    /// <exception cref="InvalidModelException">The attribute is of another type or its value is not accepted; the message names the node.</exception>
    public T Of(GraphNode node)
    {
        try
        {
            return _read(node.Attributes);
        }
        catch (InvalidModelException error)
        {
            throw new InvalidModelException($"Node {node}: {error.Message}.", error);
        }
    }

    internal override void Check(GraphNode node) => Of(node);
}
