using Google.Protobuf;
using GradientDynamics.Onnx.Gradients;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Networks;
using GradientDynamics.Onnx.Runtime;
using GradientDynamics.Onnx.Tests.Opsets;
using OnnxProto;
using static GradientDynamics.Onnx.Tests.Graph.Protos;

namespace GradientDynamics.Onnx.Tests.Graph;

/// <summary>Tensors in files beside the model; ONNX Runtime reads the same files.</summary>
public sealed class ExternalDataTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();

    private string ModelPath => Path.Combine(_folder.FullName, "model.onnx");

    public void Dispose() => _folder.Delete(recursive: true);

    // w = [5, 6] at byte 8 of weights.bin in a folder below.
    private static ModelProto Valid()
    {
        ModelProto model = Model(20, [Value("x", 2)], [Node("Add", "x w", "y")], "y");
        TensorProto weights = new() { Name = "w", DataType = 1, Dims = { 2 }, DataLocation = TensorProto.Types.DataLocation.External };
        Say(weights, "location", "data/weights.bin");
        Say(weights, "offset", "8");
        Say(weights, "length", "8");
        Say(weights, "checksum", "not looked at");
        model.Graph.Initializer.Add(weights);
        return model;
    }

    private static void Say(TensorProto tensor, string key, string value)
    {
        StringStringEntryProto? entry = tensor.ExternalData.FirstOrDefault(each => each.Key == key);
        if (entry is null)
        {
            tensor.ExternalData.Add(new StringStringEntryProto { Key = key, Value = value });
        }
        else
        {
            entry.Value = value;
        }
    }

    private void Put(ModelProto model)
    {
        File.WriteAllBytes(ModelPath, model.ToByteArray());
        Directory.CreateDirectory(Path.Combine(_folder.FullName, "data"));
        File.WriteAllBytes(Path.Combine(_folder.FullName, "data", "weights.bin"), [.. new float[] { 3, 4, 5, 6 }.SelectMany(BitConverter.GetBytes)]);
    }

    [Fact]
    public void Data_beside_the_model_are_read()
    {
        Put(Valid());

        OnnxGraph graph = OnnxModelFile.Read(ModelPath);

        graph.Initializers["w"].AsSpan<float>().ToArray().ShouldBe([5, 6]);
        using OnnxSession asItStands = OnnxSession.Load(ModelPath);
        float[] x = [1, 2];
        OldModel.Run(OnnxModelFile.ToBytes(graph), new Dictionary<string, ConstantTensor> { ["x"] = ConstantTensor.Of<float>(x, 2) })[0].AsSpan<float>().ToArray()
            .ShouldBe(asItStands.Run(x, 2));
    }

    [Fact]
    public void Offset_and_length_may_be_absent()
    {
        ModelProto model = Valid();
        model.Graph.Initializer[0].ExternalData.Clear();
        Say(model.Graph.Initializer[0], "location", "data/weights.bin");
        Put(model);

        OnnxModelFile.Read(ModelPath).Initializers["w"].AsSpan<float>().ToArray().ShouldBe([3, 4]);
    }

    public static TheoryData<string, string, string> Broken => new()
    {
        { "location", "/etc/passwd", "a path below the model's folder is accepted, relative and without '..'" },
        { "location", "../weights.bin", "relative and without '..'" },
        { "location", "data/../../weights.bin", "relative and without '..'" },
        { "location", "..\\weights.bin", "relative and without '..'" },
        { "location", "C:\\weights.bin", "relative and without '..'" },
        { "location", "", "relative and without '..'" },
        { "location", "nowhere.bin", "its data cannot be read from 'nowhere.bin'" },
        { "location", "data", "its data cannot be read from 'data'" },
        { "location", "linked.bin", "is a link" },
        { "location", "linked/weights.bin", "is a link" },
        { "offset", "16", "are said to be 8 bytes from 16 on; the file has 16" },
        { "offset", "9223372036854775807", "the file has 16" },
        { "offset", "-8", "the offset of its data is '-8'; a number of bytes is accepted" },
        { "length", "4", "are said to be 4 bytes; its shape takes 8" },
        { "length", "many", "the length of its data is 'many'" },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public void What_is_not_beside_the_model_is_refused(string key, string value, string message)
    {
        ModelProto model = Valid();
        Say(model.Graph.Initializer[0], key, value);
        Put(model);
        File.CreateSymbolicLink(Path.Combine(_folder.FullName, "linked.bin"), Path.Combine(_folder.FullName, "data", "weights.bin"));
        Directory.CreateSymbolicLink(Path.Combine(_folder.FullName, "linked"), Path.Combine(_folder.FullName, "data"));

        string error = Should.Throw<InvalidModelException>(() => OnnxModelFile.Read(ModelPath)).Message;
        error.ShouldContain("Tensor 'w'");
        error.ShouldContain(message);
    }

    [Fact]
    public void A_size_that_no_file_has_is_refused_before_memory_is_taken()
    {
        ModelProto model = Valid();
        TensorProto weights = model.Graph.Initializer[0];
        weights.Dims[0] = 1L << 28;
        Say(weights, "length", $"{1L << 30}");
        Put(model);

        long before = GC.GetAllocatedBytesForCurrentThread();
        Should.Throw<InvalidModelException>(() => OnnxModelFile.Read(ModelPath)).Message.ShouldContain("the file has 16");

        // Far below the gibibyte that the tensor claims.
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(1 << 20);
    }

    [Fact]
    public void A_model_from_memory_has_nothing_beside_it() =>
        Should.Throw<InvalidModelException>(() => OnnxModelFile.Parse(Valid().ToByteArray())).Message.ShouldContain("a model from memory has none beside it");

    [Fact]
    public void What_is_written_with_its_data_beside_is_read_again_and_runs()
    {
        OnnxGraph graph = new MlpOptions { HiddenWidths = [64] }.Create(new InputSpec([40]), 3, new Random(3));

        OnnxModelFile.WriteWithData(graph, ModelPath);

        new FileInfo(ModelPath).Length.ShouldBeLessThan(4000);
        OnnxGraph again = OnnxModelFile.Read(ModelPath);
        OnnxModelFile.ToBytes(again).ShouldBe(OnnxModelFile.ToBytes(graph));
        using OnnxSession beside = OnnxSession.Load(ModelPath);
        using OnnxSession whole = OnnxSession.Load(graph, "whole");
        float[] x = [.. Enumerable.Range(0, 40).Select(i => i / 40f)];
        beside.Run(x, 1, 40).ShouldBe(whole.Run(x, 1, 40));
    }

    [Fact]
    public void A_graph_that_is_loaded_through_a_folder_computes_what_it_does_from_memory()
    {
        // 72 MB of weights: above what is handed over in memory.
        OnnxGraph graph = new MlpOptions { HiddenWidths = [4096, 4096] }.Create(new InputSpec([256]), 3, new Random(3));
        float[] x = [.. Enumerable.Range(0, 256).Select(i => i / 256f)];

        float[] logits;
        using (OnnxSession session = OnnxSession.Load(graph, "large"))
        {
            logits = session.Run(x, 1, 256);
        }

        using OnnxSession fromMemory = OnnxSession.Load(OnnxModelFile.ToBytes(graph), "memory");
        logits.ShouldBe(fromMemory.Run(x, 1, 256));
    }

    [Fact]
    public void A_companion_of_a_model_with_data_beside_it_has_them()
    {
        OnnxModelFile.WriteWithData(new MlpOptions { HiddenWidths = [64] }.Create(new InputSpec([40]), 3, new Random(3)), ModelPath);

        OnnxGraph companion = InputGradientGraph.Derive(OnnxModelFile.Read(ModelPath));

        using OnnxSession session = OnnxSession.Load(companion, "companion");
        session.Outputs.Select(output => output.Name).ShouldBe(["logits", "loss", "input_gradient"]);
    }

    // Elements of 4 and 8 bits are not computed with, and stay what they are.
    [Theory]
    [InlineData(17, 3)]
    [InlineData(18, 3)]
    [InlineData(19, 3)]
    [InlineData(20, 3)]
    [InlineData(24, 3)]
    [InlineData(21, 2)]
    [InlineData(22, 2)]
    [InlineData(23, 2)]
    [InlineData(14, 24)]
    [InlineData(15, 48)]
    public void Element_types_that_are_only_kept_survive(int elementType, int bytes)
    {
        byte[] data = [.. Enumerable.Range(0, bytes).Select(i => (byte)(17 * i + 3))];
        ModelProto model = Model(24, [Value("x", 3)], [Node("Relu", "x", "y")], "y");
        model.Graph.Initializer.Add(new TensorProto { Name = "w", DataType = elementType, Dims = { 3 }, RawData = ByteString.CopyFrom(data) });

        OnnxGraph graph = OnnxModelFile.Parse(model.ToByteArray());

        graph.Initializers["w"].Element.ShouldBe((ElementType)elementType);
        ModelProto.Parser.ParseFrom(OnnxModelFile.ToBytes(graph)).Graph.Initializer.ShouldBe(model.Graph.Initializer);
    }
}
