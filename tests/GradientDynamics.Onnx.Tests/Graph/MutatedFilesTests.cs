using System.Collections;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using GradientDynamics.Onnx.Gradients;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Networks;
using OnnxProto;
using static GradientDynamics.Onnx.Tests.Graph.Protos;

namespace GradientDynamics.Onnx.Tests.Graph;

/// <summary>
/// Thousands of seeded mutations of valid files: bytes flipped, cut out and spliced, and fields of the messages set to what nobody writes.
/// Each gives a graph or the one error of its kind, and so do inference, derivation and writing of what is read; none takes memory that a number in the file asks for.
/// </summary>
public class MutatedFilesTests
{
    private const int MutationsPerKind = 1500;

    // What reading, inference, derivation and writing of a file of some kB allocates is below 2 MB; what a dimension, a length or a count asks for is
    // above this bound by orders, or harmless.
    private const long MostAllocated = 64 << 20;

    private static readonly ModelProto[] Files = [Network(), Convolutional(), Old(), WithFunctions(), Conditional(), Shapes(), OnnxModelFileTests.RichModel()];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Mutated_bytes_give_a_graph_or_the_one_error(int seed)
    {
        byte[][] files = [.. Files.Select(file => file.ToByteArray())];
        Random random = new(seed);
        int refused = 0;
        for (int i = 0; i < MutationsPerKind; i++)
        {
            refused += IsRefused(MutateBytes(files, random), $"seed {seed}, mutation {i}") ? 1 : 0;
        }

        // Both ways out are taken.
        refused.ShouldBeInRange(MutationsPerKind / 10, MutationsPerKind - MutationsPerKind / 100);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    public void Mutated_fields_give_a_graph_or_the_one_error(int seed)
    {
        Random random = new(seed);
        int refused = 0;
        for (int i = 0; i < MutationsPerKind; i++)
        {
            ModelProto model = Files[random.Next(Files.Length)].Clone();
            for (int change = random.Next(1, 4); change > 0; change--)
            {
                MutateField(model, random);
            }

            refused += IsRefused(model.ToByteArray(), $"seed {seed}, mutation {i}") ? 1 : 0;
        }

        refused.ShouldBeInRange(MutationsPerKind / 10, MutationsPerKind - MutationsPerKind / 10);
    }

    private static bool IsRefused(byte[] file, string which)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        bool refused = false;
        try
        {
            OnnxGraph graph = OnnxModelFile.Parse(file);
            OnnxModelFile.ToBytes(graph);
            ShapeInference.Infer(graph);
            InputGradientGraph.Derive(graph);
        }
        catch (InvalidModelException error)
        {
            refused = true;
            error.Message.ShouldNotContain("\n", Case.Sensitive, which);
        }
        catch (Exception error)
        {
            throw new InvalidOperationException($"{which}: {error.GetType().Name} is no way out.", error);
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(MostAllocated, which);
        return refused;
    }

    private static byte[] MutateBytes(byte[][] files, Random random)
    {
        List<byte> bytes = [.. files[random.Next(files.Length)]];
        for (int change = random.Next(1, 4); change > 0; change--)
        {
            int position = random.Next(bytes.Count);
            switch (random.Next(7))
            {
                case 0:
                    bytes[position] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes[position] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    bytes.Insert(position, (byte)random.Next(256));
                    break;
                case 3:
                    bytes.RemoveRange(position, Math.Min(random.Next(1, 9), bytes.Count - position));
                    break;
                case 4:
                    bytes.InsertRange(position, [0xFF, 0xFF, 0xFF, 0xFF, (byte)random.Next(128)]); // a huge length or number
                    break;
                case 5:
                    byte[] other = files[random.Next(files.Length)];
                    int start = random.Next(other.Length);
                    bytes.InsertRange(position, other[start..(start + random.Next(other.Length - start))]);
                    break;
                default:
                    bytes.RemoveRange(Math.Max(position, 1), bytes.Count - Math.Max(position, 1));
                    break;
            }
        }

        return [.. bytes];
    }

    // Walks down the message to a random field and changes it.
    private static void MutateField(IMessage message, Random random)
    {
        while (true)
        {
            FieldDescriptor[] set = [.. message.Descriptor.Fields.InFieldNumberOrder().Where(field => field.IsRepeated ? ((IList)field.Accessor.GetValue(message)).Count > 0 : field.Accessor.HasValue(message))];
            if (set.Length == 0)
            {
                return;
            }

            FieldDescriptor field = set[random.Next(set.Length)];
            object value = field.Accessor.GetValue(message);
            if (field.IsRepeated)
            {
                IList list = (IList)value;
                int index = random.Next(list.Count);
                switch (random.Next(5))
                {
                    case 0:
                        list.RemoveAt(index);
                        return;
                    case 1:
                        list.Add(list[index] is IMessage repeated ? Copy(repeated) : list[index]);
                        return;
                    case 2 when list.Count > 1:
                        int with = random.Next(list.Count);
                        (list[index], list[with]) = (list[with], list[index]);
                        return;
                    default:
                        if (list[index] is IMessage element)
                        {
                            message = element;
                            continue;
                        }

                        list[index] = Other(list[index]!, random);
                        return;
                }
            }

            if (value is IMessage inner && random.Next(10) > 0)
            {
                message = inner;
                continue;
            }

            if (value is IMessage || random.Next(6) == 0)
            {
                field.Accessor.Clear(message);
                return;
            }

            field.Accessor.SetValue(message, Other(value, random));
            return;
        }
    }

    private static object Other(object value, Random random)
    {
        long[] numbers = [0, 1, -1, 2, 3, 4, 7, 64, 127, 1 << 16, int.MaxValue, int.MinValue, 1L << 32, 1L << 40, long.MaxValue, long.MinValue];
        string[] names = ["", "x", "y", "w", "h", "batch", "Relu", "Softmax", "Reshape", "Expand", "Range", "Tile", "ConstantOfShape", "OneHot", "If", "axes", "a\nb", "\0"];
        return value switch
        {
            long => numbers[random.Next(numbers.Length)],
            int => (int)numbers[random.Next(11)],
            ulong => (ulong)numbers[random.Next(numbers.Length)],
            float => new[] { 0, -1, float.NaN, float.PositiveInfinity, 1e30f }[random.Next(5)],
            double => new[] { 0, -1, double.NaN, double.NegativeInfinity, 1e300 }[random.Next(5)],
            string => names[random.Next(names.Length)],
            ByteString bytes => ByteString.CopyFrom([.. bytes.Take(random.Next(bytes.Length + 1)), .. new byte[random.Next(9)]]),
            Enum choice => Enum.ToObject(choice.GetType(), random.Next(20)),
            _ => value,
        };
    }

    private static IMessage Copy(IMessage message) => message.Descriptor.Parser.ParseFrom(message.ToByteArray());

    private static ModelProto Network() => ModelProto.Parser.ParseFrom(OnnxModelFile.ToBytes(new MlpOptions { HiddenWidths = [5] }.Create(new InputSpec([3]), 2, new Random(1))));

    private static ModelProto Convolutional()
    {
        GraphBuilder graph = new(new Random(2));
        Value x = graph.Input("x", new InputSpec([2, 8, 8]));
        Value convolved = graph.Relu(graph.Conv(x, 3, 3, "conv", padding: 1));
        Value pooled = graph.Add("MaxPool", [convolved], NodeAttributes.None.With("kernel_shape", [2L, 2]).With("strides", [2L, 2]));
        Value averaged = graph.Add("AveragePool", [pooled], NodeAttributes.None.With("kernel_shape", [3L, 3]).With("pads", [1L, 1, 1, 1]));
        return ModelProto.Parser.ParseFrom(OnnxModelFile.ToBytes(graph.Output(graph.Gemm(graph.Flatten(averaged), 3, "logits"))));
    }

    // Opset 9, each node in a form that became another.
    private static ModelProto Old()
    {
        AttributeProto Ints(string name, params long[] values) => new() { Name = name, Type = AttributeProto.Types.AttributeType.Ints, Ints = { values } };
        ModelProto model = Model(
            9,
            [Value("x", 2, 2, 4, 4)],
            [
                Node("Clip", "x", "c", Float("min", -1), Float("max", 1)),
                Node("Pad", "c", "p", Ints("pads", 0, 0, 1, 1, 0, 0, 1, 1)),
                Node("Upsample", "p scales", "u"),
                Node("Slice", "u", "s", Ints("starts", 0, 0), Ints("ends", 4, 4), Ints("axes", 2, 3)),
                Node("ReduceMean", "s", "r", Ints("axes", 2), Int("keepdims", 0)),
                Node("TopK", "r", "k i", Int("k", 2)),
                Node("Unsqueeze", "k", "q", Ints("axes", 0)),
                Node("Squeeze", "q", "z", Ints("axes", 0)),
                Node("Flatten", "z", "f"),
                Node("Gemm", "f w b", "logits", Int("transB", 1)),
                Node("Dropout", "logits", "d", Float("ratio", 0.5f)),
                Node("Softmax", "d", "y"),
            ],
            "y");
        TensorProto weights = Floats("w", [.. Enumerable.Range(0, 12).Select(i => i / 12f)]);
        weights.Dims.Clear();
        weights.Dims.Add([3, 4]);
        model.Graph.Initializer.Add([Floats("scales", 1, 1, 2, 2), weights, Floats("b", 0, 1, 2)]);
        return model;
    }

    private static ModelProto WithFunctions()
    {
        ModelProto model = Model(20, [Value("x", 2, 3)], [Call("f", "x", "h", Float("slope", 0.2f)), Call("g", "h", "y")], "y");
        model.Functions.Add(
        [
            Function("f", "a", "b", 13, Node("LeakyRelu", "a", "b", Reference("alpha", AttributeProto.Types.AttributeType.Float, "slope"))),
            Function("g", "a", "b", 20, Call("f", "a", "t"), Node("Neg", "t", "b")),
        ]);
        model.Functions[0].AttributeProto.Add(Float("slope", 0.1f));
        return model;
    }

    private static ModelProto Conditional()
    {
        ModelProto model = Model(
            11,
            [Value("x", 2, 3)],
            [
                Node("If", "yes", "c", Subgraph("then_branch", Body("t", Node("Softmax", "x", "t"))), Subgraph("else_branch", Body("t", Node("Clip", "x low", "t")))),
                Node("Relu", "x", "y"),
            ],
            "y", "c");
        model.Graph.Initializer.Add([new TensorProto { Name = "yes", DataType = 9, Int32Data = { 1 } }, new TensorProto { Name = "low", DataType = 1, FloatData = { 0 } }]);
        return model;
    }

    // Sizes that are computed: what a number in a constant asks for.
    private static ModelProto Shapes()
    {
        ModelProto model = Model(
            20,
            [Value("x", 2, 3)],
            [
                Node("ConstantOfShape", "sizes", "zeros"),
                Node("Expand", "x sizes", "e"),
                Node("Range", "start limit step", "numbers"),
                Node("Shape", "x", "s"),
                Node("Concat", "s sizes", "both", Int("axis", 0)),
                Node("Reshape", "e flat", "r"),
                Node("OneHot", "numbers depth values", "o"),
                Node("Pad", "r pads", "padded"),
                Node("ReduceMax", "padded axes", "m", Int("keepdims", 0)),
                Node("Gather", "s start", "first"),
                Node("Add", "e zeros", "y"),
            ],
            "y", "o", "m", "both", "first");
        TensorProto Longs(string name, params long[] values) => new() { Name = name, DataType = 7, Dims = { values.Length }, Int64Data = { values } };
        TensorProto One(string name, long value) => new() { Name = name, DataType = 7, Int64Data = { value } };
        model.Graph.Initializer.Add([Longs("sizes", 2, 3), One("start", 0), One("limit", 5), One("step", 2), Longs("flat", -1), One("depth", 4), Floats("values", 0, 1), Longs("pads", 1, 2), Longs("axes", 0)]);
        return model;
    }
}
