using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Networks;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Tests.Execution;

/// <summary>A multilayer perceptron as a user of TorchSharp writes it, with the weights of a graph.</summary>
internal sealed class HandWrittenMlp : nn.Module<Tensor, Tensor>
{
    private readonly Linear _first;
    private readonly Linear _second;
    private readonly Linear _last;

    public HandWrittenMlp(OnnxGraph graph)
        : base("mlp")
    {
        ConstantTensor[] weights = [.. graph.Initializers.Values];
        _first = Layer(weights[0], weights[1]);
        _second = Layer(weights[2], weights[3]);
        _last = Layer(weights[4], weights[5]);
        RegisterComponents();
    }

    public static OnnxGraph Graph(int inputs, int width, int logits, int seed = 7) =>
        new MlpOptions { HiddenWidths = [width, width] }.Create(new InputSpec([inputs]), logits, new Random(seed));

    public override Tensor forward(Tensor input)
    {
        using Tensor first = _first.forward(input);
        using Tensor firstActive = nn.functional.relu(first);
        using Tensor second = _second.forward(firstActive);
        using Tensor secondActive = nn.functional.relu(second);
        return _last.forward(secondActive);
    }

    private static Linear Layer(ConstantTensor weight, ConstantTensor bias)
    {
        Linear layer = nn.Linear(weight.Sizes[1], weight.Sizes[0]);
        using IDisposable noGradients = no_grad();
        using Tensor weights = tensor(weight.AsSpan<float>().ToArray()).reshape(weight.Sizes.ToArray());
        using Tensor biases = tensor(bias.AsSpan<float>().ToArray());
        layer.weight!.copy_(weights);
        layer.bias!.copy_(biases);
        return layer;
    }
}
