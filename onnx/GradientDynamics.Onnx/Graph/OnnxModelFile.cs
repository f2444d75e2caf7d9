using System.Runtime.InteropServices;
using Google.Protobuf;
using GradientDynamics.Onnx.Operators;
using OnnxProto;

namespace GradientDynamics.Onnx.Graph;

/// <summary>Reads and writes ONNX files. What this library does not model is kept and written back.</summary>
public static class OnnxModelFile
{
    /// <summary>IR version that is written where the graph did not come from a file.</summary>
    public const int WrittenIrVersion = 9;

    private const string Producer = "GradientDynamics.Onnx";

    /// <summary>Reads a model.</summary>
    /// <exception cref="InvalidModelException">The file is no ONNX model, or its graph is broken; the message names the file.</exception>
    public static OnnxGraph Read(string path)
    {
        if (Directory.Exists(path))
        {
            throw new InvalidModelException($"'{path}': this is a folder; an ONNX file is accepted.");
        }

        try
        {
            long length = new FileInfo(path).Length;
            return length <= Array.MaxLength
                ? Parse(File.ReadAllBytes(path), Path.GetDirectoryName(Path.GetFullPath(path)))
                : throw new InvalidModelException($"the file has {length} bytes; a model file holds less than 2 GiB, and larger models have their tensors in files beside it.");
        }
        catch (UnsupportedOperatorException error)
        {
            throw new UnsupportedOperatorException($"'{path}': {error.Message}");
        }
        catch (InvalidModelException error)
        {
            throw new InvalidModelException($"'{path}': {error.Message}", error);
        }
    }

    /// <summary>Reads a model from the bytes of a file.</summary>
    /// <exception cref="InvalidModelException">The bytes are no ONNX model, or the graph is broken.</exception>
    public static OnnxGraph Parse(ReadOnlySpan<byte> bytes) => Parse(bytes.ToArray(), folder: null);

    // The graph's tensors lie in the bytes.
    private static OnnxGraph Parse(byte[] bytes, string? folder)
    {
        ModelProto model;
        try
        {
            model = SharedModel.Parse(bytes);
        }
        catch (InvalidProtocolBufferException error)
        {
            throw new InvalidModelException($"this is no ONNX model: {error.Message}", error);
        }

        if (model.Graph is null || model.OpsetImport.Count == 0)
        {
            throw new InvalidModelException("this is no ONNX model: it has no graph or states no operator set.");
        }

        return Decode(model, folder);
    }

    /// <summary>Reads a tensor from the bytes of a file that holds one TensorProto, as ONNX's test cases do.</summary>
    /// <exception cref="InvalidModelException">The bytes are no tensor.</exception>
    public static (string Name, ConstantTensor Value) ParseTensor(ReadOnlySpan<byte> bytes)
    {
        try
        {
            TensorProto tensor = TensorProto.Parser.ParseFrom(bytes);
            return (tensor.Name, ReadTensor(tensor));
        }
        catch (InvalidProtocolBufferException error)
        {
            throw new InvalidModelException($"this is no ONNX tensor: {error.Message}", error);
        }
    }

    /// <summary>Whether the model fits in one file, which holds less than 2 GiB; a larger one is written with its tensors in a file beside it.</summary>
    public static bool FitsOneFile(OnnxGraph graph) => !ExternalData.IsNeeded(graph.Initializers.Values);

    /// <summary>
    /// Writes a model; one that does not <see cref="FitsOneFile">fit in one file</see> has its tensors in a file beside it, whose name has ".data"
    /// appended. The files are not written atomically: callers that publish a model write to a temporary name or folder.
    /// </summary>
    public static void Write(OnnxGraph graph, string path)
    {
        if (!FitsOneFile(graph))
        {
            WriteWithData(graph, path);
            return;
        }

        using FileStream file = File.Create(path);
        Write(graph, file);
    }

    /// <summary>Writes a model to <paramref name="path"/> and its larger tensors to a file beside it, whose name has ".data" appended.</summary>
    public static void WriteWithData(OnnxGraph graph, string path)
    {
        using FileStream data = File.Create(path + ".data");
        using FileStream file = File.Create(path);
        Write(graph, file, data, Path.GetFileName(path) + ".data");
    }

    /// <summary>Writes a model to a stream and its larger tensors to another, which the model names as a file beside it.</summary>
    public static void Write(OnnxGraph graph, Stream stream, Stream data, string dataFile)
    {
        ModelProto model = Encode(graph);
        ExternalData.MoveOut(model, data, dataFile);
        model.WriteTo(stream);
    }

    /// <summary>Writes a model to a stream.</summary>
    /// <exception cref="InvalidModelException">The model does not fit in one file.</exception>
    public static void Write(OnnxGraph graph, Stream stream) => EncodeWhole(graph).WriteTo(stream);

    /// <summary>The model as the bytes of a file; the same graph gives the same bytes.</summary>
    /// <exception cref="InvalidModelException">The model does not fit in one file.</exception>
    public static byte[] ToBytes(OnnxGraph graph) => EncodeWhole(graph).ToByteArray();

    private static ModelProto EncodeWhole(OnnxGraph graph) => FitsOneFile(graph)
        ? Encode(graph)
        : throw new InvalidModelException($"the model's tensors take more than {ExternalData.LargestModel} bytes, and a model file holds less than 2 GiB; written by path, they go to a file beside it.");

    private static OnnxGraph Decode(ModelProto model, string? folder)
    {
        GraphProto graph = model.Graph;
        ConstantTensor ReadTensor(TensorProto tensor) => OnnxModelFile.ReadTensor(tensor, folder);
        NodeReader reader = new(model, ReadTensor);
        if (reader.FileOpset is > 0 and < OperatorSchema.OldestOpset)
        {
            throw new UnsupportedOperatorException($"the model follows opset {reader.FileOpset}; opsets {OperatorSchema.OldestOpset} to {OperatorSchema.NewestOpset} are accepted.");
        }

        if (graph.SparseInitializer.Count > 0)
        {
            throw new InvalidModelException("the graph has sparse initializers, which are not read; dense ones are accepted.");
        }

        OrderedInitializers initializers = OrderedInitializers.Of(graph.Initializer.Select(tensor => KeyValuePair.Create(tensor.Name, ReadTensor(tensor))));
        string[] externalFiles = [.. graph.Initializer.SelectMany(tensor => tensor.ExternalData).Where(entry => entry.Key == "location").Select(entry => entry.Value).Distinct()];
        GraphValue[] inputs = [.. graph.Input.Where(input => !initializers.ContainsKey(input.Name)).Select(ReadValue)];
        return new(
            inputs,
            graph.Output.Select(ReadValue),
            reader.Read(inputs, initializers),
            initializers,
            reader.Opset,
            model.MetadataProps.GroupBy(entry => entry.Key).Select(group => KeyValuePair.Create(group.Key, group.Last().Value)),
            graph.Name)
        {
            Source = Shell(model),
            ExternalFiles = externalFiles,
        };
    }

    internal static int StandardOpset(IEnumerable<OperatorSetIdProto> imports)
    {
        long[] versions = [.. imports.Where(import => import.Domain is "" or "ai.onnx").Select(import => import.Version).Distinct()];
        return versions switch
        {
            [] => 0,
            [>= 1 and <= int.MaxValue] => (int)versions[0],
            [long version] => throw new InvalidModelException($"it follows opset {version}, which does not exist."),
            _ => throw new InvalidModelException($"it follows the opsets {string.Join(", ", versions)} at once; one is accepted."),
        };
    }

    // What the file said beyond nodes and tensors' data, which the graph holds itself. The message was parsed for this graph alone.
    private static ModelProto Shell(ModelProto model)
    {
        model.Graph.Node.Clear();
        foreach (TensorProto tensor in model.Graph.Initializer)
        {
            ClearData(tensor);
        }

        return model;
    }

    private static void ClearData(TensorProto tensor)
    {
        tensor.ClearRawData();
        tensor.ExternalData.Clear();
        tensor.ClearDataLocation();
        tensor.FloatData.Clear();
        tensor.DoubleData.Clear();
        tensor.Int32Data.Clear();
        tensor.Int64Data.Clear();
        tensor.Uint64Data.Clear();
        tensor.StringData.Clear();
    }

    private static ModelProto Encode(OnnxGraph graph)
    {
        ModelProto model = graph.Source?.Clone() ?? new() { IrVersion = WrittenIrVersion, ProducerName = Producer, Graph = new() };
        OperatorSetIdProto[] standard = [.. model.OpsetImport.Where(import => import.Domain is "" or "ai.onnx")];
        foreach (OperatorSetIdProto import in standard)
        {
            import.Version = graph.Opset;
        }

        if (standard.Length == 0 && (graph.Source is null || graph.Nodes.Any(node => node.Domain.Length == 0)))
        {
            model.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = graph.Opset });
        }

        model.MetadataProps.Clear();
        model.MetadataProps.Add(graph.Metadata.Select(entry => new StringStringEntryProto { Key = entry.Key, Value = entry.Value }));

        GraphProto proto = model.Graph;
        ValueInfoProto[] inputs = [.. proto.Input];
        Dictionary<string, ValueInfoProto> sourceValues = inputs.Concat(proto.Output).GroupBy(value => value.Name).ToDictionary(group => group.Key, group => group.First());
        Dictionary<string, TensorProto> sourceTensors = proto.Initializer.ToDictionary(tensor => tensor.Name);
        proto.Name = graph.Name;
        proto.Input.Clear();
        proto.Input.Add(graph.Inputs.Select(input => WriteValue(input, sourceValues)));

        // Before IR version 4 every initializer had to be an input too.
        proto.Input.Add(inputs.Where(input => graph.Initializers.ContainsKey(input.Name)));
        proto.Output.Clear();
        proto.Output.Add(graph.Outputs.Select(output => WriteValue(output, sourceValues)));
        proto.Node.Add(graph.Nodes.Select(WriteNode));
        proto.Initializer.Clear();
        proto.Initializer.Add(graph.Initializers.Select(pair => WriteTensor(pair.Value, pair.Key, sourceTensors.GetValueOrDefault(pair.Key))));
        return model;
    }

    /// <summary>What the file said of a node beyond its operator, operands and attributes: documentation and metadata.</summary>
    internal static NodeProto? Remarks(GraphNode node)
    {
        NodeProto? remarks = node.Source?.Clone();
        if (remarks is not null)
        {
            remarks.ClearOpType();
            remarks.Input.Clear();
            remarks.Output.Clear();
            remarks.Attribute.Clear();
        }

        return remarks;
    }

    internal static NodeProto WriteNode(GraphNode node)
    {
        if (node.Source is { HasOpType: true })
        {
            return node.Source;
        }

        NodeProto proto = node.Source?.Clone() ?? new();
        proto.OpType = node.Operator;
        proto.Input.Add(node.Inputs);
        proto.Output.Add(node.Outputs);
        if (node.Name.Length > 0)
        {
            proto.Name = node.Name;
        }

        if (node.Domain.Length > 0)
        {
            proto.Domain = node.Domain;
        }

        proto.Attribute.Add(node.Attributes.Write(tensor => WriteTensor(tensor, "")));
        return proto;
    }

    internal static GraphValue ReadValue(ValueInfoProto value)
    {
        TypeProto.Types.Tensor? tensor = value.Type?.ValueCase == TypeProto.ValueOneofCase.TensorType ? value.Type.TensorType : null;
        return new(value.Name, new((ElementType)(tensor?.ElemType ?? 0), tensor?.Shape is null ? null : new([.. tensor.Shape.Dim.Select(ReadDimension)])));
    }

    private static Dimension ReadDimension(TensorShapeProto.Types.Dimension dimension) => dimension.ValueCase switch
    {
        TensorShapeProto.Types.Dimension.ValueOneofCase.DimValue when dimension.DimValue >= 0 => Dimension.Fixed(dimension.DimValue),
        TensorShapeProto.Types.Dimension.ValueOneofCase.DimParam when dimension.DimParam.Length > 0 => Dimension.Named(dimension.DimParam),
        _ => Dimension.Unknown,
    };

    private static ValueInfoProto WriteValue(GraphValue value, Dictionary<string, ValueInfoProto> source)
    {
        if (source.TryGetValue(value.Name, out ValueInfoProto? kept) && ReadValue(kept) == value)
        {
            return kept;
        }

        TypeProto.Types.Tensor tensor = new() { ElemType = (int)value.Type.Element };
        if (value.Type.Shape is { } shape)
        {
            tensor.Shape = new();
            foreach (Dimension dimension in shape)
            {
                TensorShapeProto.Types.Dimension proto = new();
                if (dimension.Value is { } number)
                {
                    proto.DimValue = number;
                }
                else if (dimension.Symbol is { } symbol)
                {
                    proto.DimParam = symbol;
                }

                tensor.Shape.Dim.Add(proto);
            }
        }

        return new() { Name = value.Name, Type = new() { TensorType = tensor } };
    }

    private static TensorProto WriteTensor(ConstantTensor tensor, string name, TensorProto? source = null)
    {
        TensorProto proto = source ?? new();
        proto.DataType = (int)tensor.Element;
        proto.Dims.Clear();
        proto.Dims.AddRange(tensor.Sizes);
        if (name.Length > 0)
        {
            proto.Name = name;
        }

        if (tensor.Element == ElementType.String)
        {
            proto.StringData.Add(tensor.Strings.Select(text => ByteString.CopyFrom(text.Span)));
        }
        else
        {
            proto.RawData = UnsafeByteOperations.UnsafeWrap(tensor.Bytes);
        }

        return proto;
    }

    internal static ConstantTensor ReadTensor(TensorProto tensor, string? folder = null)
    {
        ElementType element = (ElementType)tensor.DataType;
        long[] sizes = [.. tensor.Dims];
        try
        {
            if (tensor.Segment is not null)
            {
                throw new InvalidModelException("its data is cut into segments, which are not read");
            }

            if (element == ElementType.String && tensor.DataLocation != TensorProto.Types.DataLocation.External)
            {
                return new(sizes, tensor.StringData.Select(text => text.Memory));
            }

            if (element == ElementType.Undefined)
            {
                throw new InvalidModelException("it states no element type: the data are empty or cut off");
            }

            if (!Enum.IsDefined(element))
            {
                throw new UnsupportedElementTypeException($"element type {tensor.DataType} is not known");
            }

            return new(
                element,
                sizes,
                tensor.DataLocation == TensorProto.Types.DataLocation.External ? ExternalData.Read(tensor, ConstantTensor.ByteCount(element, sizes), folder)
                    : tensor.HasRawData ? tensor.RawData.Memory
                    : TypedData(tensor, element));
        }
        catch (InvalidModelException error)
        {
            throw new InvalidModelException($"Tensor '{tensor.Name}': {error.Message}", error);
        }
        catch (OverflowException error)
        {
            throw new InvalidModelException($"Tensor '{tensor.Name}': a number is out of the range of {element}.", error);
        }
    }

    private static ReadOnlyMemory<byte> TypedData(TensorProto tensor, ElementType element) => element switch
    {
        ElementType.Float or ElementType.Complex64 => MemoryMarshal.AsBytes(tensor.FloatData.ToArray().AsSpan()).ToArray(),
        ElementType.Double or ElementType.Complex128 => MemoryMarshal.AsBytes(tensor.DoubleData.ToArray().AsSpan()).ToArray(),
        ElementType.Int64 => MemoryMarshal.AsBytes(tensor.Int64Data.ToArray().AsSpan()).ToArray(),
        ElementType.UInt64 => MemoryMarshal.AsBytes(tensor.Uint64Data.ToArray().AsSpan()).ToArray(),
        ElementType.UInt32 => MemoryMarshal.AsBytes(tensor.Uint64Data.Select(value => checked((uint)value)).ToArray().AsSpan()).ToArray(),
        ElementType.Int32 => MemoryMarshal.AsBytes(tensor.Int32Data.ToArray().AsSpan()).ToArray(),
        ElementType.Int16 => MemoryMarshal.AsBytes(tensor.Int32Data.Select(value => checked((short)value)).ToArray().AsSpan()).ToArray(),
        ElementType.UInt16 or ElementType.Float16 or ElementType.BFloat16 => MemoryMarshal.AsBytes(tensor.Int32Data.Select(value => checked((ushort)value)).ToArray().AsSpan()).ToArray(),
        ElementType.Int8 => MemoryMarshal.AsBytes(tensor.Int32Data.Select(value => checked((sbyte)value)).ToArray().AsSpan()).ToArray(),
        _ => tensor.Int32Data.Select(value => checked((byte)value)).ToArray(), // a byte each, also where it holds two elements of 4 bits
    };
}
