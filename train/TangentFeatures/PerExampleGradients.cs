using GradientDynamics.CommandLine;
using GradientDynamics.Train.Execution;
using GradientDynamics.Train.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace GradientDynamics.Train.TangentFeatures;

/// <summary>Where a parameter's gradient stands in a row of tangent features.</summary>
/// <param name="Name">Name of the initializer.</param>
/// <param name="Shape">Its shape; the elements follow each other row-major.</param>
/// <param name="Start">Column of its first element.</param>
public sealed record ParameterColumns(string Name, IReadOnlyList<long> Shape, long Start)
{
    /// <summary>Number of columns.</summary>
    internal long Count => Shape.Aggregate(1L, (product, size) => checked(product * size));
}

/// <summary>The tangent features of a network: the gradient of one example's logit by all parameters, example by example, in evaluation mode.</summary>
/// <remarks>
/// Pezeshki et al., "Gradient Starvation", 2021, definition 1, https://arxiv.org/abs/2011.09468: Φ = ∂ŷ/∂θ. One forward and one backward pass for each example: exact for every operator, and the memory is
/// that of a single example.
/// </remarks>
internal sealed class PerExampleGradients : IDisposable
{
    private readonly GraphModule _module;
    private readonly Parameter[] _parameters;
    private readonly SplitTensors _split;
    private readonly TangentLogit _logit;

    /// <summary>The gradients of a network on a split; both stay the caller's.</summary>
    public PerExampleGradients(GraphModule module, SplitTensors split, TangentLogit logit)
    {
        _module = module;
        _split = split;
        _logit = logit;
        _module.eval();
        (string name, Parameter parameter)[] parameters = [.. module.named_parameters()];
        _parameters = [.. parameters.Select(pair => pair.parameter)];
        List<ParameterColumns> columns = [];
        foreach ((string name, Parameter parameter) in parameters)
        {
            columns.Add(new(ParameterNames.Decode(name), parameter.shape, ParameterCount));
            ParameterCount += parameter.numel();
        }

        Columns = columns;
    }

    /// <summary>Number of columns of a row.</summary>
    public long ParameterCount { get; }

    /// <summary>Which columns belong to which parameter.</summary>
    public IReadOnlyList<ParameterColumns> Columns { get; }

    /// <summary>Writes the gradient of one example's logit by the parameters in columns <paramref name="start"/> and on; others are not computed.</summary>
    /// <exception cref="CommandException">The gradient is not finite.</exception>
    public void Read(int example, long start, Span<float> destination)
    {
        using DisposeScope scope = NewDisposeScope();
        long end = start + destination.Length;
        int[] wanted = [.. Enumerable.Range(0, _parameters.Length).Where(i => Columns[i].Start < end && Columns[i].Start + Columns[i].Count > start)];
        Tensor value = _logit.Of(_split.Range(example, 1, step: 0).Forward(_module)).sum();
        destination.Clear();
        if (!value.requires_grad)
        {
            return;
        }

        IList<Tensor> gradients = autograd.grad([value], [.. wanted.Select(i => (Tensor)_parameters[i])], allow_unused: true);
        foreach ((int place, int i) in wanted.Index())
        {
            // A parameter that the logit does not depend on has no gradient.
            if (gradients[place] is { IsInvalid: false } gradient)
            {
                long from = Math.Max(start, Columns[i].Start);
                long to = Math.Min(end, Columns[i].Start + Columns[i].Count);
                using Tensor flat = gradient.to(ScalarType.Float32, CPU).reshape(-1).narrow(0, from - Columns[i].Start, to - from).contiguous();
                flat.data<float>().CopyTo(destination.Slice((int)(from - start), (int)(to - from)));
            }
        }

        foreach (float component in destination)
        {
            if (!float.IsFinite(component))
            {
                throw new CommandException(ExitCode.Numerics, $"the gradient of example {example} has {component} in it: the network's logit cannot be differentiated there, or its weights have diverged.");
            }
        }
    }

    public void Dispose()
    {
        foreach (Parameter parameter in _parameters)
        {
            parameter.grad = null;
        }
    }
}
