using System.Diagnostics;
using GradientDynamics.CommandLine;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Networks;
using GradientDynamics.Train.Datasets;
using GradientDynamics.Train.Execution;
using GradientDynamics.Train.FineTuning;
using GradientDynamics.Train.Objectives;
using GradientDynamics.Train.Procedures;
using GradientDynamics.Train.Sampling;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Training;

/// <summary>Takes a procedure from evaluation to evaluation.</summary>
internal sealed class TrainingLoop : IDisposable
{
    /// <summary>Purpose of the random stream of the model's initial weights.</summary>
    public const string InitializationPurpose = "initialization";

    private readonly RunConfig _config;
    private readonly TrainingData _data;
    private readonly ProcedureContext _context;
    private readonly Dictionary<Split, SplitTensors> _splits;
    private readonly IProcedure _procedure;
    private readonly ModelSelection _selection;

    /// <summary>A run at its beginning, or where a checkpoint left it.</summary>
    /// <param name="config">What to run.</param>
    /// <param name="data">On what.</param>
    /// <param name="threads">Threads of libtorch.</param>
    /// <param name="checkpoint">Where to begin; null is the beginning.</param>
    /// <param name="device">Where to compute; null is the CPU.</param>
    /// <param name="say">Takes lines for the user; null drops them.</param>
    /// <exception cref="CommandException">Configuration and data do not fit together.</exception>
    /// <exception cref="InvalidModelException">The network does not fit the input, or the checkpoint the network.</exception>
    public TrainingLoop(RunConfig config, TrainingData data, int threads, Checkpoint? checkpoint, Device? device = null, Action<string>? say = null)
    {
        Say = say ?? (_ => { });
        TorchThreads.Use(threads);
        _config = config;
        _data = data;
        _selection = new(config.Selection);
        if (config.Adversary is not null && data.Description.Bounds is null)
        {
            throw new CommandException(ExitCode.Configuration, $"adversary: it moves inputs that are numbers, and those of {data.Description.Name} are tokens; accepted is no adversary.");
        }

        OnnxGraph network = CreateNetwork(config, data.Description, say: say);
        _splits = data.Splits.ToDictionary(pair => pair.Key, pair => new SplitTensors(pair.Value, device ?? CPU));
        _context = new(config, data, network, _splits, device ?? CPU, line => Say(line));
        _procedure = config.Procedure.Create(_context);
        if (checkpoint is not null)
        {
            _procedure.Load(checkpoint);
            _selection.Restore(checkpoint.BestEpoch, checkpoint.BestScore, checkpoint.EvaluationsWithoutImprovement);
            Epoch = checkpoint.Epoch;
            Step = checkpoint.Step;
        }
    }

    /// <summary>Takes lines for the user.</summary>
    public Action<string> Say { get; set; }

    /// <summary>The network as the run began.</summary>
    public OnnxGraph Network => _context.Network;

    /// <summary>Epochs done.</summary>
    public int Epoch { get; private set; }

    /// <summary>Steps done.</summary>
    public long Step { get; private set; }

    /// <summary>Number of trained parameters.</summary>
    public long ParameterCount => _procedure.Learner.ParameterCount;

    /// <summary>Whether the last epoch is done, or early stopping says so.</summary>
    public bool IsFinished => Epoch >= _config.Epochs || HasStoppedEarly;

    /// <summary>Whether early stopping ended the run.</summary>
    public bool HasStoppedEarly => _config.EarlyStopping is { } stopping && _selection.EvaluationsWithoutImprovement >= stopping.Patience;

    /// <summary>What objective and procedure remember, by name.</summary>
    public Dictionary<string, double> State => _procedure.Learner.Objective.State.Concat(_procedure.Figures).ToDictionary(StringComparer.Ordinal);

    /// <summary>The network with the weights with which every run of this configuration begins.</summary>
    public static OnnxGraph CreateNetwork(RunConfig config, DatasetDescription data, string purpose = InitializationPurpose, Action<string>? say = null)
    {
        if (config.SingleLogit && data.Classes.Count != 2)
        {
            throw new CommandException(ExitCode.Configuration, $"singleLogit: the dataset has {data.Classes.Count} classes; accepted with it are two.");
        }

        OnnxGraph network = Draw(config, data, purpose, say);
        NetworkInputs.RequireFit(network, data, say);
        bool headFromScratch = config.Network.HeadFromScratch || config.Network is OnnxNetworkOptions { ReplaceHead: not null };
        return config.Network.Weights is { } weights ? WeightsFile.Load(network, weights, headFromScratch) : network;
    }

    // A network that does not fit the dataset is a wrong configuration; a file of a given network may be wrong itself.
    private static OnnxGraph Draw(RunConfig config, DatasetDescription data, string purpose, Action<string>? say)
    {
        try
        {
            return config.Network.Create(new InputSpec(data.Inputs[0].Shape, data.Inputs[0].Element), config.SingleLogit ? 1 : data.Classes.Count, new RunSeed(config.Seed).Stream(purpose), say);
        }
        catch (UnfitSettingException error)
        {
            throw new CommandException(ExitCode.Configuration, $"network.{error.Setting}: {error.Message}", error);
        }
        catch (InvalidModelException error) when (config.Network is LayeredNetworkOptions or BertOptions)
        {
            throw new CommandException(ExitCode.Configuration, $"network: {ConfigurationKind.Of(config.Network)} does not fit the dataset {data.Name}: {error.Message}", error);
        }
    }

    /// <summary>Trains to the next evaluation and evaluates. The checkpoint is of that moment; the metrics say how good it is, and whether it is the best so far.</summary>
    /// <exception cref="CommandException">The numbers failed.</exception>
    /// <exception cref="OperationCanceledException">The run was interrupted; the loop is of no further use.</exception>
    public (EpochMetrics Metrics, Checkpoint Checkpoint, bool IsBest) RunToNextEvaluation(CancellationToken cancellationToken)
    {
        Stopwatch watch = Stopwatch.StartNew();
        EpochResult result;
        do
        {
            result = _procedure.RunEpoch(Epoch, Step, cancellationToken);
            Epoch++;
            Step += result.Steps;
        }
        while (Epoch % _config.EvaluateEvery != 0 && Epoch < _config.Epochs);

        (SplitMetrics? validation, SplitMetrics? test) = EvaluateWithAverages(cancellationToken);
        if (validation is not null)
        {
            _procedure.Learner.Objective.ObserveValidation(validation.Loss, Step);
        }

        EpochMetrics metrics = new(Epoch, Step, result.Loss, result.Penalty, Measure(_data.Train, result.Predictions, result.Examples), validation, test, State, watch.Elapsed.TotalSeconds);
        bool isBest = _selection.Observe(metrics);
        return (metrics, Save(metrics), isBest);
    }

    /// <summary>What the procedure does with the selected network after the last epoch, and the figures of what comes of it; null where it does nothing.</summary>
    public (LastLayerFit Fit, Dictionary<string, double> Metrics)? Finish(Checkpoint selected, CancellationToken cancellationToken)
    {
        if (_config.Procedure.Finish(_context, selected, cancellationToken) is not { } fit)
        {
            return null;
        }

        using GraphModule module = new(Network.WithInitializers(fit.Weights));
        TorchDevice.Move(module, _context.Device);
        Split[] splits = [.. ((Split[])[Split.Validation, Split.Test]).Where(_splits.ContainsKey)];
        return (fit, MetricNames.Summary(splits.Select(split => (split, Evaluate(module, split, cancellationToken)!))));
    }

    /// <summary>Figures of a network on other forms of the test set, by name.</summary>
    public Dictionary<string, double> Evaluate(IReadOnlyList<TestEnvironment> environments, IReadOnlyDictionary<string, ConstantTensor> weights, CancellationToken cancellationToken)
    {
        if (environments.Count == 0)
        {
            return [];
        }

        using GraphModule module = new(Network.WithInitializers(weights));
        TorchDevice.Move(module, _context.Device);
        List<(string Name, SplitMetrics Metrics)> figures = [];
        foreach (TestEnvironment environment in environments)
        {
            using SplitTensors tensors = new(environment.Data, _context.Device);
            figures.Add(($"{MetricNames.EnvironmentPrefix}{environment.Name}", Measure(environment.Data, SplitEvaluation.Predict(module, tensors, _context.LogitCount, cancellationToken), null)));
        }

        return MetricNames.Summary(figures);
    }

    public void Dispose()
    {
        foreach (SplitTensors split in _splits.Values)
        {
            split.Dispose();
        }

        _procedure.Dispose();
    }

    private Checkpoint Save(EpochMetrics metrics)
    {
        Dictionary<string, ConstantTensor> weights = _procedure.Learner.Weights();
        Checkpoint checkpoint = new()
        {
            Epoch = Epoch,
            Step = Step,
            Metrics = MetricNames.Summary(metrics),
            Weights = weights,
            Optimizer = _procedure.Learner.Updater.Save(),
            Objective = _procedure.Learner.Objective.State,
            Procedure = _procedure.Save(),
            BestEpoch = _selection.BestEpoch,
            BestScore = _selection.BestScore,
            EvaluationsWithoutImprovement = _selection.EvaluationsWithoutImprovement,
        };
        // A dataset without validation and test would notice only in the next step, and the last good checkpoint would be gone.
        return weights.Where(pair => pair.Value.Element == ElementType.Float).FirstOrDefault(pair => !AllFinite(pair.Value)).Key is { } broken
            ? throw Diverged($"the weight '{broken}' is not finite")
            : checkpoint;
    }

    private static bool AllFinite(ConstantTensor tensor)
    {
        foreach (float value in tensor.AsSpan<float>())
        {
            if (!float.IsFinite(value))
            {
                return false;
            }
        }

        return true;
    }

    private (SplitMetrics? Validation, SplitMetrics? Test) EvaluateWithAverages(CancellationToken cancellationToken)
    {
        using IDisposable averages = _procedure.Learner.Updater.UseAverages();
        return (Evaluate(_procedure.Learner.Module, Split.Validation, cancellationToken), Evaluate(_procedure.Learner.Module, Split.Test, cancellationToken));
    }

    private SplitMetrics? Evaluate(GraphModule module, Split split, CancellationToken cancellationToken)
    {
        if (!_splits.TryGetValue(split, out SplitTensors? tensors))
        {
            return null;
        }

        Predictions predictions = SplitEvaluation.Predict(module, tensors, _context.LogitCount, cancellationToken);
        SplitMetrics metrics = Measure(tensors.Data, predictions, null);
        if (!double.IsFinite(metrics.Loss))
        {
            throw Diverged($"the loss on the {ConfigurationKind.Name(split)} set is {metrics.Loss}");
        }

        return split == Split.Validation && _config.Adversary is { } adversary
            ? metrics with { AdversarialAccuracy = AdversarialEvaluation.Accuracy(module, tensors, _context.LogitCount, adversary, cancellationToken) }
            : metrics;
    }

    // Predictions are of the given examples, or of all in order.
    private SplitMetrics Measure(GroupedDataset data, Predictions predictions, int[]? examples)
    {
        int[] groups = data.Groups();
        examples ??= [.. Enumerable.Range(0, data.Count)];
        int[] ownGroups = [.. examples.Select(example => groups[example])];
        IReadOnlyList<double> shares = _data.TrainingSharesFor(data.Description);
        return _config.Objective is RegressionOptions
            ? SplitMetrics.OfRegression(data, predictions, examples, ownGroups, shares)
            : SplitMetrics.Of(data.Description, predictions, [.. examples.Select(example => data.Labels[example])], ownGroups, shares);
    }

    private CommandException Diverged(string what) => new(ExitCode.Numerics, $"{what} after epoch {Epoch}: training has diverged. A smaller optimizer.learningRate may help.");
}
