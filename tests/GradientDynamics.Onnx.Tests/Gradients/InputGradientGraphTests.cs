using GradientDynamics.Onnx.Gradients;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Networks;
using static GradientDynamics.Onnx.Tests.Gradients.FiniteDifferences;

namespace GradientDynamics.Onnx.Tests.Gradients;

public class InputGradientGraphTests
{
    // A directional difference of a float network: rounding of the logits (some 1e-7 over a change of 5e-5) and the few units whose kinks the step crosses.
    private const double DirectionalTolerance = 0.02;

    [Fact]
    public void Derive_HasTheModelsInputsAndTheContractsNames()
    {
        OnnxGraph model = new MlpOptions().Create(new([3, 4]), 10, new(1));

        OnnxGraph companion = InputGradientGraph.Derive(model);

        companion.Inputs.Select(input => $"{input}").ShouldBe(["input: Float[batch, 3, 4]", "labels: Int64[batch]", "targets: Int64[batch]", "loss_kind: Int64[batch]"]);
        companion.Outputs.Select(output => $"{output}").ShouldBe(["logits: Float[batch, 10]", "loss: Float[batch]", "input_gradient: Float[batch, 3, 4]"]);
        InputGradientGraph.NamesFor(model).ShouldBe(new("labels", "targets", "loss_kind", "logits", "loss", "input_gradient", "input"));
        companion.Metadata[InputGradientGraph.LossKindsKey].ShouldBe("0,1,2");
        companion.Metadata[InputGradientGraph.TargetedLossKindsKey].ShouldBe("0,1,2");
        companion.Metadata[InputGradientGraph.DifferentiatedInputKey].ShouldBe("input");
    }

    [Theory]
    [InlineData(1, "0,1", "0,1", "2")]
    [InlineData(2, "0,1", "0,1", "2")]
    [InlineData(3, "0,1,2", "0,1", "3")]
    public void Derive_WithFewClasses_SaysWhichKindsExist(int logits, string kinds, string targeted, string classes)
    {
        OnnxGraph companion = InputGradientGraph.Derive(new MlpOptions().Create(new([4]), logits, new(1)));

        companion.Metadata[InputGradientGraph.LossKindsKey].ShouldBe(kinds);
        companion.Metadata[InputGradientGraph.TargetedLossKindsKey].ShouldBe(targeted);
        companion.Metadata[InputGradientGraph.ClassCountKey].ShouldBe(classes);
    }

    [Fact]
    public void Derive_Twice_GivesTheSameBytes()
    {
        OnnxGraph model = new ResNet18Options { Width = 4 }.Create(new([3, 16, 16]), 5, new(1));

        OnnxModelFile.ToBytes(InputGradientGraph.Derive(model)).ShouldBe(OnnxModelFile.ToBytes(InputGradientGraph.Derive(OnnxModelFile.Parse(OnnxModelFile.ToBytes(model)) is var read
            ? new OnnxGraph(read.Inputs, read.Outputs, read.Nodes, read.Initializers, read.Opset, read.Metadata, read.Name)
            : model)));
    }

    [Fact]
    public void Derive_ThroughRounding_NamesTheNodesInTheMetadata()
    {
        GraphBuilder graph = new(new Random(1));
        Value x = graph.Input("input", ElementType.Float, new([Dimension.Named("batch"), 3]));
        Value first = graph.Add("Round", [x], name: "first");
        OnnxGraph model = graph.Output(graph.Gemm(graph.Add("Floor", [first], name: "second"), 2, "head"));

        OnnxGraph companion = InputGradientGraph.Derive(model);

        InputGradientGraph.StraightThroughOf(companion.Metadata).ShouldBe(["Round 'first'", "Floor 'second'"]);
        InputGradientGraph.StraightThroughOf(InputGradientGraph.Derive(new MlpOptions().Create(new([3]), 2, new(1))).Metadata).ShouldBeEmpty();
        Should.Throw<InvalidModelException>(() => InputGradientGraph.StraightThroughOf(new Dictionary<string, string> { [InputGradientGraph.StraightThroughKey] = "{" }))
            .Message.ShouldBe("Metadata 'gradientdynamics.straight_through' is {; a JSON list of texts is accepted.");
    }

    [Theory]
    [InlineData("resnet-18")]
    [InlineData("attention")]
    public void Derive_KeepsTheWeightsOnce(string name)
    {
        OnnxGraph model = name == "resnet-18" ? new ResNet18Options { Width = 32 }.Create(new([3, 32, 32]), 10, new(1)) : AttentionLayers();

        // What is added is nodes and small constants, not weights.
        long file = OnnxModelFile.ToBytes(model).Length;
        file.ShouldBeGreaterThan(1_000_000);
        OnnxModelFile.ToBytes(InputGradientGraph.Derive(model)).LongLength.ShouldBeLessThan(file * 105 / 100);
    }

    // Two layers of single-head attention and a feed-forward part, 128 wide.
    private static OnnxGraph AttentionLayers()
    {
        const int width = 128;
        GraphBuilder graph = new(new Random(1));
        Value x = graph.Input("input", ElementType.Float, new([Dimension.Named("batch"), Dimension.Named("length"), width]));
        Value Linear(Value value, int from, int to, string weight) =>
            graph.MatMul(value, graph.Parameter(weight, ConstantTensor.Of<float>(Array.ConvertAll(Spaced(from * to, to), number => (float)number), from, to)));
        foreach (string layer in (string[])["first", "second"])
        {
            Value scores = graph.MatMul(Linear(x, width, width, layer + ".query"), graph.Transpose(Linear(x, width, width, layer + ".key"), [0, 2, 1]));
            x = graph.Add(x, Linear(graph.MatMul(graph.Softmax(scores), Linear(x, width, width, layer + ".value")), width, width, layer + ".output"));
            x = graph.Add(x, Linear(graph.Relu(Linear(x, width, 4 * width, layer + ".up")), 4 * width, width, layer + ".down"));
        }

        return graph.Output(Linear(graph.Add("ReduceMean", [x, graph.Constant(ConstantTensor.Vector(1))], NodeAttributes.None.With("keepdims", 0)), width, 3, "head"));
    }

    [Fact]
    public void Derive_WhereTheModelUsesTheNames_PutsThePrefixInFront()
    {
        GraphBuilder graph = new(new Random(1));
        Value x = graph.Input("labels", ElementType.Double, new([Dimension.Named("batch"), 3]));
        Value logits = graph.Add(graph.Relu(x, "loss"), graph.Sigmoid(x, "logits"), "input_gradient");
        OnnxGraph model = graph.Build(graph.Mul(logits, logits, "loss_kind"));

        InputGradientNames names = InputGradientGraph.NamesFor(model);

        names.ShouldBe(new(
            "gradientdynamics_labels", "targets", "gradientdynamics_loss_kind", "gradientdynamics_logits", "gradientdynamics_loss", "gradientdynamics_input_gradient", "labels"));
        Check(model, Spaced(6, 3), [2, 3]);
    }

    [Fact]
    public void Derive_OfALinearModel_GivesItsWeights()
    {
        // z = x·W: the margin's gradient is the difference of two columns, exactly.
        float[] weights = [1, 2, 3, 4, -5, 6];
        GraphBuilder graph = new(new Random(1));
        Value x = graph.Input("input", ElementType.Float, new([Dimension.Named("batch"), 2]));
        OnnxGraph model = graph.Output(graph.MatMul(x, graph.Parameter("W", ConstantTensor.Of<float>(weights, 2, 3))));
        using RuntimeSession session = new(InputGradientGraph.Derive(model));

        Dictionary<string, double[]> outputs = session.Run(
            ("input", new double[] { 1, 1, 2, 0 }, [2, 2]), ("labels", new long[] { 0, 2 }, [2]), ("targets", new long[] { -1, 1 }, [2]), ("loss_kind", new long[] { 1, 1 }, [2]));

        outputs["logits"].ShouldBe([5, -3, 9, 2, 4, 6]);
        outputs["loss"].ShouldBe([4, -2]);
        outputs["input_gradient"].ShouldBe([3 - 1, 6 - 4, 2 - 3, -5 - 6]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Derive_OfAnMlp_AgreesWithFiniteDifferences(int logits)
    {
        OnnxGraph model = new MlpOptions { HiddenWidths = [8, 6], BatchNormalization = true }.Create(new([2, 3], ElementType.Double), logits, new(7));

        Check(model, Spaced(24, 3), [4, 2, 3]);
    }

    [Fact]
    public void Derive_OfOneLogitPerExampleWithoutClassAxis_AgreesWithFiniteDifferences()
    {
        GraphBuilder graph = new(new Random(1));
        Value x = graph.Input("input", ElementType.Double, new([Dimension.Named("batch"), 3]));
        OnnxGraph model = graph.Output(graph.Add("Squeeze", [graph.Gemm(graph.Tanh(x), 1, "layer"), graph.Constant(ConstantTensor.Vector(1))]));

        Check(model, Spaced(12, 3), [4, 3]);
        InputGradientGraph.Derive(model).Outputs[0].Type.ShouldBe(new(ElementType.Double, new([Dimension.Named("batch")])));
    }

    [Fact]
    public void Derive_OfLogitsOnASinglePixel_KeepsTheirShape()
    {
        GraphBuilder graph = new(new Random(1));
        Value x = graph.Input("input", ElementType.Float, new([Dimension.Named("batch"), 2, 4, 4]));
        OnnxGraph model = graph.Output(graph.GlobalAveragePool(graph.Conv(x, 5, 3, "conv")));

        Check(model, Spaced(64, 3), [2, 2, 4, 4], AttackLoss.LogitMargin);
        $"{InputGradientGraph.Derive(model).Outputs[0]}".ShouldBe("logits: Float[batch, 5, 1, 1]");
    }

    [Fact]
    public void Derive_OfAModelThatEndsInSoftmax_TakesTheLogitsBeforeIt()
    {
        GraphBuilder graph = new(new Random(1));
        Value x = graph.Input("input", ElementType.Double, new([Dimension.Named("batch"), 3]));
        Value logits = graph.Gemm(x, 4, "head");
        OnnxGraph probabilities = graph.Output(graph.Softmax(logits), "probabilities");
        OnnxGraph plain = graph.Build(logits);

        OnnxGraph companion = InputGradientGraph.Derive(probabilities);

        companion.Metadata[InputGradientGraph.LogitsOriginKey].ShouldContain("before the final Softmax");
        companion.Nodes.ShouldNotContain(node => node.Operator == "Softmax");
        Run(companion, "input_gradient").ShouldBe(Run(InputGradientGraph.Derive(plain), "input_gradient"));

        static double[] Run(OnnxGraph graph, string output)
        {
            using RuntimeSession session = new(graph);
            return session.Run(("input", new double[] { 1, 2, 3 }, [1, 3]), ("labels", new long[1], [1]), ("targets", new long[] { -1 }, [1]), ("loss_kind", new long[1], [1]))[output];
        }
    }

    [Fact]
    public void Derive_OfASingleSigmoid_TakesTheLogitBeforeIt()
    {
        GraphBuilder graph = new(new Random(1));
        Value x = graph.Input("input", ElementType.Float, new([Dimension.Named("batch"), 3]));
        OnnxGraph companion = InputGradientGraph.Derive(graph.Output(graph.Sigmoid(graph.Gemm(x, 1, "head")), "probability"));

        companion.Nodes.ShouldNotContain(node => node.Operator == "Sigmoid");
        companion.Metadata[InputGradientGraph.LogitsOriginKey].ShouldContain("before the final Sigmoid");
    }

    [Fact]
    public void Derive_OfProbabilitiesThatAreNotUnambiguous_Refuses()
    {
        Refusal((g, x) => g.Sigmoid(g.Gemm(x, 4, "head"), "squash")).ShouldContain("one probability per class of Sigmoid 'squash'");
        Refusal((g, x) => g.Reshape(g.Softmax(g.Gemm(x, 4, "head"), name: "squash"), [-1, 4])).ShouldContain("a reshaped Softmax 'squash'");
        Refusal((g, x) => g.Softmax(g.Gemm(x, 4, "head"), axis: 0)).ShouldContain("normalises axis 0");

        static string Refusal(Func<GraphBuilder, Value, Value> body)
        {
            GraphBuilder graph = new(new Random(1));
            OnnxGraph model = graph.Output(body(graph, graph.Input("input", ElementType.Float, new([Dimension.Named("batch"), 3]))), "probabilities");
            return Should.Throw<InvalidModelException>(() => InputGradientGraph.Derive(model)).Message;
        }
    }

    [Fact]
    public void Derive_WithLogitsNamed_TakesThem()
    {
        GraphBuilder graph = new(new Random(1));
        Value x = graph.Input("input", ElementType.Float, new([Dimension.Named("batch"), 3]));
        OnnxGraph model = graph.Output(graph.Reshape(graph.Softmax(graph.Gemm(x, 4, "head")), [-1, 4]), "probabilities");

        OnnxGraph companion = InputGradientGraph.Derive(model, new() { Logits = "head" });

        companion.Metadata[InputGradientGraph.LogitsOriginKey].ShouldBe("value 'head'");
        Should.Throw<InvalidModelException>(() => InputGradientGraph.Derive(model, new() { Logits = "tail" })).Message.ShouldContain("'tail'");
    }

    [Fact]
    public void Derive_WithSeveralInputs_DifferentiatesTheOneOfFloatingPointOrTheOneNamed()
    {
        GraphBuilder graph = new(new Random(1));
        Value x = graph.Input("x", ElementType.Double, new([Dimension.Named("batch"), 3]));
        OnnxGraph ofX = graph.Output(graph.Add("Gather", [x, graph.Input("rows", ElementType.Int64, new([3]))], NodeAttributes.None.With("axis", 1)));
        graph = new(new Random(1));
        x = graph.Input("x", ElementType.Double, new([Dimension.Named("batch"), 3]));
        OnnxGraph both = graph.Output(graph.Mul(x, graph.Input("y", ElementType.Double, new([Dimension.Named("batch"), 3]))));

        InputGradientGraph.NamesFor(ofX).Input.ShouldBe("x");
        InputGradientGraph.Derive(ofX).Inputs.Count.ShouldBe(5);
        Should.Throw<InvalidModelException>(() => InputGradientGraph.Derive(both)).Message.ShouldContain("name the one to differentiate");
        InputGradientGraph.NamesFor(both, new() { Input = "y" }).Input.ShouldBe("y");
        using RuntimeSession session = new(InputGradientGraph.Derive(both, new() { Input = "y" }));
        session.Run(
            ("x", new double[] { 2, 3, 4 }, [1, 3]), ("y", new double[] { 1, 5, 1 }, [1, 3]),
            ("labels", new long[1], [1]), ("targets", new long[] { 2 }, [1]), ("loss_kind", new long[] { 1 }, [1]))["input_gradient"].ShouldBe([-2, 0, 4]);
    }

    [Fact]
    public void Derive_WithoutAnInputOfFloatingPoint_Refuses()
    {
        GraphBuilder graph = new(new Random(1));
        Value tokens = graph.Input("tokens", ElementType.Int64, new([Dimension.Named("batch"), 3]));
        OnnxGraph model = graph.Output(graph.Add("Cast", [tokens], NodeAttributes.None.With("to", (long)ElementType.Float)));

        Should.Throw<InvalidModelException>(() => InputGradientGraph.Derive(model)).Message.ShouldContain("tokens: Int64[batch, 3]");
    }

    [Fact]
    public void Derive_OfLogitsThatDoNotDependOnTheInput_Refuses()
    {
        GraphBuilder graph = new(new Random(1));
        Value x = graph.Input("input", ElementType.Float, new([Dimension.Named("batch"), 3]));
        OnnxGraph model = graph.Output(graph.Add("Cast", [graph.Add("Greater", [x, Constant(graph, ElementType.Float, [0])])], NodeAttributes.None.With("to", (long)ElementType.Float)));

        Should.Throw<InvalidModelException>(() => InputGradientGraph.Derive(model)).Message.ShouldContain("do not depend on the input 'input'");
    }

    [Fact]
    public void Derive_ThroughAnOperatorWithoutARule_NamesOperatorAndNode()
    {
        GraphValue input = new("input", new(ElementType.Float, new([Dimension.Named("batch"), 3])));
        GraphValue output = new("logits", new(ElementType.Float, new([Dimension.Named("batch"), 3])));
        OnnxGraph onThePath = new([input], [output], [new("Det", ["input"], ["logits"], name: "volume")], []);
        OnnxGraph foreign = new([input], [output], [new("Gelu", ["input"], ["logits"], name: "soft", domain: "com.microsoft")], []);

        Should.Throw<UnsupportedOperatorException>(() => InputGradientGraph.Derive(onThePath)).Message.ShouldBe("Node Det 'volume' cannot be differentiated: there is no gradient rule for the operator Det.");
        Should.Throw<UnsupportedOperatorException>(() => InputGradientGraph.Derive(foreign)).Message.ShouldContain("com.microsoft.Gelu");
    }

    [Fact]
    public void Derive_WithAnOperatorWithoutARuleBesideThePath_Works()
    {
        // Shrink of a constant, of an integer shape's cast, and of a value that the logits do not use.
        GraphValue input = new("input", new(ElementType.Float, new([Dimension.Named("batch"), 3])));
        GraphValue output = new("logits", new(ElementType.Float, new([Dimension.Named("batch"), 3])));
        OnnxGraph model = new(
            [input],
            [output],
            [
                new("Shrink", ["shift"], ["shrunk"], name: "constant"),
                new("Shrink", ["input"], ["unused"], name: "unused"),
                new("Mul", ["input", "shrunk"], ["logits"]),
            ],
            [KeyValuePair.Create("shift", ConstantTensor.Of<float>([0.75f, 1, 2], 3))]);

        OnnxGraph companion = InputGradientGraph.Derive(model);

        // Three examples: the unused determinant, which ONNX Runtime computes in the model itself, is one of a square matrix.
        companion.Nodes.ShouldNotContain(node => node.Name == "unused");
        Check(model, Spaced(9, 3), [3, 3], AttackLoss.LogitMargin);
    }

    [Fact]
    public void Derive_ThroughAWeightThatDependsOnTheInput_NamesTheWeight()
    {
        GraphBuilder graph = new(new Random(1));
        Value x = graph.Input("input", ElementType.Float, TensorShape.Of(1, 1, 3, 3));
        OnnxGraph model = graph.Output(graph.Add("Conv", [x, x], name: "self"));

        Should.Throw<UnsupportedOperatorException>(() => InputGradientGraph.Derive(model)).Message.ShouldBe(
            "Node Conv 'self' cannot be differentiated: its weight 'input' depends on the differentiated input, and there is no rule for that.");
    }

    [Fact]
    public void Derive_OfLogitsWithoutAFixedNumberOfClasses_Refuses()
    {
        GraphBuilder graph = new(new Random(1));
        OnnxGraph model = graph.Output(graph.Relu(graph.Input("input", ElementType.Float, new([Dimension.Named("batch"), Dimension.Named("classes")]))));

        Should.Throw<InvalidModelException>(() => InputGradientGraph.Derive(model)).Message.ShouldContain("[batch, classes] with a fixed number of classes");
    }

    [Fact]
    public void Derive_OfItself_DifferentiatesAgain()
    {
        // The companion's own logits, with its names taken: a second derivation prefixes them.
        OnnxGraph companion = InputGradientGraph.Derive(new MlpOptions { HiddenWidths = [4] }.Create(new([3]), 3, new(1)));

        InputGradientNames names = InputGradientGraph.NamesFor(companion, new() { Logits = "logits" });

        names.Labels.ShouldBe("gradientdynamics_labels");
        InputGradientGraph.Derive(companion, new() { Logits = "logits" }).Inputs.Count.ShouldBe(7);
    }

    public static TheoryData<string> Networks => ["conv-net", "conv-net with batch normalisation", "resnet-18", "resnet-18, imagenet stem"];

    [Theory]
    [MemberData(nameof(Networks))]
    public void Derive_OfANetwork_AgreesWithDirectionalDifferences(string name)
    {
        (OnnxGraph model, int side) = name switch
        {
            "conv-net" => (new ConvNetOptions().Create(new([3, 32, 32]), 10, new(3)), 32),
            "conv-net with batch normalisation" => (new ConvNetOptions
            {
                Layers =
                [
                    new ConvLayer { Channels = 8, Kernel = 5, Padding = 2 }, new BatchNormalizationLayer(), new LeakyReluLayer { Alpha = 0.1f }, new MaxPoolLayer { Kernel = 3, Stride = 2, Padding = 1 },
                    new ConvLayer { Channels = 16, Stride = 2 }, new BatchNormalizationLayer(), new TanhLayer(), new AveragePoolLayer { Kernel = 2 },
                    new FlattenLayer(), new LinearLayer { Width = 20 }, new ReluLayer(), new DropoutLayer { Ratio = 0.5f },
                ],
            }.Create(new([3, 32, 32]), 1, new(3)), 32),
            "resnet-18" => (new ResNet18Options { Width = 16 }.Create(new([3, 32, 32]), 2, new(3)), 32),
            _ => (new ResNet18Options { Width = 8, Stem = ResNetStem.Imagenet }.Create(new([3, 64, 64]), 4, new(3)), 64),
        };
        const int batch = 2;
        int size = 3 * side * side;
        long[] shape = [batch, 3, side, side];
        Random random = new(41);
        double[] x = [.. Enumerable.Range(0, batch * size).Select(_ => random.NextDouble())];
        int count = (int)Math.Max(1, model.Outputs[0].Type.Shape![1].Value!.Value);
        OnnxGraph derived = InputGradientGraph.Derive(model);
        using RuntimeSession plain = new(model);
        using RuntimeSession companion = new(derived);

        // Every operator has a schema, and the types that follow are those that the outputs state.
        IReadOnlyDictionary<string, TensorType> types = ShapeInference.Infer(derived, strict: true);
        derived.Outputs.ShouldAllBe(output => types[output.Name] == output.Type);

        // The predicted class: the ratio is constant where the label has the third largest logit.
        double[] clean = plain.Run(("input", x, shape))["logits"];
        long[] labels = [.. Enumerable.Range(0, batch).Select(i => count == 1 ? (clean[i] > 0 ? 1L : 0L) : ReferenceLoss.Ranking(clean[(i * count)..((i + 1) * count)])[0])];
        foreach (AttackLoss kind in AttackLosses.KindsFor(Math.Max(2, count), targeted: false))
        {
            long[] kinds = [(long)kind, (long)kind];
            double[] gradient = companion.Run(("input", x, shape), ("labels", labels, [2]), ("targets", new long[] { -1, -1 }, [2]), ("loss_kind", kinds, [2]))["input_gradient"];
            for (int i = 0; i < batch; i++)
            {
                double[] own = gradient[(i * size)..((i + 1) * size)];
                double norm = Math.Sqrt(own.Sum(value => value * value));
                norm.ShouldBeGreaterThan(0);

                // Half along the gradient, where the derivative is large, half in a random direction.
                double[] noise = [.. own.Select(_ => random.NextDouble() - 0.5)];
                double noiseNorm = Math.Sqrt(noise.Sum(value => value * value));
                double[] direction = [.. own.Zip(noise, (g, n) => g / norm + n / noiseNorm)];
                double step = 5e-5 / norm;
                double LossAt(double by)
                {
                    double[] moved = [.. x];
                    for (int k = 0; k < size; k++)
                    {
                        moved[i * size + k] += by * direction[k];
                    }

                    double[] logits = plain.Run(("input", moved, shape))["logits"];
                    return ReferenceLoss.Of(kind, logits[(i * count)..((i + 1) * count)], labels[i], -1);
                }

                double difference = (LossAt(step) - LossAt(-step)) / (2 * step);
                double derivative = own.Zip(direction, (g, d) => g * d).Sum();
                derivative.ShouldBe(difference, DirectionalTolerance * norm, $"{kind}, example {i}");
            }
        }
    }
}
