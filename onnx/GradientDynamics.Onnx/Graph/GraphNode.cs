using OnnxProto;

namespace GradientDynamics.Onnx.Graph;

/// <summary>One operation of a graph. An empty input or output name stands for an optional one that is absent.</summary>
public sealed class GraphNode
{
    /// <summary>A node of the standard domain.</summary>
    public GraphNode(string @operator, IEnumerable<string> inputs, IEnumerable<string> outputs, NodeAttributes? attributes = null, string name = "", string domain = "")
    {
        Operator = @operator;
        Inputs = [.. inputs];
        Outputs = [.. outputs];
        Attributes = attributes ?? NodeAttributes.None;
        Name = name;
        Domain = domain is "ai.onnx" ? "" : domain;
        Uses = Inputs.Contains("") || Attributes.Captures.Count > 0
            ? [.. Inputs.Where(input => input.Length > 0), .. Attributes.Captures]
            : Inputs;
    }

    /// <summary>Operator type, such as "Conv".</summary>
    public string Operator { get; }

    /// <summary>Operator domain; empty for ONNX's own operators.</summary>
    public string Domain { get; }

    /// <summary>Name of the node; may be empty.</summary>
    public string Name { get; }

    /// <summary>Names of the input values.</summary>
    public IReadOnlyList<string> Inputs { get; }

    /// <summary>Names of the values that the node needs: its inputs that are there, and what its subgraphs use of the graph around them.</summary>
    public IReadOnlyList<string> Uses { get; }

    /// <summary>Names of the output values.</summary>
    public IReadOnlyList<string> Outputs { get; }

    /// <summary>The attributes.</summary>
    public NodeAttributes Attributes { get; }

    /// <summary>What the file said beyond this, kept for writing: the whole node where it is as the file has it, else its documentation and metadata.</summary>
    internal NodeProto? Source { get; init; }

    /// <summary>Name of the input at <paramref name="index"/>, or null where it is absent.</summary>
    public string? Input(int index) => index < Inputs.Count && Inputs[index].Length > 0 ? Inputs[index] : null;

    /// <summary>Name of the output at <paramref name="index"/>, or null where it is absent.</summary>
    public string? Output(int index) => index < Outputs.Count && Outputs[index].Length > 0 ? Outputs[index] : null;

    /// <summary>The node for a message: its operator and its name, or its first output where it has no name.</summary>
    public override string ToString() => $"{(Domain.Length > 0 ? Domain + "." : "")}{Operator} '{(Name.Length > 0 ? Name : Outputs.FirstOrDefault(output => output.Length > 0) ?? "")}'";
}
