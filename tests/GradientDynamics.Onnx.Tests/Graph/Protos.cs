using Google.Protobuf;
using OnnxProto;

namespace GradientDynamics.Onnx.Tests.Graph;

/// <summary>Files as others write them, message by message.</summary>
internal static class Protos
{
    public static ModelProto Model(int opset, IEnumerable<ValueInfoProto> inputs, IEnumerable<NodeProto> nodes, params string[] outputs) => new()
    {
        IrVersion = 9,
        OpsetImport = { new OperatorSetIdProto { Domain = "", Version = opset } },
        Graph = new() { Name = "g", Input = { inputs }, Node = { nodes }, Output = { outputs.Select(output => new ValueInfoProto { Name = output }) } },
    };

    public static NodeProto Node(string @operator, string inputs, string outputs, params AttributeProto[] attributes) => new()
    {
        OpType = @operator,
        Name = outputs.Split(' ')[0] + "_node",
        Input = { inputs.Length == 0 ? [] : inputs.Split(' ').Select(name => name == "-" ? "" : name) },
        Output = { outputs.Split(' ').Select(name => name == "-" ? "" : name) },
        Attribute = { attributes },
    };

    public static NodeProto Call(string function, string inputs, string outputs, params AttributeProto[] attributes)
    {
        NodeProto call = Node(function, inputs, outputs, attributes);
        call.Domain = "local";
        return call;
    }

    public static FunctionProto Function(string name, string inputs, string outputs, int opset, params NodeProto[] nodes) => new()
    {
        Name = name,
        Domain = "local",
        Input = { inputs.Split(' ') },
        Output = { outputs.Split(' ') },
        Node = { nodes },
        OpsetImport = { new OperatorSetIdProto { Domain = "", Version = opset } },
    };

    public static ValueInfoProto Value(string name, params long[] sizes) => Typed(name, 1, sizes);

    public static ValueInfoProto Typed(string name, int elementType, params long[] sizes)
    {
        TensorShapeProto shape = new();
        shape.Dim.Add(sizes.Select(size => new TensorShapeProto.Types.Dimension { DimValue = size }));
        return new() { Name = name, Type = new() { TensorType = new() { ElemType = elementType, Shape = shape } } };
    }

    public static AttributeProto Int(string name, long value) => new() { Name = name, Type = AttributeProto.Types.AttributeType.Int, I = value };

    public static AttributeProto Float(string name, float value) => new() { Name = name, Type = AttributeProto.Types.AttributeType.Float, F = value };

    public static AttributeProto Subgraph(string name, GraphProto value) => new() { Name = name, Type = AttributeProto.Types.AttributeType.Graph, G = value };

    public static AttributeProto Reference(string name, AttributeProto.Types.AttributeType type, string to) => new() { Name = name, Type = type, RefAttrName = to };

    public static GraphProto Body(string output, params NodeProto[] nodes) => new() { Name = output, Node = { nodes }, Output = { new ValueInfoProto { Name = output } } };

    public static TensorProto Floats(string name, params float[] values) => new()
    {
        Name = name,
        DataType = 1,
        Dims = { values.Length },
        RawData = ByteString.CopyFrom(values.SelectMany(BitConverter.GetBytes).ToArray()),
    };
}
