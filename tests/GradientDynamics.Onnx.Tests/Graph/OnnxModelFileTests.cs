using System.Text;
using Google.Protobuf;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Networks;
using OnnxProto;

namespace GradientDynamics.Onnx.Tests.Graph;

public class OnnxModelFileTests
{
    // Field 1999 is in no version of the format.
    private static readonly byte[] UnknownField = [0xFA, 0x7C, 0x03, (byte)'n', (byte)'e', (byte)'w'];

    [Fact]
    public void What_the_library_does_not_model_survives_a_round_trip()
    {
        ModelProto written = RichModel();

        var again = ModelProto.Parser.ParseFrom(OnnxModelFile.ToBytes(OnnxModelFile.Parse(written.ToByteArray())));

        again.ShouldBe(written);
    }

    [Fact]
    public void A_round_trip_does_not_change_the_graph_it_came_from()
    {
        OnnxGraph graph = OnnxModelFile.Parse(RichModel().ToByteArray());

        byte[] first = OnnxModelFile.ToBytes(graph.WithMetadata([KeyValuePair.Create("gradientdynamics.task", "classification")]));
        byte[] second = OnnxModelFile.ToBytes(graph);

        ModelProto.Parser.ParseFrom(first).MetadataProps.Count.ShouldBe(2);
        ModelProto.Parser.ParseFrom(second).ShouldBe(RichModel());
    }

    [Fact]
    public void New_weights_are_written_and_everything_else_stays()
    {
        OnnxGraph graph = OnnxModelFile.Parse(RichModel().ToByteArray());

        OnnxGraph changed = graph.WithInitializers(new Dictionary<string, ConstantTensor> { ["w"] = ConstantTensor.Of<float>([5, 6], 2) });

        ModelProto expected = RichModel();
        expected.Graph.Initializer[0].RawData = ByteString.CopyFrom(BitConverter.GetBytes(5f).Concat(BitConverter.GetBytes(6f)).ToArray());
        ModelProto.Parser.ParseFrom(OnnxModelFile.ToBytes(changed)).ShouldBe(expected);
    }

    [Fact]
    public void The_same_network_is_written_byte_for_byte_the_same()
    {
        byte[] Bytes() => OnnxModelFile.ToBytes(new MlpOptions().Create(new InputSpec([2]), 1, new Random(7)));

        Bytes().ShouldBe(Bytes());
        OnnxModelFile.ToBytes(OnnxModelFile.Parse(Bytes())).ShouldBe(Bytes());
    }

    [Fact]
    public void Typed_data_is_read_as_raw_data_is()
    {
        TensorProto[] typed =
        [
            new() { Name = "f", DataType = 1, Dims = { 2 }, FloatData = { 1.5f, -2f } },
            new() { Name = "d", DataType = 11, Dims = { 1 }, DoubleData = { 0.1 } },
            new() { Name = "i8", DataType = 3, Dims = { 2 }, Int32Data = { -128, 127 } },
            new() { Name = "u8", DataType = 2, Dims = { 2 }, Int32Data = { 0, 255 } },
            new() { Name = "i16", DataType = 5, Dims = { 1 }, Int32Data = { -32768 } },
            new() { Name = "f16", DataType = 10, Dims = { 1 }, Int32Data = { 0x3C00 } },
            new() { Name = "i32", DataType = 6, Dims = { 1 }, Int32Data = { int.MinValue } },
            new() { Name = "i64", DataType = 7, Dims = { 1 }, Int64Data = { long.MinValue } },
            new() { Name = "u32", DataType = 12, Dims = { 1 }, Uint64Data = { uint.MaxValue } },
            new() { Name = "u64", DataType = 13, Dims = { 1 }, Uint64Data = { ulong.MaxValue } },
            new() { Name = "b", DataType = 9, Dims = { 2 }, Int32Data = { 1, 0 } },
            new() { Name = "s", DataType = 8, Dims = { 1 }, StringData = { ByteString.CopyFromUtf8("text") } },
        ];
        ModelProto model = Model();
        model.Graph.Initializer.Add(typed);

        OrderedInitializers read = OnnxModelFile.Parse(model.ToByteArray()).Initializers;

        read["f"].AsSpan<float>().ToArray().ShouldBe([1.5f, -2f]);
        read["d"].AsSpan<double>().ToArray().ShouldBe([0.1]);
        read["i8"].AsSpan<sbyte>().ToArray().ShouldBe([-128, 127]);
        read["u8"].AsSpan<byte>().ToArray().ShouldBe([0, 255]);
        read["i16"].AsSpan<short>().ToArray().ShouldBe([-32768]);
        read["f16"].AsSpan<Half>().ToArray().ShouldBe([(Half)1]);
        read["i32"].AsSpan<int>().ToArray().ShouldBe([int.MinValue]);
        read["i64"].AsSpan<long>().ToArray().ShouldBe([long.MinValue]);
        read["u32"].AsSpan<uint>().ToArray().ShouldBe([uint.MaxValue]);
        read["u64"].AsSpan<ulong>().ToArray().ShouldBe([ulong.MaxValue]);
        read["b"].AsSpan<bool>().ToArray().ShouldBe([true, false]);
        Encoding.UTF8.GetString(read["s"].Strings[0].Span).ShouldBe("text");
    }

    [Fact]
    public void Nodes_out_of_order_are_put_in_order()
    {
        ModelProto model = Model();
        model.Graph.Node.Add([Node("Relu", "b", "c", "second"), Node("Relu", "x", "b", "first")]);
        model.Graph.Output[0].Name = "c";

        OnnxModelFile.Parse(model.ToByteArray()).Nodes.Select(node => node.Name).ShouldBe(["first", "second"]);
    }

    [Fact]
    public void A_chain_deeper_than_the_stack_is_read()
    {
        ModelProto model = Model();
        const int Depth = 20_000;
        model.Graph.Node.Add(Enumerable.Range(0, Depth).Reverse().Select(i => Node("Relu", i == 0 ? "x" : $"v{i - 1}", $"v{i}", $"n{i}")));
        model.Graph.Output[0].Name = $"v{Depth - 1}";

        OnnxGraph graph = OnnxModelFile.Parse(model.ToByteArray());

        ShapeInference.Infer(graph)[$"v{Depth - 1}"].ShouldBe(graph.Inputs[0].Type);
    }

    public static TheoryData<string, byte[], string> Broken
    {
        get
        {
            byte[] valid = Valid().ToByteArray();
            TheoryData<string, byte[], string> data = new()
            {
                { "an empty file", [], "this is no ONNX model" },
                { "a text file", Encoding.UTF8.GetBytes("this is a text, not a model"), "this is no ONNX model" },
                { "a truncated file", valid[..(valid.Length / 2)], "this is no ONNX model" },
                { "a picture", [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13], "this is no ONNX model" },
            };
            void Add(string what, Action<ModelProto> change, string message)
            {
                ModelProto model = Valid();
                change(model);
                data.Add(what, model.ToByteArray(), message);
            }

            Add("no opset", model => model.OpsetImport.Clear(), "states no operator set");
            Add("no graph", model => model.Graph = null, "has no graph");
            Add("a huge opset", model => model.OpsetImport[0].Version = 1L << 40, "opset 1099511627776");
            Add("two opsets", model => model.OpsetImport.Add(new OperatorSetIdProto { Domain = "ai.onnx", Version = 13 }), "opsets 20, 13 at once");
            Add("a cycle", model => model.Graph.Node[0].Input[0] = "y", "Node Relu 'relu' depends on its own output 'y'");
            Add("a value twice", model => model.Graph.Node.Add(Node("Relu", "x", "y", "again")), "Node Relu 'again' produces the value 'y', which exists already");
            Add("an input twice", model => model.Graph.Input.Add(model.Graph.Input[0].Clone()), "the value 'x' twice");
            Add("an initializer twice", model => model.Graph.Initializer.Add([Tensor("w"), Tensor("w")]), "Initializer 'w' is given twice");
            Add("an output twice", model => model.Graph.Output.Add(model.Graph.Output[0].Clone()), "the output 'y' twice");
            Add("a dangling input", model => model.Graph.Node[0].Input[0] = "nowhere", "Node Relu 'relu' uses the value 'nowhere', which nothing produces");
            Add("a dangling output", model => model.Graph.Output[0].Name = "z", "output 'z' is produced by nothing");
            Add("too few bytes", model => model.Graph.Initializer.Add(new TensorProto { Name = "w", DataType = 1, Dims = { 3 }, RawData = ByteString.CopyFrom(new byte[8]) }), "Tensor 'w': A tensor Float[3] takes 12 bytes; 8 are there");
            Add("absurd sizes", model => model.Graph.Initializer.Add(new TensorProto { Name = "w", DataType = 1, Dims = { 1L << 40, 1L << 40 }, RawData = ByteString.Empty }), "Tensor 'w': A tensor has more elements than can be counted");
            Add("more bytes than can be counted", model => model.Graph.Initializer.Add(new TensorProto { Name = "w", DataType = 1, Dims = { 1L << 62 }, RawData = ByteString.Empty }), "takes 18446744073709551616 bytes; 0 are there");
            Add("a negative size", model => model.Graph.Initializer.Add(new TensorProto { Name = "w", DataType = 1, Dims = { -2 }, RawData = ByteString.Empty }), "Tensor 'w': A tensor has a negative dimension");
            Add("a number out of range", model => model.Graph.Initializer.Add(new TensorProto { Name = "w", DataType = 3, Dims = { 1 }, Int32Data = { 300 } }), "Tensor 'w': a number is out of the range of Int8");
            Add("an unknown element type", model => model.Graph.Initializer.Add(new TensorProto { Name = "w", DataType = 99, Dims = { 1 }, Int32Data = { 0 } }), "Tensor 'w': element type 99 is not known");
            Add("external data", model => model.Graph.Initializer.Add(new TensorProto { Name = "w", DataType = 1, Dims = { 1 }, DataLocation = TensorProto.Types.DataLocation.External }), "its data are said to stand in ''; a path below the model's folder is accepted, relative and without '..'");
            Add("an attribute twice", model => model.Graph.Node[0].Attribute.Add([new AttributeProto { Name = "a" }, new AttributeProto { Name = "a" }]), "Node Relu 'relu': attribute 'a' is given twice");
            Add("sparse initializers", model => model.Graph.SparseInitializer.Add(new SparseTensorProto()), "sparse initializers");
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Broken))]
    public void A_broken_file_is_refused_by_what_is_wrong(string what, byte[] bytes, string message)
    {
        string path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid()}.onnx");
        File.WriteAllBytes(path, bytes);
        try
        {
            InvalidModelException error = Should.Throw<InvalidModelException>(() => OnnxModelFile.Read(path), what);
            error.Message.ShouldContain(message);
            error.Message.ShouldStartWith($"'{path}': ");
            error.Message.ShouldNotContain("\n");
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Nesting_without_end_is_no_model()
    {
        // Graphs within attributes within nodes within graphs, deeper than any reader's limit.
        byte[] inner = [];
        for (int i = 0; i < 300; i++)
        {
            inner = new AttributeProto { Name = "body", Type = AttributeProto.Types.AttributeType.Graph, G = new() }.ToByteArray().Concat(Wrap(6, Wrap(1, Wrap(5, inner)))).ToArray();
        }

        byte[] model = Wrap(7, Wrap(1, Wrap(5, inner)));

        Should.Throw<InvalidModelException>(() => OnnxModelFile.Parse(model)).Message.ShouldContain("no ONNX model");
    }

    private static byte[] Wrap(int field, byte[] content)
    {
        using MemoryStream stream = new();
        using (CodedOutputStream output = new(stream, leaveOpen: true))
        {
            output.WriteTag(field, WireFormat.WireType.LengthDelimited);
            output.WriteBytes(ByteString.CopyFrom(content));
        }

        return stream.ToArray();
    }

    private static NodeProto Node(string @operator, string input, string output, string name) => new() { OpType = @operator, Name = name, Input = { input }, Output = { output } };

    private static TensorProto Tensor(string name) => new() { Name = name, DataType = 1, Dims = { 1 }, FloatData = { 1 } };

    private static ValueInfoProto Value(string name, params long[] sizes)
    {
        TensorShapeProto shape = new();
        shape.Dim.Add(sizes.Select(size => new TensorShapeProto.Types.Dimension { DimValue = size }));
        return new() { Name = name, Type = new() { TensorType = new() { ElemType = 1, Shape = shape } } };
    }

    // x goes in; the output is named, nothing computes it yet but the input itself.
    private static ModelProto Model() => new()
    {
        IrVersion = 9,
        OpsetImport = { new OperatorSetIdProto { Domain = "", Version = 20 } },
        Graph = new() { Name = "g", Input = { Value("x", 2) }, Output = { Value("x", 2) } },
    };

    private static ModelProto Valid()
    {
        ModelProto model = Model();
        model.Graph.Node.Add(Node("Relu", "x", "y", "relu"));
        model.Graph.Output[0].Name = "y";
        return model;
    }

    // Everything that the format has and this library does not model, on every level; bytes are in the order in which they are written.
    /// <summary>A model with everything beside nodes that a file may hold.</summary>
    internal static ModelProto RichModel()
    {
        ModelProto model = Valid();
        model.ProducerName = "another";
        model.ProducerVersion = "1.2";
        model.Domain = "org.example";
        model.ModelVersion = 3;
        model.DocString = "the model";
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "com.microsoft", Version = 1 });
        model.MetadataProps.Add(new StringStringEntryProto { Key = "author", Value = "someone" });
        model.Functions.Add(new FunctionProto { Name = "f", Domain = "local", Input = { "a" }, Output = { "b" }, Node = { Node("Relu", "a", "b", "inner") }, OpsetImport = { new OperatorSetIdProto { Domain = "", Version = 20 } } });
        GraphProto graph = model.Graph;
        graph.DocString = "the graph";
        graph.ValueInfo.Add(Value("h", 2));
        graph.MetadataProps.Add(new StringStringEntryProto { Key = "k", Value = "v" });
        graph.QuantizationAnnotation.Add(new TensorAnnotation { TensorName = "h" });
        graph.Input[0].DocString = "the input";
        graph.Input[0].Type.TensorType.Shape.Dim[0].Denotation = "DATA_BATCH";
        graph.Initializer.Add(new TensorProto { Name = "w", DataType = 1, Dims = { 2 }, DocString = "the weight", RawData = ByteString.CopyFrom(new byte[8]) });
        NodeProto add = Node("Add", "y", "h", "add");
        add.Input.Add("w");
        add.DocString = "the sum";
        add.MetadataProps.Add(new StringStringEntryProto { Key = "scope", Value = "top" });
        NodeProto foreign = Node("FusedThing", "h", "z", "foreign");
        foreign.Domain = "com.microsoft";
        foreign.Attribute.Add(
        [
            new AttributeProto { Name = "alpha", Type = AttributeProto.Types.AttributeType.Float, F = 0.5f, DocString = "a factor" },
            new AttributeProto { Name = "body", Type = AttributeProto.Types.AttributeType.Graph, G = new() { Name = "body", Node = { Node("Relu", "y", "inside", "captured") } } },
        ]);
        NodeProto local = Node("another", "z", "o", "call");
        local.Domain = "local";
        graph.Node.Add([add, foreign, local]);
        graph.Output[0] = Value("o", 2);
        model.Graph.Output[0].DocString = "the output";

        // The same unknown field in the model, its graph, a node and a tensor.
        model.MergeFrom(UnknownField);
        graph.MergeFrom(UnknownField);
        graph.Node[0].MergeFrom(UnknownField);
        graph.Initializer[0].MergeFrom(UnknownField);
        return model;
    }
}
