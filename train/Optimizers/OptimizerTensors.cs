using GradientDynamics.Onnx.Graph;
using GradientDynamics.Train.Execution;
using GradientDynamics.Train.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Optimizers;

/// <summary>What an optimizer remembers between steps, as named tensors for a checkpoint.</summary>
internal static class OptimizerTensors
{
    private const string MomentumBuffer = "momentum_buffer";
    private const string Step = "step";
    private const string Mean = "exp_avg";
    private const string MeanOfSquares = "exp_avg_sq";

    /// <summary>The state of every parameter, named <c>quantity.parameter</c>. Parameters are named in the order in which the optimizer got them.</summary>
    public static Dictionary<string, ConstantTensor> Save(OptimizerHelper optimizer, IReadOnlyList<string> parameters)
    {
        Dictionary<string, ConstantTensor> saved = new(StringComparer.Ordinal);
        foreach ((string name, OptimizerState state) in States(optimizer, parameters))
        {
            switch (state)
            {
                case SGD.State { momentum_buffer: { } buffer }:
                    saved[$"{MomentumBuffer}.{name}"] = TorchTensors.ToConstant(buffer);
                    break;
                case SGD.State:
                    break;
                case Adam.State adam:
                    saved[$"{Step}.{name}"] = ConstantTensor.Scalar(adam.step);
                    saved[$"{Mean}.{name}"] = TorchTensors.ToConstant(adam.exp_avg);
                    saved[$"{MeanOfSquares}.{name}"] = TorchTensors.ToConstant(adam.exp_avg_sq);
                    break;
                case AdamW.State adam:
                    saved[$"{Step}.{name}"] = ConstantTensor.Scalar(adam.step);
                    saved[$"{Mean}.{name}"] = TorchTensors.ToConstant(adam.exp_avg);
                    saved[$"{MeanOfSquares}.{name}"] = TorchTensors.ToConstant(adam.exp_avg_sq);
                    break;
                default:
                    throw new NotSupportedException($"The state of {state.GetType().DeclaringType?.Name} cannot be saved.");
            }
        }

        return saved;
    }

    /// <summary>Gives an optimizer the state that <see cref="Save"/> returned.</summary>
    /// <exception cref="InvalidDataException">The state of a parameter is missing.</exception>
    public static void Load(OptimizerHelper optimizer, IReadOnlyList<string> parameters, IReadOnlyDictionary<string, ConstantTensor> saved)
    {
        Device device = optimizer.parameters().First().device;
        foreach ((string name, OptimizerState state) in States(optimizer, parameters))
        {
            switch (state)
            {
                case SGD.State sgd:
                    sgd.momentum_buffer?.Dispose();
                    sgd.momentum_buffer = saved.TryGetValue($"{MomentumBuffer}.{name}", out ConstantTensor? buffer) ? TorchDevice.Move(TorchTensors.ToTorch(buffer), device) : null;
                    break;
                case Adam.State adam:
                    adam.step = Find(saved, $"{Step}.{name}").AsSpan<long>()[0];
                    Replace(adam.exp_avg, saved, $"{Mean}.{name}");
                    Replace(adam.exp_avg_sq, saved, $"{MeanOfSquares}.{name}");
                    break;
                case AdamW.State adam:
                    adam.step = Find(saved, $"{Step}.{name}").AsSpan<long>()[0];
                    Replace(adam.exp_avg, saved, $"{Mean}.{name}");
                    Replace(adam.exp_avg_sq, saved, $"{MeanOfSquares}.{name}");
                    break;
                default:
                    throw new NotSupportedException($"The state of {state.GetType().DeclaringType?.Name} cannot be restored.");
            }
        }
    }

    /// <summary>Copies a saved tensor into one that exists.</summary>
    /// <exception cref="InvalidDataException">It is missing or has another shape.</exception>
    public static void Replace(Tensor target, IReadOnlyDictionary<string, ConstantTensor> saved, string name)
    {
        using Tensor source = TorchTensors.ToTorch(Find(saved, name));
        if (!source.shape.SequenceEqual(target.shape))
        {
            throw new InvalidDataException($"the optimizer's '{name}' has the shape [{string.Join(", ", source.shape)}]; accepted is [{string.Join(", ", target.shape)}]");
        }

        using (no_grad())
        {
            target.copy_(source);
        }
    }

    private static ConstantTensor Find(IReadOnlyDictionary<string, ConstantTensor> saved, string name) =>
        saved.TryGetValue(name, out ConstantTensor? tensor) ? tensor : throw new InvalidDataException($"the optimizer's '{name}' is missing");

    private static IEnumerable<(string Name, OptimizerState State)> States(OptimizerHelper optimizer, IReadOnlyList<string> parameters)
    {
        List<OptimizerState> states = optimizer.state_dict().State;
        ArgumentOutOfRangeException.ThrowIfNotEqual(states.Count, parameters.Count, nameof(parameters));
        return parameters.Zip(states);
    }
}
