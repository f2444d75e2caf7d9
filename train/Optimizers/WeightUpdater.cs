using GradientDynamics.Onnx.Graph;
using GradientDynamics.Train.Execution;
using static TorchSharp.torch;
using OptimizerHelper = TorchSharp.Modules.OptimizerHelper;
using Parameter = TorchSharp.Modules.Parameter;

namespace GradientDynamics.Train.Optimizers;

/// <summary>Takes the parameters of a network from step to step: schedule, clipping, torch's optimizer, moving average.</summary>
internal sealed class WeightUpdater : IDisposable
{
    private readonly OptimizerOptions _options;
    private readonly RunLength _run;
    private readonly string[] _names;
    private readonly Parameter[] _parameters;
    private readonly OptimizerHelper _optimizer;
    private readonly Tensor[] _averages;

    /// <summary>An updater of named parameters before the first step.</summary>
    public WeightUpdater(OptimizerOptions options, IEnumerable<(string Name, Parameter Parameter)> parameters, RunLength run)
    {
        _options = options;
        _run = run;
        // torch keeps its states group after group; names and averages follow.
        ILookup<bool, (string Name, Parameter Parameter)> groups = parameters.ToLookup(pair => Decays(options.Decayed, pair.Parameter));
        (string Name, Parameter Parameter)[] ordered = [.. groups[true], .. groups[false]];
        _names = [.. ordered.Select(pair => pair.Name)];
        _parameters = [.. ordered.Select(pair => pair.Parameter)];
        _optimizer = options.Create([.. groups[true].Select(pair => pair.Parameter)], [.. groups[false].Select(pair => pair.Parameter)]);
        _averages = options.AverageDecay is null ? [] : [.. _parameters.Select(Copy)];
    }

    /// <summary>Forgets the gradients of the last step. A parameter without a gradient takes over the next one as it is computed; with zeros it would have to be added to them, to the same bits.</summary>
    public void ForgetGradients()
    {
        foreach (Parameter parameter in _parameters)
        {
            parameter.grad = null;
        }
    }

    /// <summary>The squared norm of all parameters, a scalar that carries gradients.</summary>
    public Tensor SquaredNorm() => _parameters.Select(parameter => parameter.square().sum()).Aggregate((sum, part) => sum + part);

    /// <summary>Takes step number <paramref name="step"/>, counted from 0, along the gradients that have been collected. False where their norm was to be clipped and is not a number.</summary>
    public bool TryStep(long step)
    {
        double learningRate = _options.LearningRate * _options.Schedule.FactorAt(step, _run);
        foreach (var group in _optimizer.ParamGroups)
        {
            group.LearningRate = learningRate;
        }

        if (_options.ClipValue is { } value)
        {
            nn.utils.clip_grad_value_(_parameters, value);
        }

        if (_options.ClipNorm is { } norm && !double.IsFinite(nn.utils.clip_grad_norm_(_parameters, norm)))
        {
            return false;
        }

        _optimizer.step();
        UpdateAverages();
        return true;
    }

    /// <summary>Puts the averages, where there are any, in the place of the parameters until the result is disposed of.</summary>
    public IDisposable UseAverages() => new Exchange(this);

    /// <summary>Everything that is remembered between steps, by name; the averages are exact in it only outside <see cref="UseAverages"/>.</summary>
    public Dictionary<string, ConstantTensor> Save()
    {
        Dictionary<string, ConstantTensor> saved = OptimizerTensors.Save(_optimizer, _names);
        foreach ((string name, Tensor average) in _names.Zip(_averages))
        {
            saved[AverageName(name)] = TorchTensors.ToConstant(average);
        }

        return saved;
    }

    /// <summary>Returns to what <see cref="Save"/> gave.</summary>
    /// <exception cref="InvalidDataException">The state of a parameter is missing.</exception>
    public void Load(IReadOnlyDictionary<string, ConstantTensor> saved)
    {
        OptimizerTensors.Load(_optimizer, _names, saved);
        foreach ((string name, Tensor average) in _names.Zip(_averages))
        {
            OptimizerTensors.Replace(average, saved, AverageName(name));
        }
    }

    /// <summary>The weights of a checkpoint that become the model: the averages where it has them.</summary>
    public static IReadOnlyDictionary<string, ConstantTensor> ModelWeights(IReadOnlyDictionary<string, ConstantTensor> weights, IReadOnlyDictionary<string, ConstantTensor> saved) =>
        weights.ToDictionary(pair => pair.Key, pair => saved.GetValueOrDefault(AverageName(pair.Key), pair.Value), StringComparer.Ordinal);

    public void Dispose()
    {
        foreach (Tensor average in _averages)
        {
            average.Dispose();
        }

        _optimizer.Dispose();
    }

    private static Tensor Copy(Parameter parameter)
    {
        using Tensor detached = parameter.detach();
        return detached.clone().DetachFromDisposeScope();
    }

    private static string AverageName(string parameter) => $"average.{parameter}";

    private static bool Decays(DecayedParameters decayed, Parameter parameter) => decayed switch
    {
        DecayedParameters.All => true,
        DecayedParameters.Weights => parameter.dim() > 1,
        DecayedParameters.BiasesAndNormalization => parameter.dim() <= 1,
        _ => throw new ArgumentOutOfRangeException(nameof(decayed), decayed, "There is no such group."),
    };

    private void UpdateAverages()
    {
        if (_options.AverageDecay is not { } decay)
        {
            return;
        }

        using IDisposable noGradients = no_grad();
        foreach ((Tensor average, Parameter parameter) in _averages.Zip(_parameters))
        {
            average.mul_(decay).add_(parameter, 1 - decay);
        }
    }

    // Copies, not handles: the network holds the parameters' own tensors.
    private sealed class Exchange : IDisposable
    {
        private readonly WeightUpdater _updater;
        private readonly Tensor[] _own;

        public Exchange(WeightUpdater updater)
        {
            _updater = updater;
            _own = updater._averages.Length == 0 ? [] : [.. updater._parameters.Select(Copy)];
            Put(updater._averages);
        }

        public void Dispose()
        {
            Put(_own);
            foreach (Tensor own in _own)
            {
                own.Dispose();
            }
        }

        private void Put(Tensor[] values)
        {
            using IDisposable noGradients = no_grad();
            foreach ((Parameter parameter, Tensor value) in _updater._parameters.Zip(values))
            {
                parameter.copy_(value);
            }
        }
    }
}
