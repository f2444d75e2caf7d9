using GradientDynamics.CommandLine;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Train.Datasets;
using GradientDynamics.Train.Execution;
using GradientDynamics.Train.Procedures;
using GradientDynamics.Train.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Tests.Procedures;

[Collection(TorchGlobalState.Name)]
public sealed class ProcedureTests
{
    private const string Dropout = """network={"kind":"mlp","hiddenWidths":[8],"dropout":0.3,"batchNormalization":true}""";

    private static readonly TrainingData Data = TinyData.Create();

    // The second stage is a run of its own: with factor 1 it is ERM to the last bit, in its schedule, its shuffling and its dropout.
    [Fact]
    public void JustTrainTwice_WithFactorOne_EndsAsErmOfItsSecondStage()
    {
        string[] changes = [Dropout, """optimizer={"kind":"adam","learningRate":0.01,"schedule":{"kind":"cosine"}}"""];

        byte[] twice = TinyData.Train(TinyData.Config([.. changes, "epochs=5", """procedure={"kind":"jtt","firstStageEpochs":2,"factor":1}"""]), Data);
        byte[] erm = TinyData.Train(TinyData.Config([.. changes, "epochs=3"]), Data);

        twice.ShouldBe(erm);
    }

    [Fact]
    public void JustTrainTwice_InItsSecondStage_RepeatsTheErrorsOfErm()
    {
        using DisposeScope scope = NewDisposeScope();
        RunConfig config = TinyData.Config("epochs=3", """procedure={"kind":"jtt","firstStageEpochs":2,"factor":4,"errorsInTrainingMode":false}""");
        using TrainingLoop first = new(TinyData.Config("epochs=2"), Data, threads: 1, checkpoint: null);
        using GraphModule module = new(TrainingLoop.CreateNetwork(config, Data.Description).WithInitializers(TinyData.RunToEnd(first).Weights));
        using SplitTensors train = new(Data.Train);
        bool[] correct = SplitEvaluation.Predict(module, train, 1, CancellationToken.None).Correct(Data.Train.Labels);
        long[] errors = [.. Enumerable.Range(0, correct.Length).Where(i => !correct[i]).Select(i => (long)i)];
        List<string> said = [];

        using TrainingLoop loop = new(config, Data, threads: 1, checkpoint: null, say: said.Add);
        Checkpoint checkpoint = TinyData.RunToEnd(loop);

        errors.ShouldNotBeEmpty();
        checkpoint.Procedure["errors"].AsSpan<long>().ToArray().ShouldBe(errors);
        loop.State["errorSet"].ShouldBe(errors.Length);
        loop.State.Where(pair => pair.Key.StartsWith("errorSet/", StringComparison.Ordinal)).Sum(pair => pair.Value).ShouldBe(errors.Length);
        said.ShouldHaveSingleItem().ShouldContain($"{errors.Length} of 24 training examples are wrong after 2 epochs");
        // Two epochs of 24 examples, one of 24 + 3 per error, in batches of 12.
        loop.Step.ShouldBe(2 + 2 + (long)Math.Ceiling((24 + (3 * errors.Length)) / 12.0));
    }

    // One step by hand: generalised cross-entropy for the biased network, cross-entropy weighted by b/(b + d) for the model.
    [Fact]
    public void LearningFromFailure_InItsFirstStep_WeightsByRelativeDifficulty()
    {
        using DisposeScope scope = NewDisposeScope();
        RunConfig config = TinyData.Config("network.hiddenWidths=[]", "epochs=1", "batchSize=null", """procedure={"kind":"lff","amplification":0.5,"normalizePerClass":false}""");
        OnnxGraph model = TrainingLoop.CreateNetwork(config, Data.Description);
        OnnxGraph biased = TrainingLoop.CreateNetwork(config, Data.Description, "initialization/biased");
        using TrainingLoop loop = new(config, Data, threads: 1, checkpoint: null);

        Checkpoint checkpoint = TinyData.RunToEnd(loop);

        double[] biasedLosses = Losses(biased);
        double[] modelLosses = Losses(model);
        double[] weights = [.. biasedLosses.Zip(modelLosses).Select(pair => pair.First / (pair.First + pair.Second))];
        // d/df of the loss is (p − y), of the generalised one p_y^q (p − y), where p_y = exp(−loss).
        Step(checkpoint.Weights, model, [.. weights]);
        Step(Checkpoint.WithPrefix(checkpoint.Procedure, "biased.weight."), biased, [.. biasedLosses.Select(loss => Math.Exp(-0.5 * loss))]);
        checkpoint.Procedure["losses.model"].AsSpan<float>().ToArray().ShouldBe(modelLosses.Select(loss => (float)loss).ToArray(), 1e-5f); // float32 sums over 128 inputs

        double[] Losses(OnnxGraph network) => [.. Logits(network).Select((logit, i) => Math.Log(1 + Math.Exp(Data.Train.Labels[i] == 1 ? -logit : logit)))];

        double[] Logits(OnnxGraph network)
        {
            float[] weight = network.Initializers["logits.weight"].AsSpan<float>().ToArray();
            float bias = network.Initializers["logits.bias"].AsSpan<float>()[0];
            return [.. Enumerable.Range(0, Data.Train.Count).Select(i => bias + Data.Train.Input(i).ToArray().Zip(weight).Sum(pair => (double)pair.First * pair.Second))];
        }

        void Step(IReadOnlyDictionary<string, ConstantTensor> after, OnnxGraph before, double[] factors)
        {
            double[] logits = Logits(before);
            double[] expected = [.. before.Initializers["logits.weight"].AsSpan<float>().ToArray().Select(value => (double)value)];
            for (int i = 0; i < logits.Length; i++)
            {
                double slope = factors[i] * ((1 / (1 + Math.Exp(-logits[i]))) - Data.Train.Labels[i]) / logits.Length;
                for (int j = 0; j < expected.Length; j++)
                {
                    expected[j] -= 0.05 * slope * Data.Train.Input(i)[j];
                }
            }

            after["logits.weight"].AsSpan<float>().ToArray().ShouldBe(expected.Select(value => (float)value).ToArray(), 1e-6f); // weights below 0.1 in float32
        }
    }

    [Fact]
    public void LearningFromFailure_Always_BeginsWithTheModelOfAStandardRun()
    {
        using TrainingLoop standard = new(TinyData.Config(), Data, threads: 1, checkpoint: null);
        using TrainingLoop lff = new(TinyData.Config("""procedure={"kind":"lff"}"""), Data, threads: 1, checkpoint: null);

        // Before the first step both classify their first batch alike; one epoch of one step says so.
        standard.ParameterCount.ShouldBe(lff.ParameterCount);
        TrainingLoop.CreateNetwork(TinyData.Config("""procedure={"kind":"lff"}"""), Data.Description).Initializers["hidden0.weight"].Bytes.ToArray()
            .ShouldNotBe(TrainingLoop.CreateNetwork(TinyData.Config(), Data.Description, "initialization/biased").Initializers["hidden0.weight"].Bytes.ToArray());
    }

    [Fact]
    public void DeepFeatureReweighting_Always_ChangesTheLastLayerOnly()
    {
        RunConfig config = TinyData.Config("""procedure={"kind":"deep-feature-reweighting","draws":3}""");
        using TrainingLoop loop = new(config, Data, threads: 1, checkpoint: null);
        Checkpoint trained = TinyData.RunToEnd(loop);

        (LastLayerFit fit, Dictionary<string, double> metrics) = loop.Finish(trained, CancellationToken.None)!.Value;
        LastLayerFit again = loop.Finish(trained, CancellationToken.None)!.Value.Fit;

        fit.Weights["hidden0.weight"].ShouldBeSameAs(trained.ModelWeights["hidden0.weight"]);
        fit.Weights["logits.weight"].Bytes.ToArray().ShouldNotBe(trained.Weights["logits.weight"].Bytes.ToArray());
        again.Weights["logits.weight"].Bytes.ToArray().ShouldBe(fit.Weights["logits.weight"].Bytes.ToArray());
        fit.Result.ExamplesPerGroup.ShouldBe((int)Data.Splits[Split.Validation].GroupCounts().Min());
        fit.Result.HeldOutWorstGroupAccuracy.ShouldNotBeNull();
        metrics.Keys.ShouldContain("validation/worst_group_accuracy");
        metrics.Keys.ShouldNotContain("train/loss");
    }

    [Fact]
    public void DeepFeatureReweighting_WithAnEmptyValidationGroup_NamesItBeforeTraining()
    {
        GroupedDataset validation = Data.Splits[Split.Validation];
        GroupedDataset one = new(Data.Description, Split.Validation, validation.Inputs[..(int)Data.Description.InputSize].ToArray(), [0], [0]);
        TrainingData lacking = TrainingData.Of(new Dictionary<Split, GroupedDataset> { [Split.Train] = Data.Train, [Split.Validation] = one });

        CommandException error = Should.Throw<CommandException>(() => new TrainingLoop(TinyData.Config("""procedure={"kind":"deep-feature-reweighting"}"""), lacking, threads: 1, checkpoint: null));

        error.Message.ShouldContain("'class 0, right'");
    }

    // The subgradient conditions of the minimum of C·Σ CE + ‖W‖₁, which no part of the solver computes.
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void SparseLogisticRegression_AtItsEnd_MeetsTheOptimalityConditions(int logitCount)
    {
        using DisposeScope scope = NewDisposeScope();
        const double C = 0.3;
        Generator generator = new(5);
        Tensor features = randn([60, 7], float64, generator: generator);
        Tensor labels = logitCount == 1
            ? (features.select(1, 0) + (0.8 * randn([60], float64, generator: generator))).gt(0).to(ScalarType.Int64)
            : (features.narrow(1, 0, 3) + (0.8 * randn([60, 3], float64, generator: generator))).argmax(1);

        (Tensor weight, Tensor bias) = SparseLogisticRegression.Fit(features, labels, logitCount, C);

        Tensor logits = features.mm(weight.t()) + bias;
        Tensor residuals = logitCount == 1
            ? logits.sigmoid() - labels.unsqueeze(1).to(float64)
            : nn.functional.softmax(logits, 1) - nn.functional.one_hot(labels, 3).to(float64);
        double[] slopes = (C * residuals.t().mm(features)).flatten().data<double>().ToArray();
        double[] weights = weight.flatten().data<double>().ToArray();
        const double Tolerance = 1e-4; // a last step of 1e-7 times a curvature of at most 0.3·60·(largest eigenvalue of 7 features)
        residuals.sum([0]).abs().max().item<double>().ShouldBeLessThan(Tolerance);
        weights.Count(value => value == 0).ShouldBeInRange(1, weights.Length - 1);
        for (int i = 0; i < weights.Length; i++)
        {
            if (weights[i] == 0)
            {
                Math.Abs(slopes[i]).ShouldBeLessThanOrEqualTo(1 + Tolerance);
            }
            else
            {
                slopes[i].ShouldBe(-Math.Sign(weights[i]), Tolerance);
            }
        }
    }

    [Fact]
    public void Defaults_AreDocumentedAndPassTheirOwnGuards()
    {
        TinyData.Config().Procedure.ShouldBe(new StandardOptions());
        JustTrainTwiceOptions jtt = new() { FirstStageEpochs = 1, Factor = 2 };
        LearningFromFailureOptions lff = new();
        DeepFeatureReweightingOptions features = new();

        (jtt.ErrorsInTrainingMode, jtt.SecondStageOptimizer).ShouldBe((true, null));
        (lff.Amplification, lff.LossDecay, lff.NormalizePerClass).ShouldBe((0.7, 0.7, true));
        features.InverseStrengths.ShouldBe([1, 0.7, 0.3, 0.1, 0.07, 0.03, 0.01]);
        features.Draws.ShouldBe(10);
        (lff with { Amplification = lff.Amplification, LossDecay = lff.LossDecay }).ShouldBe(lff);
        (features with { InverseStrengths = features.InverseStrengths, Draws = features.Draws }).ShouldBe(features);
    }

    [Theory]
    [InlineData("""procedure={"kind":"jtt","firstStageEpochs":2,"factor":3}""", "firstStageEpochs")]
    [InlineData("""procedure={"kind":"jtt","firstStageEpochs":0,"factor":3}""", "procedure.firstStageEpochs")]
    [InlineData("""procedure={"kind":"jtt","firstStageEpochs":1,"factor":0}""", "procedure.factor")]
    [InlineData("""procedure={"kind":"lff","amplification":0}""", "procedure.amplification")]
    [InlineData("""procedure={"kind":"lff","lossDecay":1}""", "procedure.lossDecay")]
    [InlineData("""procedure={"kind":"deep-feature-reweighting","draws":0}""", "procedure.draws")]
    [InlineData("""procedure={"kind":"deep-feature-reweighting","inverseStrengths":[]}""", "procedure.inverseStrengths")]
    [InlineData("""procedure={"kind":"groupdro"}""", "procedure.kind")]
    public void Config_WithAWrongKeyOrValue_NamesItsPath(string change, string path)
    {
        CommandException error = Should.Throw<CommandException>(() => TinyData.Config(change));

        error.ExitCode.ShouldBe(ExitCode.Configuration);
        error.Message.ShouldContain(path);
    }

    // Two batches whose gradients are summed up are one batch of their size, for the mean of examples.
    [Fact]
    public void AccumulatedBatches_OfHalfTheSize_AreOneBatch()
    {
        float[] whole = Weights("batchSize=12", """optimizer={"kind":"sgd","learningRate":0.05,"momentum":0.9}""");
        float[] halves = Weights("batchSize=6", """optimizer={"kind":"sgd","learningRate":0.05,"momentum":0.9,"accumulatedBatches":2}""");
        float[] uneven = Weights("batchSize=5", """optimizer={"kind":"sgd","learningRate":0.05,"momentum":0.9,"accumulatedBatches":5}""");
        float[] full = Weights("batchSize=null", """optimizer={"kind":"sgd","learningRate":0.05,"momentum":0.9}""");

        halves.ShouldBe(whole, 1e-6f); // sums of gradients below one in float32, in another order
        uneven.ShouldBe(full, 1e-6f); // 24 examples are four batches of 5 and one of 4, weighted by their sizes

        static float[] Weights(params string[] changes)
        {
            using TrainingLoop loop = new(TinyData.Config(changes), Data, threads: 1, checkpoint: null);
            return [.. TinyData.RunToEnd(loop).Weights.OrderBy(pair => pair.Key, StringComparer.Ordinal).SelectMany(pair => pair.Value.AsSpan<float>().ToArray())];
        }
    }

    // IRM's weight penalty is weight decay: c·|w|² has the gradient 2c·w.
    [Fact]
    public void WeightPenalty_Always_IsWeightDecayOfTwice()
    {
        byte[] decay = TinyData.Train(TinyData.Config("objective={\"kind\":\"v-rex\",\"coefficient\":1}", "optimizer.weightDecay=0.25"), Data);
        byte[] penalty = TinyData.Train(TinyData.Config("objective={\"kind\":\"v-rex\",\"coefficient\":1,\"weightPenalty\":0.125}"), Data);

        System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(penalty).ToArray()
            .ShouldBe(System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(decay).ToArray(), 1e-6f); // the same sum in float32, in another order
    }

    // Streams are drawn by purpose: a change of one setting leaves what the others drew.
    [Theory]
    [InlineData("""sampler={"kind":"group-subsampling"}""")]
    [InlineData("""objective={"kind":"group-dro"}""")]
    [InlineData("""procedure={"kind":"lff"}""")]
    [InlineData("""procedure={"kind":"deep-feature-reweighting"}""")]
    [InlineData("""optimizer={"kind":"adam","learningRate":1}""")]
    [InlineData("batchSize=3")]
    public void Seeds_AfterAChangeOfOneSetting_InitialiseTheSameModel(string change)
    {
        byte[] before = Initial(TinyData.Config());

        Initial(TinyData.Config(change)).ShouldBe(before);
        Initial(TinyData.Config("seed=4")).ShouldNotBe(before);

        static byte[] Initial(RunConfig config) => [.. TrainingLoop.CreateNetwork(config, Data.Description).Initializers.SelectMany(pair => pair.Value.Bytes.ToArray())];
    }

    [Theory]
    [InlineData("""network={"kind":"mlp","hiddenWidths":[3],"dropout":0.5}""")]
    [InlineData("""objective={"kind":"focal-loss"}""")]
    [InlineData("""procedure={"kind":"lff"}""")]
    [InlineData("batchSize=5")]
    public void Seeds_AfterAChangeOfOneSetting_ShuffleTheSameWay(string change)
    {
        Order(TinyData.Config(change)).ShouldBe(Order(TinyData.Config()));

        int[] Order(RunConfig config) => config.Sampler.Create(Data.Train.Labels, Data.Train.Groups(), new(config.Seed)).SampleEpoch(1);
    }
}
