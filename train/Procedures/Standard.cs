using System.Collections.ObjectModel;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Train.Sampling;
using GradientDynamics.Train.Training;

namespace GradientDynamics.Train.Procedures;

/// <summary>One network, trained with the objective on the sampler's examples from the first epoch to the last.</summary>
public sealed record StandardOptions : ProcedureOptions
{
    internal override IProcedure Create(ProcedureContext context) => new StandardProcedure(context);
}

internal sealed class StandardProcedure : IProcedure
{
    private readonly ISampler _sampler;
    private readonly EpochRunner _runner;

    public StandardProcedure(ProcedureContext context)
    {
        _sampler = context.CreateSampler();
        _runner = context.CreateRunner(context.Config.Optimizer);
        Learner = context.CreateLearner(context.Network, context.Config.Optimizer, _runner.LengthOf(_sampler, context.Config.Epochs));
    }

    public Learner Learner { get; }

    public IReadOnlyDictionary<string, double> Figures => ReadOnlyDictionary<string, double>.Empty;

    public EpochResult RunEpoch(int epoch, long step, CancellationToken cancellationToken)
    {
        Learner.Module.train();
        return _runner.Run(_sampler.SampleEpoch(epoch), new(epoch, epoch, step), Learner.Learn, cancellationToken);
    }

    public Dictionary<string, ConstantTensor> Save() => [];

    public void Load(Checkpoint checkpoint) => Learner.Load(checkpoint.Weights, checkpoint.Optimizer, checkpoint.Objective);

    public void Dispose() => Learner.Dispose();
}
