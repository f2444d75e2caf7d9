using System.Net;
using GradientDynamics.CommandLine;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Runtime;
using GradientDynamics.Protos;
using GradientDynamics.Protos.Inference;
using GradientDynamics.Serve.Repository;
using Grpc.Core;
using static GradientDynamics.Onnx.Runtime.Tests.SmallModels;
using static GradientDynamics.Serve.Inference.Tests.InferenceServiceTests;

namespace GradientDynamics.Serve.Tests;

/// <summary>What only a real connection shows: limits of messages, addresses, cancellation, shutdown.</summary>
public class InferenceServerTests
{
    private static readonly Uri AnyPort = new("http://127.0.0.1:0");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(5)] // past gRPC's own limit of 4 MiB
    [InlineData(40)] // past Kestrel's of 28.6 MiB
    public async Task Large_messages_pass_in_both_directions(int mebibytes)
    {
        await using NetworkServer server = await NetworkServer.StartAsync(("same/1", Identity(ElementType.Float, Dimension.Named("n"))));
        float[] elements = new float[mebibytes << 18];
        for (int i = 0; i < elements.Length; i++)
        {
            elements[i] = i;
        }

        InferenceReply reply = await server.Client.InferAsync("same", null, [InferenceTensor.Create("x", elements)], cancellationToken: Token);

        reply["y"].Elements<float>().SequenceEqual(elements).ShouldBeTrue();
    }

    [Fact]
    public async Task A_cancelled_call_and_a_passed_deadline_stop_the_model()
    {
        await using NetworkServer server = await NetworkServer.StartAsync(("products/1", Products()));
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(Token);

        Task<InferenceReply> running = server.Client.InferAsync("products", null, [InferenceTensor.Create("size", [1500L])], cancellationToken: cancellation.Token);
        await cancellation.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(running);
        for (int i = 0; i < Environment.ProcessorCount; i++)
        {
            RpcException late = await Should.ThrowAsync<RpcException>(async () => await server.Calls.ModelInferAsync(
                RawRequest("products", "INT64", [1], BitConverter.GetBytes(1500L), "size"), deadline: DateTime.UtcNow.AddMilliseconds(300), cancellationToken: Token));
            late.StatusCode.ShouldBe(StatusCode.DeadlineExceeded, late.Status.Detail);
        }

        // Each of the calls above would hold its core for minutes. This one is answered only because the model stopped.
        ModelInferResponse reply = await server.Calls.ModelInferAsync(
            RawRequest("products", "INT64", [1], BitConverter.GetBytes(1L), "size"), deadline: DateTime.UtcNow.AddSeconds(20), cancellationToken: Token);
        reply.RawOutputContents[0].ToByteArray().ShouldBe(Bytes(1f));
    }

    [Fact]
    public async Task An_inference_under_way_is_finished_when_the_server_stops()
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        ServedModel model = ServedModel.Ready("products", "1", OnnxSession.Load(Products(), "products"), checkValues: _ => started.SetResult());
        await using NetworkServer server = await NetworkServer.StartAsync(ModelRepository.Of(model));

        Task<InferenceReply> running = server.Client.InferAsync("products", null, [InferenceTensor.Create("size", [128L])], cancellationToken: Token);
        await started.Task;
        await server.StopAsync();

        (await running)["y"].Shape.IsEmpty.ShouldBeTrue();
        (await Should.ThrowAsync<InferenceException>(() => server.Client.ServerLiveAsync(Token))).Status.ShouldBe(StatusCode.Unavailable);
    }

    [Fact]
    public async Task Health_is_answered_on_the_HTTP_address()
    {
        await using NetworkServer server = await NetworkServer.StartAsync(("linear/1", Linear()));
        using var http = new HttpClient();

        (await http.GetAsync(new Uri(server.Http, "/v2/health/ready"), Token)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task An_address_in_use_is_a_failure_of_the_system_that_names_it()
    {
        await using NetworkServer first = await NetworkServer.StartAsync(("linear/1", Linear()));
        using ModelRepository none = ModelRepository.Of();

        CommandException exception = await Should.ThrowAsync<CommandException>(() => InferenceServer.StartAsync(none, first.Grpc, AnyPort, Token));

        exception.ExitCode.ShouldBe(ExitCode.System);
        exception.Message.ShouldContain($"127.0.0.1:{first.Grpc.Port}");
        exception.Message.ShouldContain("in use");
    }

    [Theory]
    [InlineData("https://127.0.0.1:1", "--grpc https://127.0.0.1:1: accepted is http://ADDRESS:PORT with an IP address or localhost.")]
    [InlineData("http://127.0.0.1:1/v2", "--grpc http://127.0.0.1:1/v2: accepted is http://ADDRESS:PORT with an IP address or localhost.")]
    [InlineData("http://example.org:1", "--grpc http://example.org:1: 'example.org' is no IP address; accepted is http://ADDRESS:PORT with an IP address or localhost.")]
    public async Task An_address_of_another_form_is_refused(string address, string message)
    {
        using ModelRepository none = ModelRepository.Of();

        CommandException exception = await Should.ThrowAsync<CommandException>(() => InferenceServer.StartAsync(none, new Uri(address), AnyPort, Token));

        (exception.ExitCode, exception.Message).ShouldBe((ExitCode.Configuration, message));
    }

    /// <summary>The largest element of a matrix of ones, size x size, multiplied a thousand times with itself: 1 at once for size 1, minutes of work for size 1500.</summary>
    private static byte[] Products() => Of(
        [Value("size", ElementType.Int64, 1)],
        [Value("y", ElementType.Float)],
        [
            new GraphNode("Concat", ["size", "size"], ["shape"], NodeAttributes.None.With("axis", 0)),
            new GraphNode("Expand", ["one", "shape"], ["m0"]),
            .. Enumerable.Range(0, 1000).Select(i => new GraphNode("MatMul", [$"m{i}", "m0"], [$"m{i + 1}"])),
            new GraphNode("ReduceMax", ["m1000"], ["y"], NodeAttributes.None.With("keepdims", 0)),
        ],
        ("one", ConstantTensor.Of<float>([1], 1, 1)));
}
