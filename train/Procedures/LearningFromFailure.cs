using GradientDynamics.Onnx.Graph;
using GradientDynamics.Train.Objectives;
using GradientDynamics.Train.Sampling;
using GradientDynamics.Train.Training;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Procedures;

/// <summary>
/// Learning from Failure: a biased network is trained with the generalised cross-entropy (1 − p^q)/q, which favours what is learned easily; beside it the model, with the cross-entropy of each
/// example weighted by its relative difficulty, b/(b + d), where b and d are its losses under the biased network and the model.
/// </summary>
/// <remarks>
/// Nam et al., "Learning from Failure: Training Debiased Classifier from Biased Classifier", 2020, https://arxiv.org/abs/2007.02561. As in the paper's experiments, b and d are moving averages
/// over an example's visits, divided by the largest of the example's class; the paper's algorithm without either is lossDecay 0 and normalizePerClass false.
/// </remarks>
public sealed record LearningFromFailureOptions : ProcedureOptions
{
    /// <summary>Exponent q of the generalised cross-entropy. Default 0.7, the paper's.</summary>
    public double Amplification
    {
        get;
        init
        {
            NumberGuards.ThrowIfNotPositive(value, nameof(Amplification));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 1, nameof(Amplification));
            field = value;
        }
    } = 0.7;

    /// <summary>Decay of the moving averages of each example's losses; 0 takes the last loss. Default 0.7, the paper's.</summary>
    public double LossDecay
    {
        get;
        init
        {
            NumberGuards.ThrowIfNegativeOrNotFinite(value, nameof(LossDecay));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(value, 1, nameof(LossDecay));
            field = value;
        }
    } = 0.7;

    /// <summary>Whether an example's averages are divided by the largest of its class. Default true, as in the paper's experiments.</summary>
    public bool NormalizePerClass { get; init; } = true;

    internal override void RequireFit(RunConfig config)
    {
        if (config.Objective is not ErmOptions)
        {
            throw new ArgumentException($"procedure lff has losses of its own and cannot descend objective {ConfigurationKind.Of(config.Objective)}; accepted is erm.");
        }
    }

    internal override IProcedure Create(ProcedureContext context) => new LearningFromFailureProcedure(this, context);
}

internal sealed class LearningFromFailureProcedure : IProcedure
{
    private const string BiasedWeight = "biased.weight.";
    private const string BiasedOptimizer = "biased.optimizer.";
    private const string BiasedLosses = "losses.biased";
    private const string ModelLosses = "losses.model";

    private readonly LearningFromFailureOptions _options;
    private readonly ISampler _sampler;
    private readonly EpochRunner _runner;
    private readonly Learner _biased;
    private readonly ExampleLosses _biasedLosses;
    private readonly ExampleLosses _modelLosses;
    private double _biasedLoss;

    public LearningFromFailureProcedure(LearningFromFailureOptions options, ProcedureContext context)
    {
        _options = options;
        _sampler = context.CreateSampler();
        _runner = context.CreateRunner(context.Config.Optimizer);
        Optimizers.RunLength length = _runner.LengthOf(_sampler, context.Config.Epochs);
        Learner = context.CreateLearner(context.Network, context.Config.Optimizer, length);
        _biased = context.CreateLearner(TrainingLoop.CreateNetwork(context.Config, context.Data.Description, "initialization/biased"), context.Config.Optimizer, length);
        int[] labels = context.Data.Train.Labels.ToArray();
        _biasedLosses = new(labels, options);
        _modelLosses = new(labels, options);
    }

    public Learner Learner { get; }

    public IReadOnlyDictionary<string, double> Figures => new Dictionary<string, double> { ["biasedLoss"] = _biasedLoss };

    public EpochResult RunEpoch(int epoch, long step, CancellationToken cancellationToken)
    {
        _biased.Module.train();
        Learner.Module.train();
        double sum = 0;
        EpochResult result = _runner.Run(_sampler.SampleEpoch(epoch), new(epoch, epoch, step), LearnBoth, cancellationToken);
        _biasedLoss = sum / result.Examples.Length;
        return result;

        BatchResult LearnBoth(Batch batch, BatchPlace place)
        {
            Tensor biasedLogits = batch.Forward(_biased.Module);
            Tensor modelLogits = batch.Forward(Learner.Module);
            Tensor biased = ClassificationLoss.PerExample(biasedLogits, batch.Labels);
            Tensor model = ClassificationLoss.PerExample(modelLogits, batch.Labels);
            float[] difficulties = Difficulties(place.Examples.Span, biased, model);
            // p = exp(−CE), so that (1 − p^q)/q is −expm1(−q·CE)/q, exact where p is close to 1.
            Tensor generalized = -(biased * -_options.Amplification).expm1() / _options.Amplification;
            sum += _biased.Descend(generalized.mean(), null, biasedLogits, batch, place).Loss * place.Examples.Length;
            return Learner.Descend((model * tensor(difficulties, model.dtype, model.device)).mean(), null, modelLogits, batch, place);
        }
    }

    public Dictionary<string, ConstantTensor> Save()
    {
        Dictionary<string, ConstantTensor> saved = new(StringComparer.Ordinal)
        {
            [BiasedLosses] = _biasedLosses.Save(),
            [ModelLosses] = _modelLosses.Save(),
        };
        foreach ((string name, ConstantTensor tensor) in _biased.Weights())
        {
            saved[BiasedWeight + name] = tensor;
        }

        foreach ((string name, ConstantTensor tensor) in _biased.Updater.Save())
        {
            saved[BiasedOptimizer + name] = tensor;
        }

        return saved;
    }

    public void Load(Checkpoint checkpoint)
    {
        Learner.Load(checkpoint.Weights, checkpoint.Optimizer, checkpoint.Objective);
        _biased.Load(Checkpoint.WithPrefix(checkpoint.Procedure, BiasedWeight), Checkpoint.WithPrefix(checkpoint.Procedure, BiasedOptimizer), checkpoint.Objective);
        _biasedLosses.Load(checkpoint.Procedure, BiasedLosses);
        _modelLosses.Load(checkpoint.Procedure, ModelLosses);
    }

    public void Dispose()
    {
        _biased.Dispose();
        Learner.Dispose();
    }

    private float[] Difficulties(ReadOnlySpan<int> examples, Tensor biased, Tensor model)
    {
        float[] biasedRelative = _biasedLosses.Observe(examples, Read(biased));
        float[] modelRelative = _modelLosses.Observe(examples, Read(model));
        float[] difficulties = new float[examples.Length];
        for (int i = 0; i < difficulties.Length; i++)
        {
            float sum = biasedRelative[i] + modelRelative[i];
            // Both networks have no loss at all: neither finds the example harder.
            difficulties[i] = sum == 0 ? 0.5f : biasedRelative[i] / sum;
        }

        return difficulties;
    }

    private static float[] Read(Tensor losses)
    {
        using Tensor detached = losses.detach();
        using Tensor onHost = detached.to(ScalarType.Float32, CPU);
        return onHost.data<float>().ToArray();
    }

    /// <summary>The losses of every training example under one network.</summary>
    private sealed class ExampleLosses(int[] labels, LearningFromFailureOptions options)
    {
        private readonly int _classCount = labels.Max() + 1;

        // Losses are not negative: −1 stands for an example that was not visited yet.
        private readonly float[] _averages = [.. Enumerable.Repeat(-1f, labels.Length)];

        /// <summary>Takes new losses of examples into account and returns their averages, relative to the largest of the class where the options say so.</summary>
        public float[] Observe(ReadOnlySpan<int> examples, float[] losses)
        {
            float decay = (float)options.LossDecay;
            for (int i = 0; i < losses.Length; i++)
            {
                ref float average = ref _averages[examples[i]];
                average = average < 0 ? losses[i] : (decay * average) + ((1 - decay) * losses[i]);
            }

            float[] largest = new float[_classCount];
            for (int i = 0; i < _averages.Length && options.NormalizePerClass; i++)
            {
                largest[labels[i]] = Math.Max(largest[labels[i]], _averages[i]);
            }

            float[] relative = new float[losses.Length];
            for (int i = 0; i < relative.Length; i++)
            {
                float divisor = largest[labels[examples[i]]];
                relative[i] = divisor > 0 ? _averages[examples[i]] / divisor : _averages[examples[i]];
            }

            return relative;
        }

        public ConstantTensor Save() => ConstantTensor.Of<float>(_averages, _averages.Length);

        public void Load(IReadOnlyDictionary<string, ConstantTensor> saved, string name)
        {
            if (!saved.TryGetValue(name, out ConstantTensor? tensor) || tensor.ElementCount != _averages.Length)
            {
                throw new InvalidDataException($"the procedure's '{name}' is missing or is not of {_averages.Length} examples");
            }

            tensor.AsSpan<float>().CopyTo(_averages);
        }
    }
}
