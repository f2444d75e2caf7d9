using GradientDynamics.Onnx.Graph;
using GradientDynamics.Protos;
using GradientDynamics.Serve.Tests;
using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;
using static GradientDynamics.Onnx.Runtime.Tests.SmallModels;

namespace GradientDynamics.Serve.Repository.Tests;

public class GradientCompanionTests
{
    // Single precision: sums of a few terms of size 1 err by some units of 6e-8.
    private const float RoundingOfSingles = 1e-5f;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_companion_stands_in_the_index_with_its_inputs_and_outputs()
    {
        await using InProcessServer server = await InProcessServer.StartAsync(gradients: true, ("linear/1", Linear()));

        IReadOnlyList<RepositoryEntry> entries = await server.Client.RepositoryIndexAsync(Token);
        ModelDescription companion = await server.Client.ModelMetadataAsync("linear.gradient", cancellationToken: Token);

        entries.Select(entry => (entry.Name, entry.Version, entry.State)).ShouldBe([("linear", "1", "READY"), ("linear.gradient", "1", "READY")]);
        companion.Inputs.Select(input => (input.Name, input.Datatype)).ShouldBe([("x", "FP32"), ("labels", "INT64"), ("targets", "INT64"), ("loss_kind", "INT64")]);
        companion.Outputs.Select(output => output.Name).ShouldBe(["logits", "loss", "input_gradient"]);
    }

    [Fact]
    public async Task Without_gradients_there_is_no_companion()
    {
        await using InProcessServer server = await InProcessServer.StartAsync(gradients: false, ("linear/1", Linear()));

        (await server.Client.RepositoryIndexAsync(Token)).ShouldHaveSingleItem().Name.ShouldBe("linear");
        (await Should.ThrowAsync<InferenceException>(() => server.Client.ModelMetadataAsync("linear.gradient", cancellationToken: Token))).Status.ShouldBe(StatusCode.NotFound);
    }

    /// <summary>z = x·W + b with W = [[1, 2, 3], [4, 5, 6]]: each gradient is worked out by hand from the columns of W.</summary>
    [Fact]
    public async Task The_served_gradient_is_the_linear_models_own()
    {
        await using InProcessServer server = await InProcessServer.StartAsync(gradients: true, ("linear/1", Linear()));
        // Three examples at x = 0, where z = b = (0.5, -0.5, 0): logit margin of label 1, logit margin from 2 to target 0, cross-entropy of label 0.
        InferenceReply reply = await server.Client.InferAsync(
            "linear.gradient",
            null,
            [
                InferenceTensor.Create("x", new float[6], 3, 2),
                InferenceTensor.Create("labels", [1L, 2L, 0L]),
                InferenceTensor.Create("targets", [-1L, 0L, -1L]),
                InferenceTensor.Create("loss_kind", [1L, 1L, 0L]),
            ],
            cancellationToken: Token);

        double[] exponentials = [Math.Exp(0.5), Math.Exp(-0.5), 1];
        double sum = exponentials.Sum();
        double[] p = [.. exponentials.Select(e => e / sum)];
        double[] loss = [0.5 - -0.5, 0.5 - 0, -Math.Log(p[0])];
        double[] gradient =
        [
            1 - 2, 4 - 5,
            1 - 3, 4 - 6,
            ((p[0] - 1) * 1) + (p[1] * 2) + (p[2] * 3), ((p[0] - 1) * 4) + (p[1] * 5) + (p[2] * 6),
        ];
        reply["logits"].ToArray<float>().ShouldBe([0.5f, -0.5f, 0, 0.5f, -0.5f, 0, 0.5f, -0.5f, 0]);
        ShouldBeClose(reply["loss"].ToArray<float>(), loss);
        reply["input_gradient"].Shape.ToArray().ShouldBe([3L, 2L]);
        ShouldBeClose(reply["input_gradient"].ToArray<float>(), gradient);
    }

    [Theory]
    [InlineData(3, -1, 0, "input 'labels': element 1 is 3; accepted are classes from 0 to 2")]
    [InlineData(-1, -1, 0, "input 'labels': element 1 is -1; accepted are classes from 0 to 2")]
    [InlineData(0, 3, 0, "input 'targets': element 1 is 3; accepted are classes from 0 to 2 other than the label, and -1 for no target")]
    [InlineData(0, 0, 0, "input 'targets': element 1 is 0; accepted are classes from 0 to 2 other than the label, and -1 for no target")]
    [InlineData(0, -1, 3, "input 'loss_kind': element 1 is 3; with 3 classes accepted are 0, 1, 2")]
    [InlineData(0, 1, 2, "input 'loss_kind': element 1 is 2; with 3 classes and a target accepted are 0, 1")]
    public async Task Values_that_select_nothing_are_refused(long label, long target, long kind, string message)
    {
        await using InProcessServer server = await InProcessServer.StartAsync(gradients: true, ("linear/1", Linear()));

        InferenceException exception = await Should.ThrowAsync<InferenceException>(() => server.Client.InferAsync(
            "linear.gradient",
            null,
            [
                InferenceTensor.Create("x", new float[4], 2, 2),
                InferenceTensor.Create("labels", [0L, label]),
                InferenceTensor.Create("targets", [-1L, target]),
                InferenceTensor.Create("loss_kind", [0L, kind]),
            ],
            cancellationToken: Token));

        exception.Message.ShouldEndWith($"InvalidArgument: {message}");
    }

    [Fact]
    public async Task Labels_targets_and_kinds_of_different_lengths_are_refused_where_the_model_does_not_name_its_batch()
    {
        byte[] unnamed = Of(
            [Value("x", ElementType.Float, Dimension.Unknown, 2)],
            [Value("z", ElementType.Float, Dimension.Unknown, 3)],
            [new GraphNode("MatMul", ["x", "w"], ["z"])],
            ("w", ConstantTensor.Of<float>([1, 2, 3, 4, 5, 6], 2, 3)));
        await using InProcessServer server = await InProcessServer.StartAsync(gradients: true, ("unnamed/1", unnamed));

        InferenceException exception = await Should.ThrowAsync<InferenceException>(() => server.Client.InferAsync(
            "unnamed.gradient",
            null,
            [
                InferenceTensor.Create("x", new float[4], 2, 2),
                InferenceTensor.Create("labels", [0L, 1L]),
                InferenceTensor.Create("targets", [-1L]),
                InferenceTensor.Create("loss_kind", [0L, 0L]),
            ],
            cancellationToken: Token));

        exception.Message.ShouldEndWith("InvalidArgument: 'labels', 'targets' and 'loss_kind' have 2, 1 and 2 elements; one each per example is accepted");
    }

    [Fact]
    public async Task The_difference_of_logits_ratio_is_refused_for_two_classes()
    {
        byte[] single = Of(
            [Value("x", ElementType.Float, Dimension.Named("batch"), 2)],
            [Value("z", ElementType.Float, Dimension.Named("batch"), 1)],
            [new GraphNode("MatMul", ["x", "w"], ["z"])],
            ("w", ConstantTensor.Of<float>([1, -1], 2, 1)));
        await using InProcessServer server = await InProcessServer.StartAsync(gradients: true, ("single/1", single));

        InferenceException exception = await Should.ThrowAsync<InferenceException>(() => server.Client.InferAsync(
            "single.gradient",
            null,
            [
                InferenceTensor.Create("x", new float[2], 1, 2),
                InferenceTensor.Create("labels", [0L]),
                InferenceTensor.Create("targets", [-1L]),
                InferenceTensor.Create("loss_kind", [2L]),
            ],
            cancellationToken: Token));

        exception.Message.ShouldEndWith("InvalidArgument: input 'loss_kind': element 0 is 2; with 2 classes accepted are 0, 1");
    }

    [Fact]
    public async Task A_model_without_a_gradient_is_served_and_its_companion_says_why_not()
    {
        byte[] model = Of(
            [Value("x", ElementType.Float, Dimension.Named("batch"), 3)],
            [Value("z", ElementType.Float, Dimension.Named("batch"), 3)],
            [new GraphNode("Det", ["matrix"], ["z"]), new GraphNode("Reshape", ["x", "shape"], ["matrix"])],
            ("shape", ConstantTensor.Vector(-1, 3, 1, 1)));
        await using InProcessServer server = await InProcessServer.StartAsync(gradients: true, ("odd/1", model));

        IReadOnlyList<RepositoryEntry> entries = await server.Client.RepositoryIndexAsync(Token);

        entries.Select(entry => (entry.Name, entry.State)).ShouldBe([("odd", "READY"), ("odd.gradient", "UNAVAILABLE")]);
        entries[1].Reason.ShouldStartWith("no gradient can be derived: ");
        entries[1].Reason.ShouldContain("Det");
        (await server.Client.InferAsync("odd", null, [InferenceTensor.Create("x", new float[] { 1, 2, 3 }, 1, 3)], cancellationToken: Token))["z"].ToArray<float>().ShouldBe([1f, 2f, 3f]);
    }

    [Fact]
    public void A_companion_is_cut_where_the_configuration_says()
    {
        using var folder = new TemporaryFolder();
        folder.Write("tokens/1/model.onnx", Of(
            [Value("tokens", ElementType.Int64, Dimension.Named("batch"), 3)],
            [Value("z", ElementType.Float, Dimension.Named("batch"), 2)],
            [new GraphNode("Gather", ["table", "tokens"], ["embedding"]), new GraphNode("ReduceMean", ["embedding", "axes"], ["z"], NodeAttributes.None.With("keepdims", 0))],
            ("table", ConstantTensor.Of<float>([1, 2, 3, 4, 5, 6, 7, 8], 4, 2)),
            ("axes", ConstantTensor.Vector(1))));
        folder.Write("tokens/config.json", """{"parameters": {"gradientdynamics.cut": {"stringValue": "embedding"}, "other": {"stringValue": "x"}}}"""u8);

        using ModelRepository repository = ModelRepository.Load(folder.Path, gradients: true, NullLogger.Instance);

        repository.Get("tokens.gradient", "").Session.Inputs.Select(input => input.Name).ShouldBe(["embedding", "labels", "targets", "loss_kind"]);
        ModelConfiguration.Read(Path.Combine(folder.Path, "tokens"), "tokens").KeysWithoutEffect.ShouldBe(["parameters.other"]);
    }

    [Fact]
    public async Task A_companion_in_the_repository_is_served_as_it_is()
    {
        await using InProcessServer server = await InProcessServer.StartAsync(
            gradients: true, ("m/1", Linear()), ("m.gradient/4", Identity(ElementType.Float, Dimension.Named("n"))));

        (await server.Client.RepositoryIndexAsync(Token)).Select(entry => (entry.Name, entry.Version)).ShouldBe([("m", "1"), ("m.gradient", "4")]);
    }

    private static void ShouldBeClose(float[] actual, double[] expected)
    {
        actual.Length.ShouldBe(expected.Length);
        for (int i = 0; i < actual.Length; i++)
        {
            ((double)actual[i]).ShouldBe(expected[i], RoundingOfSingles, $"element {i}");
        }
    }
}
