using GradientDynamics.Onnx.Graph;
using GradientDynamics.Train.Datasets;
using GradientDynamics.Train.FineTuning;
using GradientDynamics.Train.Objectives;
using GradientDynamics.Train.Optimizers;
using GradientDynamics.Train.Sampling;
using GradientDynamics.Train.Training;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Procedures;

/// <summary>What a procedure works with.</summary>
/// <param name="Config">The run.</param>
/// <param name="Data">Its data in memory.</param>
/// <param name="Network">The network as the run begins.</param>
/// <param name="Splits">Its data as tensors.</param>
/// <param name="Device">Where it computes.</param>
/// <param name="Say">Takes lines for the user.</param>
internal sealed record ProcedureContext(RunConfig Config, TrainingData Data, OnnxGraph Network, IReadOnlyDictionary<Split, SplitTensors> Splits, Device Device, Action<string> Say)
{
    /// <summary>Seed of the run.</summary>
    public RunSeed Seed { get; } = new(Config.Seed);

    /// <summary>Training examples as tensors.</summary>
    public SplitTensors Train => Splits[Split.Train];

    /// <summary>Logits of the network.</summary>
    public int LogitCount => Config.SingleLogit ? 1 : Data.Description.Classes.Count;

    /// <summary>The configured sampler over the training set.</summary>
    public ISampler CreateSampler() => Config.Sampler.Create(Data.Train.Labels, Data.Train.Groups(), Seed);

    /// <summary>The configured objective in its first state.</summary>
    public IObjective CreateObjective() => Config.Objective.Create(new(
        Data.Description.Name, LogitCount, Data.Description.Classes.Count, Data.Description.Attributes.Count, !Data.Train.Environments.IsEmpty, !Data.Train.Targets.IsEmpty));

    /// <summary>Parameters that training leaves as they are.</summary>
    public IReadOnlySet<string> Frozen { get; } =
        NamePatterns.Choose(Config.Network.Freeze, [.. Network.Initializers.Where(pair => pair.Value.Element.IsFloatingPoint).Select(pair => pair.Key)], "network.freeze");

    /// <summary>A network with its objective and optimizer.</summary>
    public Learner CreateLearner(OnnxGraph network, OptimizerOptions optimizer, RunLength length) => new(network, Frozen, CreateObjective(), optimizer, length, Device);

    /// <summary>Passes over training examples.</summary>
    public EpochRunner CreateRunner(OptimizerOptions optimizer) => new(Config, optimizer, Train, Seed, LogitCount);
}
