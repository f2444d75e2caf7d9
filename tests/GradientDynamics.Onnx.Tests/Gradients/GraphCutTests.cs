using GradientDynamics.Onnx.Gradients;
using GradientDynamics.Onnx.Graph;
using static GradientDynamics.Onnx.Tests.Gradients.FiniteDifferences;

namespace GradientDynamics.Onnx.Tests.Gradients;

public class GraphCutTests
{
    private const int Width = 6;
    private const int Vocabulary = 11;
    private static readonly NodeAttributes None = NodeAttributes.None;

    [Fact]
    public void Derive_WithACutAtTheEmbeddings_GivesTheGradientOfTheModelThatBeginsThere()
    {
        OnnxGraph fromTokens = TokenClassifier();
        OnnxGraph companion = InputGradientGraph.Derive(fromTokens, new() { Cut = "embeddings" });
        OnnxGraph fromEmbeddings = EmbeddingClassifier(new(new Random(4)));
        const int batch = 3;
        const int length = 4;
        double[] embeddings = Spaced(batch * length * Width, 9);
        double[] mask = [.. Enumerable.Range(0, batch * length).Select(i => i % 5 == 3 ? -10000.0 : 0)];

        companion.Inputs.Select(input => $"{input}").ShouldBe(
            ["embeddings: Float[batch, length, 6]", "mask: Float[batch, length]", "labels: Int64[batch]", "targets: Int64[batch]", "loss_kind: Int64[batch]"]);
        companion.Metadata[InputGradientGraph.DifferentiatedInputKey].ShouldBe("embeddings");
        companion.Initializers.Keys.ShouldNotContain("table");
        InputGradientGraph.NamesFor(fromTokens, new() { Cut = "embeddings" }).Input.ShouldBe("embeddings");
        double[] cut = Gradient(companion);
        cut.ShouldContain(value => Math.Abs(value) > 1e-3);
        cut.ShouldBe(Gradient(InputGradientGraph.Derive(fromEmbeddings, new() { Input = "embeddings" })));

        double[] Gradient(OnnxGraph graph)
        {
            using RuntimeSession session = new(graph);
            return session.Run(
                ("embeddings", embeddings, [batch, length, Width]), ("mask", mask, [batch, length]),
                ("labels", new long[] { 0, 1, 2 }, [batch]), ("targets", new long[] { -1, -1, 0 }, [batch]), ("loss_kind", new long[] { 0, 1, 1 }, [batch]))["input_gradient"];
        }
    }

    [Fact]
    public void Derive_OfTheModelBehindTheCut_AgreesWithFiniteDifferences()
    {
        // The mask is a constant here, so that the embeddings are the only input.
        GraphBuilder graph = new(new Random(4));
        Value x = graph.Input("embeddings", ElementType.Double, new([Dimension.Named("batch"), Dimension.Named("length"), Width]));
        OnnxGraph model = graph.Output(Classify(graph, x, Constant(graph, ElementType.Double, [0, 0, -10000, 0], 1, 4), ElementType.Double));

        Check(model, Spaced(2 * 4 * Width, 5), [2, 4, Width]);
    }

    [Fact]
    public void Derive_WithACutAtOneOutputOfSeveral_KeepsTheOthers()
    {
        GraphValue input = new("input", new(ElementType.Float, new([Dimension.Named("batch"), 4])));
        GraphValue output = new("logits", new(ElementType.Float, new([Dimension.Named("batch"), 2])));
        OnnxGraph model = new([input], [output], [new("Split", ["input"], ["left", "right"], None.With("axis", 1).With("num_outputs", 2)), new("Mul", ["left", "right"], ["logits"])], []);

        // Split has no schema of its own here, so that the type of what is cut comes from the file.
        OnnxGraph declared = WithDeclared(model, new("left", new(ElementType.Float, new([Dimension.Named("batch"), 2]))));
        OnnxGraph companion = InputGradientGraph.Derive(declared, new() { Cut = "left" });

        companion.Inputs.Take(2).Select(each => each.Name).ShouldBe(["left", "input"]);
        using RuntimeSession session = new(companion);
        session.Run(
            ("left", new double[] { 5, 7 }, [1, 2]), ("input", new double[] { 1, 2, 3, 4 }, [1, 4]),
            ("labels", new long[] { 0 }, [1]), ("targets", new long[] { 1 }, [1]), ("loss_kind", new long[] { 1 }, [1]))["input_gradient"].ShouldBe([-3, 4]);
    }

    [Theory]
    [InlineData("nowhere", "no value 'nowhere' to cut the graph at")]
    [InlineData("tokens", "'tokens', which is Int64[batch, length]")]
    [InlineData("table", "'table', which is a weight")]
    [InlineData("logits", "these are the logits themselves")]
    [InlineData("aside", "the logits 'logits' do not depend on it")]
    public void Derive_WithACutThatIsNone_SaysWhatIsAccepted(string cut, string message) =>
        Should.Throw<InvalidModelException>(() => InputGradientGraph.Derive(TokenClassifier(), new() { Cut = cut })).Message.ShouldContain(message);

    [Fact]
    public void Derive_WithACutAndAnInput_Refuses() => Should.Throw<InvalidModelException>(() => InputGradientGraph.Derive(TokenClassifier(), new() { Cut = "embeddings", Input = "mask" }))
        .Message.ShouldBe("The input 'mask' and the cut 'embeddings' are both named; the one that is differentiated is accepted.");

    [Fact]
    public void Derive_OfAModelOfIntegersAlone_NamesTheCutAsAWayOut()
    {
        GraphBuilder graph = new(new Random(1));
        Value tokens = graph.Input("tokens", ElementType.Int64, new([Dimension.Named("batch"), 3]));
        OnnxGraph model = graph.Output(graph.Add("Cast", [tokens], None.With("to", (long)ElementType.Float)));

        Should.Throw<InvalidModelException>(() => InputGradientGraph.Derive(model)).Message.ShouldContain("a value of floating point to cut the graph at is accepted");
    }

    private static OnnxGraph TokenClassifier()
    {
        GraphBuilder graph = new(new Random(4));
        Value tokens = graph.Input("tokens", ElementType.Int64, new([Dimension.Named("batch"), Dimension.Named("length")]));
        Value mask = graph.Input("mask", ElementType.Float, new([Dimension.Named("batch"), Dimension.Named("length")]));
        Value table = graph.Parameter("table", ConstantTensor.Of<float>([.. Enumerable.Range(0, Vocabulary * Width).Select(i => i / 10f)], Vocabulary, Width));
        Value embeddings = graph.Add("Gather", [table, tokens], name: "embeddings");
        Value logits = Classify(graph, embeddings, mask, ElementType.Float);
        graph.Add("Neg", [embeddings], name: "aside");
        return graph.Build(logits);
    }

    private static OnnxGraph EmbeddingClassifier(GraphBuilder graph)
    {
        Value embeddings = graph.Input("embeddings", ElementType.Float, new([Dimension.Named("batch"), Dimension.Named("length"), Width]));
        Value mask = graph.Input("mask", ElementType.Float, new([Dimension.Named("batch"), Dimension.Named("length")]));
        return graph.Output(Classify(graph, embeddings, mask, ElementType.Float));
    }

    // One attention head over a sequence of any length, and a linear layer on the mean of its outputs.
    private static Value Classify(GraphBuilder graph, Value x, Value mask, ElementType element)
    {
        Value Weight(int seed, int rows, int columns) => Constant(graph, element, Spaced(rows * columns, seed), rows, columns);
        Value query = graph.MatMul(x, Weight(1, Width, Width));
        Value key = graph.MatMul(x, Weight(2, Width, Width));
        Value value = graph.MatMul(x, Weight(3, Width, Width));
        Value scores = graph.Add(graph.MatMul(query, graph.Transpose(key, [0, 2, 1])), graph.Add("Unsqueeze", [mask, graph.Constant(ConstantTensor.Vector(1))]));
        Value attended = graph.Add(graph.MatMul(graph.Softmax(scores, 2), value), x);
        Value pooled = graph.Add("ReduceMean", [graph.Tanh(attended), graph.Constant(ConstantTensor.Vector(1))], None.With("keepdims", 0));
        return graph.MatMul(pooled, Weight(7, Width, 4), "logits");
    }

    private static OnnxGraph WithDeclared(OnnxGraph model, GraphValue value)
    {
        OnnxProto.ModelProto proto = OnnxProto.ModelProto.Parser.ParseFrom(OnnxModelFile.ToBytes(model));
        OnnxProto.ModelProto other = OnnxProto.ModelProto.Parser.ParseFrom(OnnxModelFile.ToBytes(new OnnxGraph([], [value], [], [KeyValuePair.Create(value.Name, ConstantTensor.Scalar(1f))])));
        proto.Graph.ValueInfo.Add(other.Graph.Output[0]);
        return OnnxModelFile.Parse(Google.Protobuf.MessageExtensions.ToByteArray(proto));
    }
}
