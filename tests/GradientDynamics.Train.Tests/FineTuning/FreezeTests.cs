using GradientDynamics.CommandLine;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Networks;
using GradientDynamics.Train.Execution;
using GradientDynamics.Train.FineTuning;
using GradientDynamics.Train.Tests.Execution;
using TorchSharp;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Tests.FineTuning;

public sealed class FreezeTests
{
    private static readonly string[] Names = ["conv1.weight", "bn1.weight", "bn1.bias", "layer1.0.conv1.weight", "fc.weight", "fc.bias"];

    [Fact]
    public void Choose_ByPatterns_TakesTheNamesThatMatch()
    {
        NamePatterns.Choose(["*.bias", "conv?.weight"], Names, "network.freeze").ShouldBe(["conv1.weight", "bn1.bias", "fc.bias"], ignoreOrder: true);
        NamePatterns.Choose(["*"], Names, "network.freeze").Count.ShouldBe(Names.Length);
        NamePatterns.Choose([], Names, "network.freeze").ShouldBeEmpty();
    }

    [Fact]
    public void Choose_ByAPatternThatMatchesNothing_NamesWhatIsNear()
    {
        CommandException error = Should.Throw<CommandException>(() => NamePatterns.Choose(["fc.*", "layer1.0.convl.*"], Names, "network.freeze"));

        error.ExitCode.ShouldBe(ExitCode.Configuration);
        error.Message.ShouldStartWith("network.freeze[1]: no parameter is called 'layer1.0.convl.*'; near are 'layer1.0.conv1.weight'");
    }

    // A dot is a dot: no pattern is a regular expression.
    [Fact]
    public void Choose_TakesOtherSignsAsTheyStand() => Should.Throw<CommandException>(() => NamePatterns.Choose(["fc.(weight|bias)", "fc_weight"], Names, "network.freeze"));

    [Fact]
    public void GraphModule_OfFrozenLayers_TrainsTheOthersAlone()
    {
        OnnxGraph graph = new ResNet18Options { Width = 2 }.Create(new([3, 8, 8]), 3, new Random(1));
        HashSet<string> frozen = NamePatterns.Choose(["conv1.*", "bn1.*", "layer1.0.bn2.weight"], [.. graph.Initializers.Keys], "network.freeze");
        using DisposeScope scope = NewDisposeScope();
        using GraphModule module = new(graph, frozen);
        manual_seed(3);

        GraphModuleTests.Step(module, randn(8, 3, 8, 8), randint(0, 3, 8));

        OnnxGraph trained = module.ToGraph();
        string[] changed = [.. graph.Initializers.Keys.Where(name => !graph.Initializers[name].Bytes.Span.SequenceEqual(trained.Initializers[name].Bytes.Span))];

        // Of layer1.0.bn2 the bias is not frozen; its statistics stay because its scale is.
        changed.ShouldBe([.. graph.Initializers.Keys.Except(frozen).Except(["layer1.0.bn2.running_mean", "layer1.0.bn2.running_var"])]);
        module.named_parameters().Select(entry => ParameterNames.Decode(entry.name)).Intersect(frozen).ShouldBeEmpty();
    }

    [Fact]
    public void GraphModule_WithAllNormalizationFrozen_IsTheSameFunctionInTrainingAndEvaluation()
    {
        OnnxGraph graph = new ResNet18Options { Width = 2 }.Create(new([3, 8, 8]), 3, new Random(1));
        using DisposeScope scope = NewDisposeScope();
        using GraphModule module = new(graph, NamePatterns.Choose(["*bn?.*", "*downsample.1.*"], [.. graph.Initializers.Keys], "network.freeze"));
        Tensor input = rand(4, 3, 8, 8);

        float[] training = GraphModuleTests.Floats(module.forward(input));
        module.eval();

        training.ShouldBe(GraphModuleTests.Floats(module.forward(input)));
        Should.Throw<InvalidModelException>(() => new GraphModule(graph, new HashSet<string> { "absent" })).Message.ShouldBe("The graph has no initializer 'absent' to freeze.");
    }
}
