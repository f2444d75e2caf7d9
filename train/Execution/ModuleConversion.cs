using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Networks;
using GradientDynamics.Train.Sampling;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Execution;

/// <summary>TorchSharp modules as graphs: Sequential and the standard layers. Parameters keep the names that they have in the module's state.</summary>
public static class ModuleConversion
{
    /// <summary>Name of the converted graph's output.</summary>
    public const string OutputName = "output";

    // More than one example, so that a batch dimension that was taken for a number shows.
    private const int CheckedExamples = 3;

    // Relative to the largest output: the graph executes the same operations of libtorch, but for some that it composes of others.
    private const double CheckedAgreement = 1e-5;

    private const int CheckSeed = 1;

    /// <summary>The module as a graph, which has been compared with it in evaluation mode on random input.</summary>
    /// <param name="module">A Sequential or a standard layer; its weights are copied.</param>
    /// <param name="input">Shape of one example and its element type, which is that of the module's weights.</param>
    /// <exception cref="UnsupportedModuleException">A module in it cannot be converted; the message has its name and type.</exception>
    /// <exception cref="InvalidModelException">A layer does not fit its input, or the graph gives another output than the module.</exception>
    public static OnnxGraph ToGraph(nn.Module<Tensor, Tensor> module, InputSpec input)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(input);
        GraphBuilder builder = new();
        Value x = builder.Input(NetworkOptions.InputName, input);
        OnnxGraph graph = builder.Output(Convert(builder, x, module, ""), OutputName);
        Check(module, graph, input);
        return graph;
    }

    private static Value Convert(GraphBuilder graph, Value x, nn.Module module, string name)
    {
        if (module.GetType() == typeof(Sequential) || module.GetType() == typeof(Sequential<Tensor, Tensor>))
        {
            foreach ((string child, nn.Module inner) in module.named_children())
            {
                x = Convert(graph, x, inner, name.Length == 0 ? child : $"{name}.{child}");
            }

            return x;
        }

        // A type that derives from a layer may compute something else: exactly the layers are known.
        ModuleLayer layer = new(graph, x, module, name.Length == 0 ? module.GetName().ToLowerInvariant() : name, name.Length == 0 ? "" : $"{name}.");
        if (!ModuleLayers.All.TryGetValue(module.GetType(), out Func<ModuleLayer, Value>? convert))
        {
            throw layer.Refusal("there is no rule for this type; accepted are Sequential and the layers that docs/networks.md lists");
        }

        try
        {
            return convert(layer);
        }
        catch (UnsupportedOperatorException error)
        {
            throw layer.Refusal(error.Message);
        }
    }

    private static void Check(nn.Module<Tensor, Tensor> module, OnnxGraph graph, InputSpec input)
    {
        (nn.Module Module, bool Training)[] states = [.. module.modules().Prepend(module).Select(inner => (inner, inner.training))];
        module.eval();
        try
        {
            using DisposeScope scope = NewDisposeScope();
            using IDisposable noGradients = no_grad();
            Tensor example = Example(graph, input);
            using GraphModule converted = new(graph);
            converted.eval();
            Device device = module.parameters().FirstOrDefault()?.device ?? CPU;
            Tensor expected = module.call(example.to(device)).to(ScalarType.Float64, CPU);
            Tensor actual = converted.forward(example).to(ScalarType.Float64);
            if (!expected.shape.SequenceEqual(actual.shape))
            {
                throw new InvalidModelException($"The module gives [{string.Join(", ", expected.shape)}] and its graph [{string.Join(", ", actual.shape)}] for {CheckedExamples} examples; a module of the standard layers without hooks is accepted.");
            }

            double scale = expected.abs().max().item<double>();
            double difference = (expected - actual).abs().max().item<double>();
            if (!(difference <= CheckedAgreement * scale))
            {
                throw new InvalidModelException($"The module and its graph differ by {difference:G3} on random input, where the largest output is {scale:G3}; a module of the standard layers without hooks is accepted.");
            }
        }
        finally
        {
            foreach ((nn.Module inner, bool training) in states)
            {
                inner.train(training);
            }
        }
    }

    // Standard normal numbers; for indices, numbers that every table has which the input looks up.
    private static Tensor Example(OnnxGraph graph, InputSpec input)
    {
        Random random = new(CheckSeed);
        long[] sizes = [CheckedExamples, .. input.Shape];
        int count = checked((int)sizes.Aggregate(1L, (product, size) => checked(product * size)));
        if (input.Element.IsFloatingPoint)
        {
            double[] numbers = [.. Enumerable.Range(0, count).Select(_ => Gaussian.Next(random))];
            return tensor(numbers).reshape(sizes).to(TorchTensors.ToScalarType(input.Element));
        }

        long rows = graph.Nodes.Where(node => node.Operator == "Gather").Select(node => graph.Initializers.TryGetValue(node.Inputs[0], out ConstantTensor? table) ? table.Sizes[0] : 1).DefaultIfEmpty(1).Min();
        return tensor([.. Enumerable.Range(0, count).Select(_ => random.NextInt64(rows))]).reshape(sizes).to(TorchTensors.ToScalarType(input.Element));
    }
}
