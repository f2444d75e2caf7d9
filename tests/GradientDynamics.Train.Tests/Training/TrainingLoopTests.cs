using GradientDynamics.CommandLine;
using GradientDynamics.Train.Execution;
using GradientDynamics.Train.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Tests.Training;

[Collection(TorchGlobalState.Name)]
public sealed class TrainingLoopTests
{
    [Fact]
    public void RunToNextEvaluation_OverAThousandSteps_LeavesNoTensorBehind()
    {
        RunConfig config = ConfigurationFile.Parse<RunConfig>(TinyRun.Json, "tiny", ["epochs=252", "evaluateEvery=2"]);
        using TrainingLoop loop = new(config, TrainingData.Load(config), threads: 1, checkpoint: null);
        for (int i = 0; i < 2; i++)
        {
            loop.RunToNextEvaluation(CancellationToken.None);
        }

        GC.Collect();
        GC.WaitForPendingFinalizers();
        long before = Tensor.TotalCount;
        long firstStep = loop.Step;
        while (!loop.IsFinished)
        {
            loop.RunToNextEvaluation(CancellationToken.None);
        }

        (loop.Step - firstStep).ShouldBe(992);
        Tensor.TotalCount.ShouldBeLessThanOrEqualTo(before);
    }

    // What the loop reports is what a step by hand finds: the mean of the objective over the set, before the step.
    [Fact]
    public void Metrics_OfTheFirstFullBatch_AreThoseOfTheFreshNetwork()
    {
        RunConfig config = ConfigurationFile.Parse<RunConfig>(TinyRun.Json, "tiny", ["batchSize=null"]);
        TrainingData data = TrainingData.Load(config);
        using TrainingLoop loop = new(config, data, threads: 1, checkpoint: null);

        EpochMetrics metrics = loop.RunToNextEvaluation(CancellationToken.None).Metrics;

        using DisposeScope scope = NewDisposeScope();
        using GraphModule fresh = new(TrainingLoop.CreateNetwork(config, data.Description));
        Tensor inputs = tensor(data.Train.Inputs.ToArray()).reshape([data.Train.Count, .. data.Description.InputShape]);
        double[] logits = [.. fresh.forward(inputs).data<float>().ToArray().Select(logit => (double)logit)];
        double loss = Enumerable.Range(0, data.Train.Count).Average(i => Math.Log(1 + Math.Exp(data.Train.Labels[i] == 1 ? -logits[i] : logits[i])));
        double penalty = 0.05 * logits.Average(logit => logit * logit);
        metrics.Loss.ShouldBe(loss, 1e-6); // float32 mean of 192 terms of order one
        metrics.Penalty.ShouldBe(penalty, 1e-7); // the same, of terms of order 0.01
        metrics.Train.AverageAccuracy.ShouldBe(Enumerable.Range(0, data.Train.Count).Average(i => logits[i] > 0 == (data.Train.Labels[i] == 1) ? 1.0 : 0.0));
    }
}
