using GradientDynamics.CommandLine;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Train.Optimizers;
using TorchSharp;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace GradientDynamics.Train.Tests.Optimizers;

/// <summary>Every optimizer against its recurrence in doubles, on the loss ½|w|² + ½|b|² whose gradient is the parameter itself.</summary>
public sealed class OptimizerTests
{
    // Five steps of float32 arithmetic on numbers of order one.
    private const double Float32 = 2e-6;
    private const int Steps = 5;
    private const double LearningRate = 0.1;
    private const double Decay = 0.05;

    private static readonly RunLength Length = new(StepsPerEpoch: Steps, Epochs: 1);

    public static TheoryData<OptimizerOptions> All =>
    [
        new SgdOptions { LearningRate = LearningRate, WeightDecay = Decay },
        new SgdOptions { LearningRate = LearningRate, Momentum = 0.9, WeightDecay = Decay },
        new SgdOptions { LearningRate = LearningRate, Momentum = 0.9, Nesterov = true },
        new AdamOptions { LearningRate = LearningRate, WeightDecay = Decay },
        new AdamOptions { LearningRate = LearningRate, Beta1 = 0.8, Beta2 = 0.9 },
        new AdamWOptions { LearningRate = LearningRate, WeightDecay = Decay },
        new AdamWOptions { LearningRate = LearningRate, WeightDecay = Decay, Schedule = new LinearScheduleOptions() },
        new SgdOptions { LearningRate = LearningRate, Momentum = 0.9, WeightDecay = Decay, Schedule = new CosineScheduleOptions { WarmupSteps = 2 } },
    ];

    [Theory]
    [MemberData(nameof(All))]
    public void Step_OfEveryKind_FollowsItsRecurrence(OptimizerOptions options)
    {
        foreach (DecayedParameters decayed in Enum.GetValues<DecayedParameters>())
        {
            (double weight, double bias) = Run(options with { Decayed = decayed });

            weight.ShouldBe(Recurrence(options, 1.5, decayed != DecayedParameters.BiasesAndNormalization), Float32, decayed.ToString());
            bias.ShouldBe(Recurrence(options, -0.5, decayed != DecayedParameters.Weights), Float32, decayed.ToString());
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Load_AfterThreeSteps_ContinuesBitForBit(OptimizerOptions options)
    {
        options = options with { Decayed = DecayedParameters.BiasesAndNormalization, AverageDecay = 0.5 };
        using DisposeScope scope = NewDisposeScope();
        using Pair whole = new(options);
        using Pair first = new(options);
        using Pair second = new(options);

        whole.Descend(0, Steps);
        first.Descend(0, 3);
        second.Continue(first);
        second.Descend(3, Steps);

        second.Values().ShouldBe(whole.Values());
        second.Averages().ShouldBe(whole.Averages());
    }

    [Fact]
    public void ClipNorm_OfALongGradient_ScalesItToTheNorm()
    {
        (double weight, double bias) = Run(new SgdOptions { LearningRate = 1, ClipNorm = 0.1 }, steps: 1);

        double norm = Math.Sqrt((1.5 * 1.5) + (0.5 * 0.5));
        weight.ShouldBe(1.5 - (0.1 * 1.5 / norm), Float32);
        bias.ShouldBe(-0.5 + (0.1 * 0.5 / norm), Float32);
    }

    [Fact]
    public void ClipNorm_OfAShortGradient_LeavesIt() => Run(new SgdOptions { LearningRate = 0.5, ClipNorm = 10 }, steps: 1).ShouldBe((0.75, -0.25));

    [Fact]
    public void ClipValue_Always_CutsEachElement() => Run(new SgdOptions { LearningRate = 0.5, ClipValue = 1 }, steps: 1).ShouldBe((1, -0.25));

    [Fact]
    public void TryStep_WithAGradientThatIsNoNumber_RefusesWhereItClips()
    {
        using DisposeScope scope = NewDisposeScope();
        using Pair pair = new(new SgdOptions { LearningRate = 1, ClipNorm = 1 });

        pair.StepWith(float.NaN).ShouldBeFalse();
        pair.StepWith(1).ShouldBeTrue();
    }

    [Fact]
    public void UseAverages_Always_ExchangesParametersAndPutsThemBack()
    {
        using DisposeScope scope = NewDisposeScope();
        using Pair pair = new(new SgdOptions { LearningRate = 0.5, AverageDecay = 0.75 });

        pair.Descend(0, 2);
        double[] averages = pair.Averages();

        // w is 1.5, 0.75, 0.375; averages begin at the initial weight.
        averages[0].ShouldBe((0.75 * ((0.75 * 1.5) + (0.25 * 0.75))) + (0.25 * 0.375), Float32);
        pair.Values().ShouldBe([0.375, -0.125]);
    }

    [Fact]
    public void Schedules_AreTheirFormulas()
    {
        RunLength run = new(StepsPerEpoch: 10, Epochs: 4);

        Factors(new ConstantScheduleOptions { WarmupSteps = 4 }, 0, 1, 3, 4, 39).ShouldBe([0, 0.25, 0.75, 1, 1]);
        Factors(new StepScheduleOptions { Epochs = [2, 3] }, 0, 19, 20, 29, 30).ShouldBe([1, 1, 0.1, 0.1, 0.01], 1e-15); // powers of a tenth in doubles
        Factors(new LinearScheduleOptions(), 0, 20, 39).ShouldBe([1, 0.5, 1 / 40.0], 1e-15);
        Factors(new LinearScheduleOptions { WarmupSteps = 20 }, 10, 20, 30).ShouldBe([0.5, 1, 0.5]);
        Factors(new CosineScheduleOptions(), 0, 20, 40).ShouldBe([1, 0.5, 0], 1e-15);
        Factors(new CosineScheduleOptions { Floor = 0.2 }, 0, 20, 40).ShouldBe([1, 0.6, 0.2], 1e-15);

        double[] Factors(ScheduleOptions schedule, params long[] steps) => [.. steps.Select(step => schedule.FactorAt(step, run))];
    }

    [Fact]
    public void Defaults_AreDocumentedAndPassTheirOwnGuards()
    {
        AdamWOptions options = new() { LearningRate = 1 };

        (options.Beta1, options.Beta2, options.DenominatorOffset, options.WeightDecay).ShouldBe((0.9, 0.999, 1e-8, 0));
        (options.Decayed, options.ClipNorm, options.ClipValue, options.AccumulatedBatches, options.AverageDecay).ShouldBe((DecayedParameters.All, null, null, 1, null));
        options.Schedule.ShouldBe(new ConstantScheduleOptions { WarmupSteps = 0 });
        new StepScheduleOptions { Epochs = [1] }.Factor.ShouldBe(0.1);
        new CosineScheduleOptions().Floor.ShouldBe(0);
        (options with { Beta1 = options.Beta1, Beta2 = options.Beta2, DenominatorOffset = options.DenominatorOffset, AccumulatedBatches = options.AccumulatedBatches }).ShouldBe(options);
    }

    [Theory]
    [InlineData("""{"kind":"adam-w","learningRate":1,"beta2":1}""", "beta2")]
    [InlineData("""{"kind":"sgd","learningRate":1,"clipNorm":0}""", "clipNorm")]
    [InlineData("""{"kind":"sgd","learningRate":1,"clipValue":-1}""", "clipValue")]
    [InlineData("""{"kind":"sgd","learningRate":1,"accumulatedBatches":0}""", "accumulatedBatches")]
    [InlineData("""{"kind":"sgd","learningRate":1,"averageDecay":1}""", "averageDecay")]
    [InlineData("""{"kind":"sgd","learningRate":1,"decayed":"biases"}""", "decayed")]
    [InlineData("""{"kind":"sgd","learningRate":1,"schedule":{"kind":"step","epochs":[3,2]}}""", "schedule.epochs")]
    [InlineData("""{"kind":"sgd","learningRate":1,"schedule":{"kind":"cosine","floor":2}}""", "schedule.floor")]
    [InlineData("""{"kind":"sgd","learningRate":1,"schedule":{"kind":"linear","warmupSteps":-1}}""", "schedule.warmupSteps")]
    [InlineData("""{"kind":"sgd","learningRate":1,"schedule":{"kind":"polynomial"}}""", "schedule.kind")]
    public void Options_WithAWrongKeyOrValue_NameItsPath(string json, string path)
    {
        CommandException error = Should.Throw<CommandException>(() => ConfigurationFile.Parse<OptimizerOptions>(json, "run.json", []));

        error.ExitCode.ShouldBe(ExitCode.Configuration);
        error.Message.ShouldContain(path);
    }

    private static (double Weight, double Bias) Run(OptimizerOptions options, int steps = Steps)
    {
        using DisposeScope scope = NewDisposeScope();
        using Pair pair = new(options);
        pair.Descend(0, steps);
        double[] values = pair.Values();
        return (values[0], values[1]);
    }

    // The published recurrences, for one number whose gradient is itself.
    private static double Recurrence(OptimizerOptions options, double w, bool decays)
    {
        double decay = decays ? options.WeightDecay : 0;
        double buffer = 0;
        double mean = 0;
        double square = 0;
        for (int t = 1; t <= Steps; t++)
        {
            double rate = options.LearningRate * options.Schedule.FactorAt(t - 1, Length);
            switch (options)
            {
                case SgdOptions sgd:
                    double g = w + (decay * w);
                    buffer = t == 1 ? g : (sgd.Momentum * buffer) + g;
                    w -= rate * (sgd.Nesterov ? g + (sgd.Momentum * buffer) : buffer);
                    break;
                case AdamOptions adam:
                    w -= rate * Moment(w + (decay * w), t, adam.Beta1, adam.Beta2, adam.DenominatorOffset);
                    break;
                case AdamWOptions adam:
                    double gradient = w;
                    w *= 1 - (rate * decay);
                    w -= rate * Moment(gradient, t, adam.Beta1, adam.Beta2, adam.DenominatorOffset);
                    break;
            }
        }

        return w;

        double Moment(double g, int t, double beta1, double beta2, double offset)
        {
            mean = (beta1 * mean) + ((1 - beta1) * g);
            square = (beta2 * square) + ((1 - beta2) * g * g);
            return mean / (1 - Math.Pow(beta1, t)) / (Math.Sqrt(square / (1 - Math.Pow(beta2, t))) + offset);
        }
    }

    /// <summary>A weight of two dimensions and a bias of one.</summary>
    private sealed class Pair : IDisposable
    {
        private readonly Parameter _weight = new(tensor(new float[,] { { 1.5f } }));
        private readonly Parameter _bias = new(tensor(new float[] { -0.5f }));
        private readonly WeightUpdater _updater;

        // The bias first: groups and names must not depend on the order.
        public Pair(OptimizerOptions options) => _updater = new(options, [("bias", _bias), ("weight", _weight)], Length);

        public void Descend(int from, int to)
        {
            for (int step = from; step < to; step++)
            {
                _updater.ForgetGradients();
                (_updater.SquaredNorm() / 2).backward();
                _updater.TryStep(step).ShouldBeTrue();
            }
        }

        public bool StepWith(float factor)
        {
            _updater.ForgetGradients();
            (_updater.SquaredNorm() * factor).backward();
            return _updater.TryStep(0);
        }

        public double[] Values() => [_weight.detach().item<float>(), _bias.detach().item<float>()];

        public double[] Averages()
        {
            using IDisposable averages = _updater.UseAverages();
            return Values();
        }

        public void Continue(Pair other)
        {
            using (no_grad())
            {
                _weight.copy_(other._weight);
                _bias.copy_(other._bias);
            }

            Dictionary<string, ConstantTensor> saved = other._updater.Save();
            _updater.Load(saved);
        }

        public void Dispose() => _updater.Dispose();
    }
}
