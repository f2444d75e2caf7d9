using GradientDynamics.Onnx.Graph;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace GradientDynamics.Bench.Training;

/// <summary>A multilayer perceptron with two hidden layers as a user of TorchSharp writes it, with the weights of a graph.</summary>
internal sealed class HandWrittenMlp : nn.Module<Tensor, Tensor>
{
    private readonly Linear _first;
    private readonly Linear _second;
    private readonly Linear _last;

    public HandWrittenMlp(OnnxGraph graph)
        : base("mlp")
    {
        ConstantTensor[] weights = [.. graph.Initializers.Values];
        _first = nn.Linear(weights[0].Sizes[1], weights[0].Sizes[0]);
        _second = nn.Linear(weights[2].Sizes[1], weights[2].Sizes[0]);
        _last = nn.Linear(weights[4].Sizes[1], weights[4].Sizes[0]);
        RegisterComponents();
        GraphWeights.CopyTo([_first.weight!, _first.bias!, _second.weight!, _second.bias!, _last.weight!, _last.bias!], weights);
    }

    public override Tensor forward(Tensor input)
    {
        using Tensor first = _first.forward(input);
        using Tensor firstActive = nn.functional.relu(first);
        using Tensor second = _second.forward(firstActive);
        using Tensor secondActive = nn.functional.relu(second);
        return _last.forward(secondActive);
    }
}
