using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Networks;

namespace GradientDynamics.Onnx.Tests.Graph;

public class GraphBuilderTests
{
    // 64 channels of 16 inputs and 3x3: 9216 weights.
    private const int FanIn = 16 * 9;
    private const int FanOut = 64 * 9;

    [Fact]
    public void Torch_draws_weight_and_bias_uniformly_within_one_over_the_root_of_the_fan_in()
    {
        OnnxGraph graph = Layer(Initialization.Torch);

        HoldsUniform(graph.Initializers["conv.weight"], 1 / Math.Sqrt(FanIn));
        HoldsWithin(graph.Initializers["conv.bias"], 1 / Math.Sqrt(FanIn));
    }

    [Fact]
    public void Xavier_draws_weights_uniformly_and_no_bias()
    {
        OnnxGraph graph = Layer(Initialization.XavierUniform);

        HoldsUniform(graph.Initializers["conv.weight"], Math.Sqrt(6.0 / (FanIn + FanOut)));
        graph.Initializers["conv.bias"].AsSpan<float>().ToArray().ShouldAllBe(bias => bias == 0);
    }

    [Fact]
    public void The_tangent_kernel_parametrisation_draws_standard_normal_numbers_and_scales_the_layer()
    {
        OnnxGraph graph = Layer(Initialization.Ntk);

        double[] weights = [.. graph.Initializers["conv.weight"].AsSpan<float>().ToArray().Select(weight => (double)weight)];
        double mean = weights.Average();
        double variance = weights.Average(weight => weight * weight) - mean * mean;

        // Five standard errors of mean and variance of n normal numbers: 1/√n and √(2/n).
        mean.ShouldBe(0, 5 / Math.Sqrt(weights.Length));
        variance.ShouldBe(1, 5 * Math.Sqrt(2.0 / weights.Length));
        weights.Max().ShouldBeGreaterThan(3);
        GraphNode Producer(string output) => graph.Nodes.Single(node => node.Outputs.Contains(output));
        Producer("conv").Operator.ShouldBe("Add");
        Producer("conv.scaled").Inputs.ShouldBe(["conv.product", "conv.factor"]);
        Producer("conv.factor").Attributes.Tensor("value")!.AsSpan<float>()[0].ShouldBe((float)(1 / Math.Sqrt(FanIn)));
        Producer("conv.bias_factor").Attributes.Tensor("value")!.AsSpan<float>()[0].ShouldBe(0.1f);
        ShapeInference.Infer(graph, strict: true)["conv"].ToString().ShouldBe("Float[batch, 64, 6, 6]");
    }

    [Fact]
    public void Batch_normalisation_begins_as_the_identity()
    {
        GraphBuilder graph = new(new Random(1));
        OnnxGraph built = graph.Output(graph.BatchNormalization(graph.Input("input", new InputSpec([3, 4, 4])), "bn"));

        built.Initializers["bn.weight"].AsSpan<float>().ToArray().ShouldBe([1, 1, 1]);
        built.Initializers["bn.bias"].AsSpan<float>().ToArray().ShouldBe([0, 0, 0]);
        built.Initializers["bn.running_mean"].AsSpan<float>().ToArray().ShouldBe([0, 0, 0]);
        built.Initializers["bn.running_var"].AsSpan<float>().ToArray().ShouldBe([1, 1, 1]);
    }

    [Fact]
    public void The_seed_decides_the_parameters_and_nothing_else_does()
    {
        OnnxModelFile.ToBytes(Layer(Initialization.Torch, 3)).ShouldBe(OnnxModelFile.ToBytes(Layer(Initialization.Torch, 3)));
        OnnxModelFile.ToBytes(Layer(Initialization.Torch, 3)).ShouldNotBe(OnnxModelFile.ToBytes(Layer(Initialization.Torch, 4)));
    }

    // Golden numbers: the first draws of the seed 1, as uniform numbers of System.Random scaled to ±1/√2. They pin the order of the draws.
    [Fact]
    public void Weights_come_before_biases_in_row_major_order()
    {
        GraphBuilder graph = new(new Random(1));
        OnnxGraph built = graph.Output(graph.Gemm(graph.Input("input", new InputSpec([2], ElementType.Double)), 2, "layer"));

        Random random = new(1);
        double[] expected = [.. Enumerable.Range(0, 6).Select(_ => (2 * random.NextDouble() - 1) / Math.Sqrt(2))];
        built.Initializers["layer.weight"].AsSpan<double>().ToArray().ShouldBe(expected[..4], 1e-15);
        built.Initializers["layer.bias"].AsSpan<double>().ToArray().ShouldBe(expected[4..], 1e-15);
        built.Initializers["layer.weight"].AsSpan<double>()[0].ShouldBe((2 * 0.24866858415709278 - 1) / Math.Sqrt(2), 1e-15);
    }

    [Fact]
    public void The_output_takes_its_name_without_another_node()
    {
        GraphBuilder graph = new(new Random(1));
        Value hidden = graph.Relu(graph.Input("input", new InputSpec([2])), "hidden");
        OnnxGraph built = graph.Output(hidden);

        built.Nodes.Single().Outputs.ShouldBe(["logits"]);
        built.Outputs.Single().ShouldBe(new GraphValue("logits", hidden.Type));
    }

    [Fact]
    public void An_input_may_be_the_output()
    {
        GraphBuilder graph = new();

        graph.Output(graph.Input("input", new InputSpec([2]))).Nodes.Single().Operator.ShouldBe("Identity");
    }

    [Fact]
    public void Names_are_given_once()
    {
        GraphBuilder graph = new();
        Value x = graph.Input("input", new InputSpec([2]));
        graph.Relu(x, "relu0");

        graph.Relu(x).Name.ShouldBe("relu1");
        Should.Throw<InvalidModelException>(() => graph.Relu(x, "input")).Message.ShouldBe("The value 'input' exists already.");
        Should.Throw<InvalidModelException>(() => graph.Output(graph.Relu(x, "end"), "relu0")).Message.ShouldBe("The output cannot be called 'relu0': another value is.");
    }

    [Fact]
    public void A_layer_that_does_not_fit_is_refused_where_it_stands()
    {
        GraphBuilder graph = new();
        Value row = graph.Input("input", new InputSpec([2]));

        Should.Throw<InvalidModelException>(() => graph.Conv(row, 4, 3, "conv1")).Message.ShouldBe("Node Conv 'conv1': the input is Float[batch, 2]; 3 dimensions and more are accepted: batch, channels and space.");
        Should.Throw<InvalidModelException>(() => graph.Gemm(graph.Reshape(row, [-1]), 4, "fc")).Message.ShouldBe("Node Gemm 'fc': the input is Float[?]; a matrix whose dimension 1 is a number is accepted.");
        Should.Throw<InvalidOperationException>(() => graph.Gemm(row, 4, "drawn")).Message.ShouldContain("no source of random numbers");
        Should.Throw<UnsupportedOperatorException>(() => graph.Add("Shrink", [row])).Message.ShouldContain("Shrink");
    }

    private static OnnxGraph Layer(Initialization initialization, int seed = 1)
    {
        GraphBuilder graph = new(new Random(seed), initialization);
        return graph.Output(graph.Conv(graph.Input("input", new InputSpec([16, 8, 8])), 64, 3, "conv"), "conv");
    }

    private static void HoldsWithin(ConstantTensor tensor, double bound) => tensor.AsSpan<float>().ToArray().ShouldAllBe(number => Math.Abs(number) <= bound * (1 + 1e-6));

    // Kolmogorov and Smirnov's distance to the uniform distribution on ±bound; 1.95/√n is its quantile of 99.9 %, and the seed is fixed.
    private static void HoldsUniform(ConstantTensor tensor, double bound)
    {
        HoldsWithin(tensor, bound);
        double[] sorted = [.. tensor.AsSpan<float>().ToArray().Select(number => (number / bound + 1) / 2).Order()];
        double distance = sorted.Index().Max(pair => Math.Max(Math.Abs(pair.Item - pair.Index / (double)sorted.Length), Math.Abs(pair.Item - (pair.Index + 1) / (double)sorted.Length)));
        distance.ShouldBeLessThan(1.95 / Math.Sqrt(sorted.Length));
    }
}
