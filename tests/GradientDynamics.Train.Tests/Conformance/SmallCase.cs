using Google.Protobuf;
using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Train.Tests.Conformance;

/// <summary>A case in the layout of ONNX's backend tests, of one node.</summary>
internal sealed class SmallCase
{
    private readonly string _folder;

    private SmallCase(string folder, OnnxGraph graph)
    {
        _folder = folder;
        Directory.CreateDirectory(folder);
        OnnxModelFile.Write(graph, Path.Combine(folder, "model.onnx"));
    }

    /// <summary>y = exp(x) of two numbers.</summary>
    public static SmallCase Exp(string folder) => Of(folder, "Exp", ElementType.Float);

    /// <summary>An operator of one input and one output, both of two elements.</summary>
    public static SmallCase Of(string folder, string @operator, ElementType element)
    {
        TensorType type = new(element, TensorShape.Of(2));
        return new(folder, new([new("x", type)], [new("y", type)], [new(@operator, ["x"], ["y"])], []));
    }

    /// <summary>Dropout in training, whose expected output is another draw than torch's can be: everything dropped.</summary>
    public static SmallCase Dropout(string folder)
    {
        const int Count = 64;
        TensorType numbers = new(ElementType.Float, TensorShape.Of(Count));
        SmallCase each = new(folder, new(
            [new("x", numbers), new("training", new(ElementType.Bool, TensorShape.Scalar))],
            [new("y", numbers), new("kept", new(ElementType.Bool, TensorShape.Of(Count)))],
            [new("Dropout", ["x", "", "training"], ["y", "kept"], NodeAttributes.None.With("seed", 0))],
            []));
        each.Write(
            [ConstantTensor.Of<float>([.. Enumerable.Range(0, Count).Select(i => (float)i)], Count), ConstantTensor.Scalar(true)],
            [ConstantTensor.Of<float>(new float[Count], Count), ConstantTensor.Of<bool>(new bool[Count], Count)]);
        return each;
    }

    public void Write(float[] input, float[] output, int dataSet = 0) => Write(ConstantTensor.Of<float>(input, input.Length), ConstantTensor.Of<float>(output, output.Length), dataSet);

    public void Write(ConstantTensor input, ConstantTensor output, int dataSet = 0) => Write([input], [output], dataSet);

    private void Write(ConstantTensor[] inputs, ConstantTensor[] outputs, int dataSet = 0)
    {
        string folder = Path.Combine(_folder, $"test_data_set_{dataSet}");
        Directory.CreateDirectory(folder);
        foreach ((string kind, ConstantTensor[] tensors) in new[] { ("input", inputs), ("output", outputs) })
        {
            foreach ((int index, ConstantTensor tensor) in tensors.Index())
            {
                File.WriteAllBytes(Path.Combine(folder, $"{kind}_{index}.pb"), Encoded(tensor));
            }
        }
    }

    // TensorProto: dims is field 1, data_type field 2, string_data field 6, raw_data field 9.
    private static byte[] Encoded(ConstantTensor tensor)
    {
        using MemoryStream stream = new();
        using (CodedOutputStream output = new(stream, leaveOpen: true))
        {
            foreach (long size in tensor.Sizes)
            {
                output.WriteTag(1, WireFormat.WireType.Varint);
                output.WriteInt64(size);
            }

            output.WriteTag(2, WireFormat.WireType.Varint);
            output.WriteInt32((int)tensor.Element);
            foreach (ReadOnlyMemory<byte> text in tensor.Strings)
            {
                output.WriteTag(6, WireFormat.WireType.LengthDelimited);
                output.WriteBytes(ByteString.CopyFrom(text.Span));
            }

            if (tensor.Element != ElementType.String)
            {
                output.WriteTag(9, WireFormat.WireType.LengthDelimited);
                output.WriteBytes(ByteString.CopyFrom(tensor.Bytes.Span));
            }
        }

        return stream.ToArray();
    }
}
