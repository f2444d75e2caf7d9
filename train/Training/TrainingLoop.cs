using System.Diagnostics;
using GradientDynamics.CommandLine;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Networks;
using GradientDynamics.Train.Datasets;
using GradientDynamics.Train.Execution;
using GradientDynamics.Train.FineTuning;
using GradientDynamics.Train.Objectives;
using GradientDynamics.Train.Optimizers;
using GradientDynamics.Train.Sampling;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Training;

/// <summary>Trains one network on one dataset with one objective.</summary>
internal sealed class TrainingLoop : IDisposable
{
    private readonly RunConfig _config;
    private readonly TrainingData _data;
    private readonly RunSeed _seed;
    private readonly ISampler _sampler;
    private readonly IObjective _objective;
    private readonly Dictionary<Split, SplitTensors> _splits;
    private readonly GraphModule _module;
    private readonly OptimizerHelper _optimizer;
    private readonly string[] _parameters;
    private readonly ModelSelection _selection;

    /// <summary>A run at its beginning, or where a checkpoint left it.</summary>
    /// <param name="config">What to run.</param>
    /// <param name="data">Data to learn from.</param>
    /// <param name="threads">Threads of libtorch.</param>
    /// <param name="checkpoint">Where the run was left; null begins it.</param>
    /// <param name="say">Takes lines for the user; null drops them.</param>
    /// <exception cref="CommandException">Configuration and data do not fit together.</exception>
    /// <exception cref="InvalidModelException">The network does not fit the input, or the checkpoint the network.</exception>
    public TrainingLoop(RunConfig config, TrainingData data, int threads, Checkpoint? checkpoint, Action<string>? say = null)
    {
        TorchThreads.Use(threads);
        _config = config;
        _data = data;
        _seed = new(config.Seed);
        _sampler = config.Sampler.Create(data.Train.Labels, data.Train.Groups(), _seed);
        _objective = config.Objective.Create();
        _selection = new(config.Selection);
        Network = CreateNetwork(config, data.Description, say);
        HashSet<string> frozen = NamePatterns.Choose(config.Network.Freeze, [.. Network.Initializers.Where(pair => pair.Value.Element.IsFloatingPoint).Select(pair => pair.Key)], "network.freeze");
        _module = new(checkpoint is null ? Network : Network.WithInitializers(checkpoint.Weights), frozen);
        (string name, Parameter parameter)[] parameters = [.. _module.named_parameters()];
        if (parameters.Length == 0)
        {
            throw new CommandException(ExitCode.Configuration, $"network: it has no parameters{(frozen.Count > 0 ? " that are not frozen" : "")}; accepted is one with weights to train.");
        }

        _parameters = [.. parameters.Select(pair => ParameterNames.Decode(pair.name))];
        _optimizer = config.Optimizer.Create(parameters.Select(pair => pair.parameter));
        if (checkpoint is not null)
        {
            OptimizerTensors.Load(_optimizer, _parameters, checkpoint.Optimizer);
            _objective.State = checkpoint.Objective;
            _selection.Restore(checkpoint.BestEpoch, checkpoint.BestScore, checkpoint.EvaluationsWithoutImprovement);
            Epoch = checkpoint.Epoch;
            Step = checkpoint.Step;
        }

        _splits = data.Splits.ToDictionary(pair => pair.Key, pair => new SplitTensors(pair.Value));
    }

    /// <summary>The network as the run began.</summary>
    public OnnxGraph Network { get; }

    /// <summary>Epochs done.</summary>
    public int Epoch { get; private set; }

    /// <summary>Steps done.</summary>
    public long Step { get; private set; }

    /// <summary>Number of trained parameters.</summary>
    public long ParameterCount => _module.parameters().Sum(parameter => parameter.numel());

    /// <summary>Whether the last epoch is done, or early stopping says so.</summary>
    public bool IsFinished => Epoch >= _config.Epochs || HasStoppedEarly;

    /// <summary>Whether early stopping ended the run.</summary>
    public bool HasStoppedEarly => _config.EarlyStopping is { } stopping && _selection.EvaluationsWithoutImprovement >= stopping.Patience;

    /// <summary>The network with the weights with which every run of this configuration begins.</summary>
    public static OnnxGraph CreateNetwork(RunConfig config, DatasetDescription data, Action<string>? say = null)
    {
        if (config.SingleLogit && data.Classes.Count != 2)
        {
            throw new CommandException(ExitCode.Configuration, $"singleLogit: the dataset has {data.Classes.Count} classes; accepted with it are two.");
        }

        OnnxGraph network = config.Network.Create(new InputSpec(data.InputShape), config.SingleLogit ? 1 : data.Classes.Count, new RunSeed(config.Seed).Stream("initialization"), say);
        if (network.Inputs.Count != 1)
        {
            throw new CommandException(ExitCode.Configuration, $"network: it has the inputs {string.Join(", ", network.Inputs.Select(input => $"'{input.Name}'"))}, and the dataset gives one; accepted is a network of one input.");
        }

        bool headFromScratch = config.Network.HeadFromScratch || config.Network is OnnxNetworkOptions { ReplaceHead: not null };
        return config.Network.Weights is { } weights ? WeightsFile.Load(network, weights, headFromScratch) : network;
    }

    /// <summary>Trains to the next evaluation and evaluates. The checkpoint is of that moment; the metrics say how good it is, and whether it is the best so far.</summary>
    /// <exception cref="CommandException">The numbers failed.</exception>
    /// <exception cref="OperationCanceledException">The run was interrupted; the loop is of no further use.</exception>
    public (EpochMetrics Metrics, Checkpoint Checkpoint, bool IsBest) RunToNextEvaluation(CancellationToken cancellationToken)
    {
        Stopwatch watch = Stopwatch.StartNew();
        EpochSums sums;
        do
        {
            sums = RunEpoch(cancellationToken);
            Epoch++;
        }
        while (Epoch % _config.EvaluateEvery != 0 && Epoch < _config.Epochs);

        SplitMetrics? validation = Evaluate(Split.Validation, cancellationToken);
        SplitMetrics? test = Evaluate(Split.Test, cancellationToken);
        if (validation is not null)
        {
            _objective.ObserveValidation(validation.Loss, Step);
        }

        SplitMetrics train = SplitMetrics.Of(_data.Description, sums.Loss, sums.Groups, sums.Correct, _data.TrainingShares);
        EpochMetrics metrics = new(Epoch, Step, sums.Loss, sums.Penalty, train, validation, test, watch.Elapsed.TotalSeconds);
        bool isBest = _selection.Observe(metrics);
        return (metrics, Save(metrics), isBest);
    }

    public void Dispose()
    {
        foreach (SplitTensors split in _splits.Values)
        {
            split.Dispose();
        }

        _optimizer.Dispose();
        _module.Dispose();
    }

    private Checkpoint Save(EpochMetrics metrics) => new()
    {
        Epoch = Epoch,
        Step = Step,
        Metrics = MetricNames.Summary(metrics),
        Weights = _module.ToGraph().Initializers.Where(pair => pair.Value.Element.IsFloatingPoint).ToDictionary(StringComparer.Ordinal),
        Optimizer = OptimizerTensors.Save(_optimizer, _parameters),
        Objective = _objective.State,
        BestEpoch = _selection.BestEpoch,
        BestScore = _selection.BestScore,
        EvaluationsWithoutImprovement = _selection.EvaluationsWithoutImprovement,
    };

    private SplitMetrics? Evaluate(Split split, CancellationToken cancellationToken)
    {
        if (!_splits.TryGetValue(split, out SplitTensors? tensors))
        {
            return null;
        }

        SplitMetrics metrics = SplitEvaluation.Evaluate(_module, tensors, _data.TrainingShares, cancellationToken);
        return double.IsFinite(metrics.Loss)
            ? metrics
            : throw new CommandException(ExitCode.Numerics, $"the cross-entropy on the {split.ToString().ToLowerInvariant()} set is {metrics.Loss} after epoch {Epoch}: the weights have diverged. A smaller optimizer.learningRate may help.");
    }

    private EpochSums RunEpoch(CancellationToken cancellationToken)
    {
        // Dropout draws from libtorch's own generator: seeded per epoch, it is where a resumed run needs it.
        manual_seed(_seed.Derive("torch", Epoch));
        _module.train();
        SplitTensors train = _splits[Split.Train];
        int[] order = _sampler.SampleEpoch(Epoch);
        if (_config.BatchSize is null)
        {
            // One batch has no order; sorted, the set itself serves without a copy.
            Array.Sort(order);
        }

        int batchSize = _config.BatchSize ?? order.Length;
        double loss = 0;
        double penalty = 0;
        bool[] correct = new bool[order.Length];
        for (int start = 0; start < order.Length; start += batchSize)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int count = Math.Min(batchSize, order.Length - start);
            using DisposeScope scope = NewDisposeScope();
            Batch batch = train.Take(order.AsSpan(start, count), Step);
            (double stepLoss, double stepPenalty) = RunStep(batch, correct.AsSpan(start, count));
            loss += stepLoss * count;
            penalty += stepPenalty * count;
            Step++;
        }

        return new(loss / order.Length, penalty / order.Length, [.. order.Select(i => train.Groups[i])], correct);
    }

    private (double Loss, double Penalty) RunStep(Batch batch, Span<bool> correct)
    {
        _optimizer.zero_grad();
        Tensor logits = _module.forward(batch.Inputs);
        ObjectiveValue value = _objective.Evaluate(logits, batch);
        double loss = value.Loss.item<float>();
        double penalty = value.Penalty?.item<float>() ?? 0;
        if (!double.IsFinite(loss) || !double.IsFinite(penalty))
        {
            throw new CommandException(ExitCode.Numerics, $"the loss is {loss} and the penalty {penalty} at step {Step} (epoch {Epoch + 1}): training has diverged. A smaller optimizer.learningRate may help.");
        }

        value.Total.backward();
        _optimizer.step();
        SplitEvaluation.ReadCorrect(logits, batch.Labels, correct);
        return (loss, penalty);
    }

    private readonly record struct EpochSums(double Loss, double Penalty, int[] Groups, bool[] Correct);
}
