using GradientDynamics.Onnx.Graph;
using GradientDynamics.Train.Objectives;
using GradientDynamics.Train.Optimizers;
using GradientDynamics.Train.Sampling;
using GradientDynamics.Train.Training;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Procedures;

/// <summary>
/// Just Train Twice: a first network is trained for a few epochs; then a fresh one, with a fresh optimizer, on the training set in which each example that the first got wrong stands several times.
/// The model may come from either stage: selection compares all epochs.
/// </summary>
/// <remarks>
/// Liu et al., "Just Train Twice", 2021, https://arxiv.org/abs/2107.09044. The second stage draws the random streams of a run of its own: with factor 1 it is a standard run of its epochs. The
/// pass that finds the errors is no epoch of its own; in the code of Idrissi et al., 2022, it counts as one.
/// </remarks>
public sealed record JustTrainTwiceOptions : ProcedureOptions
{
    /// <summary>Epochs of the first stage, among the run's epochs.</summary>
    public required int FirstStageEpochs
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, nameof(FirstStageEpochs));
            field = value;
        }
    }

    /// <summary>How often an example that the first stage got wrong stands in the second stage's training set; 1 changes nothing.</summary>
    public required int Factor
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, nameof(Factor));
            field = value;
        }
    }

    /// <summary>
    /// Whether the errors are those of the network in training mode (batch statistics, dropout) instead of evaluation mode. Default true, as in the code of Idrissi et al., 2022.
    /// </summary>
    public bool ErrorsInTrainingMode { get; init; } = true;

    /// <summary>Optimizer of the second stage; null is that of the run. Default null; the code of Idrissi et al. has AdamW here for text.</summary>
    public OptimizerOptions? SecondStageOptimizer { get; init; }

    internal override void RequireFit(RunConfig config)
    {
        if (FirstStageEpochs >= config.Epochs)
        {
            throw new ArgumentException($"procedure jtt has {FirstStageEpochs} firstStageEpochs, and the run {config.Epochs} epochs; accepted are fewer than the run's.");
        }

        if (config.Sampler is not ShuffleOptions)
        {
            throw new ArgumentException($"procedure jtt weights examples by itself; sampler {ConfigurationKind.Of(config.Sampler)} would do so too. Accepted is the sampler shuffle.");
        }

        if (!config.Objective.IsMeanOverExamples)
        {
            throw new ArgumentException($"procedure jtt needs an objective that is a mean over examples, whose weights it changes; objective {ConfigurationKind.Of(config.Objective)} compares the examples of a batch. Accepted is erm, for example.");
        }

        if (config.Objective is RegressionOptions)
        {
            throw new ArgumentException("procedure jtt needs predictions that are right or wrong, and objective regression has none. Accepted is erm, for example.");
        }
    }

    internal override IProcedure Create(ProcedureContext context) => new JustTrainTwiceProcedure(this, context);
}

internal sealed class JustTrainTwiceProcedure : IProcedure
{
    private const string ErrorsName = "errors";

    private readonly JustTrainTwiceOptions _options;
    private readonly ProcedureContext _context;
    private readonly EpochRunner _firstRunner;
    private readonly ISampler _firstSampler;
    private readonly long _firstStageSteps;
    private int[]? _errors;
    private EpochRunner? _secondRunner;
    private ShuffledSubset? _secondSampler;

    public JustTrainTwiceProcedure(JustTrainTwiceOptions options, ProcedureContext context)
    {
        _options = options;
        _context = context;
        _firstSampler = context.CreateSampler();
        _firstRunner = context.CreateRunner(context.Config.Optimizer);
        RunLength length = _firstRunner.LengthOf(_firstSampler, options.FirstStageEpochs);
        _firstStageSteps = length.Steps;
        Learner = context.CreateLearner(context.Network, context.Config.Optimizer, length);
    }

    public Learner Learner { get; private set; }

    public IReadOnlyDictionary<string, double> Figures
    {
        get
        {
            Dictionary<string, double> figures = new(StringComparer.Ordinal);
            if (_errors is not null)
            {
                figures["errorSet"] = _errors.Length;
                foreach ((int group, int count) in _errors.CountBy(example => _context.Train.Groups[example]).OrderBy(pair => pair.Key))
                {
                    figures[$"errorSet/{_context.Data.Description.GroupName(group)}"] = count;
                }
            }

            return figures;
        }
    }

    public EpochResult RunEpoch(int epoch, long step, CancellationToken cancellationToken)
    {
        if (epoch < _options.FirstStageEpochs)
        {
            Learner.Module.train();
            return _firstRunner.Run(_firstSampler.SampleEpoch(epoch), new(epoch, epoch, step), Learner.Learn, cancellationToken);
        }

        if (_errors is null)
        {
            int[] errors = FindErrors(cancellationToken);
            BeginSecondStage(errors);
            _context.Say($"Just Train Twice: {errors.Length} of {_context.Data.Train.Count} training examples are wrong after {epoch} epochs and stand {_options.Factor} times from now on.");
        }

        int stageEpoch = epoch - _options.FirstStageEpochs;
        Learner.Module.train();
        return _secondRunner!.Run(_secondSampler!.SampleEpoch(stageEpoch), new(epoch, stageEpoch, step - _firstStageSteps), Learner.Learn, cancellationToken);
    }

    public Dictionary<string, ConstantTensor> Save() => _errors is null ? [] : new() { [ErrorsName] = ConstantTensor.Vector([.. _errors.Select(example => (long)example)]) };

    public void Load(Checkpoint checkpoint)
    {
        if (checkpoint.Procedure.TryGetValue(ErrorsName, out ConstantTensor? errors))
        {
            BeginSecondStage([.. errors.AsSpan<long>().ToArray().Select(example => checked((int)example))]);
        }

        Learner.Load(checkpoint.Weights, checkpoint.Optimizer, checkpoint.Objective);
    }

    public void Dispose() => Learner.Dispose();

    private void BeginSecondStage(int[] errors)
    {
        OptimizerOptions optimizer = _options.SecondStageOptimizer ?? _context.Config.Optimizer;
        int[] examples = [.. Enumerable.Range(0, _context.Data.Train.Count), .. Enumerable.Repeat(errors, _options.Factor - 1).SelectMany(repeated => repeated)];
        _errors = errors;
        _secondSampler = new ShuffledSubset(examples, _context.Seed);
        _secondRunner = _context.CreateRunner(optimizer);
        Learner.Dispose();
        Learner = _context.CreateLearner(_context.Network, optimizer, new(_secondRunner.StepsFor(examples.Length), _context.Config.Epochs - _options.FirstStageEpochs));
    }

    private int[] FindErrors(CancellationToken cancellationToken)
    {
        Learner.Module.train(_options.ErrorsInTrainingMode);
        using IDisposable averages = Learner.Updater.UseAverages();
        using IDisposable noGradients = no_grad();
        int[] order = _firstSampler.SampleEpoch(_options.FirstStageEpochs);
        EpochResult pass = _firstRunner.Run(order, new(_options.FirstStageEpochs, _options.FirstStageEpochs, _firstStageSteps), (batch, _) => new(0, 0, batch.Forward(Learner.Module)), cancellationToken);
        bool[] correct = pass.Predictions.Correct([.. pass.Examples.Select(example => _context.Data.Train.Labels[example])]);
        return [.. pass.Examples.Where((_, place) => !correct[place]).Order()];
    }
}
