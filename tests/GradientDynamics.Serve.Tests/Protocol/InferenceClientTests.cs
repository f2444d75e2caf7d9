using System.Net;
using System.Net.Sockets;
using Google.Protobuf;
using GradientDynamics.Protos.Inference;
using GradientDynamics.Serve.Tests;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using static GradientDynamics.Onnx.Runtime.Tests.SmallModels;

namespace GradientDynamics.Protos.Tests;

public class InferenceClientTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_server_that_is_not_there_cannot_be_reached()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        await using InferenceClient client = InferenceClient.Connect(new Uri($"http://127.0.0.1:{port}"));

        InferenceException exception = await Should.ThrowAsync<InferenceException>(() => client.ModelReadyAsync("m", "2", Token));

        exception.Message.ShouldStartWith($"http://127.0.0.1:{port}/, model 'm:2': the server cannot be reached: ");
        exception.Message.ShouldContain("refused");
        (exception.Status, exception.Model, exception.Server.Port).ShouldBe((StatusCode.Unavailable, "m:2", port));
    }

    [Fact]
    public async Task A_server_that_speaks_something_else_is_told_from_one_that_is_not_there()
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        await using WebApplication http = builder.Build();
        await http.StartAsync(Token);
        await using InferenceClient client = InferenceClient.Connect(new Uri(http.Urls.Single()));

        InferenceException exception = await Should.ThrowAsync<InferenceException>(() => client.ServerLiveAsync(Token));

        exception.Message.ShouldContain("does not speak gRPC over HTTP/2");
    }

    [Fact]
    public async Task A_refusal_names_server_model_status_and_the_servers_words()
    {
        await using InProcessServer server = await InProcessServer.StartAsync(("linear/1", Linear()));

        InferenceException exception = await Should.ThrowAsync<InferenceException>(() => server.Client.InferAsync("absent", "4", [], cancellationToken: Token));

        exception.Message.ShouldBe("http://in-process/, model 'absent:4': NotFound: there is no model 'absent'; there are 'linear'");
        exception.Status.ShouldBe(StatusCode.NotFound);
    }

    [Fact]
    public async Task A_cancelled_call_is_no_error_of_the_server()
    {
        await using InProcessServer server = await InProcessServer.StartAsync(("linear/1", Linear()));
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => server.Client.ServerLiveAsync(cancelled.Token));
    }

    [Theory]
    [InlineData("ftp://host:1")]
    [InlineData("host:8001")]
    public void An_address_of_another_form_is_refused(string address) =>
        Should.Throw<ArgumentException>(() => InferenceClient.Connect(new Uri(address))).Message.ShouldStartWith($"'{address}");

    [Fact]
    public async Task Both_forms_of_a_reply_are_read()
    {
        var raw = new ModelInferResponse
        {
            Outputs = { new ModelInferResponse.Types.InferOutputTensor { Name = "y", Datatype = "FP32", Shape = { 1 } } },
            RawOutputContents = { ByteString.CopyFrom(0, 0, 0x80, 0x3F) },
        };
        var typed = new ModelInferResponse
        {
            Outputs = { new ModelInferResponse.Types.InferOutputTensor { Name = "y", Datatype = "FP32", Shape = { 1 }, Contents = new InferTensorContents { Fp32Contents = { 1f } } } },
        };

        foreach (ModelInferResponse response in (ModelInferResponse[])[raw, typed])
        {
            (await ReplyAsync(response))["y"].ToArray<float>().ShouldBe([1f]);
        }
    }

    public static TheoryData<ModelInferResponse, string> BrokenReplies() => new()
    {
        {
            new() { Outputs = { new ModelInferResponse.Types.InferOutputTensor { Name = "y", Datatype = "FP32", Shape = { 2 } } }, RawOutputContents = { ByteString.CopyFrom(new byte[4]) } },
            "output 'y': tensor 'y' has 4 bytes where FP32 of shape [2] has 8"
        },
        { new() { Outputs = { new ModelInferResponse.Types.InferOutputTensor { Name = "y", Datatype = "FP32", Shape = { 2 } } } }, "output 'y': fp32_contents holds 0 elements where the shape has 2" },
        { new() { RawOutputContents = { ByteString.Empty } }, "0 outputs with 1 raw contents" },
    };

    [Theory]
    [MemberData(nameof(BrokenReplies), DisableDiscoveryEnumeration = true)]
    public async Task A_reply_that_is_not_the_protocols_is_an_error(ModelInferResponse response, string what) =>
        (await Should.ThrowAsync<InferenceException>(() => ReplyAsync(response))).Message.ShouldBe($"http://in-process/: the reply of model 'm' is not the protocol's: {what}");

    [Fact]
    public void Options_have_their_documented_defaults_and_guards()
    {
        var options = new InferenceClientOptions();

        options.Deadline.ShouldBe(TimeSpan.FromMinutes(2));
        options.ConnectTimeout.ShouldBe(TimeSpan.FromSeconds(10));
        options.MaxMessageBytes.ShouldBe(int.MaxValue);
        options.Handler.ShouldBeNull();
        (options with { Deadline = options.Deadline, ConnectTimeout = options.ConnectTimeout, MaxMessageBytes = options.MaxMessageBytes }).ShouldBe(options);
        Should.Throw<ArgumentOutOfRangeException>(() => options with { Deadline = TimeSpan.Zero });
        Should.Throw<ArgumentOutOfRangeException>(() => options with { ConnectTimeout = TimeSpan.Zero });
        Should.Throw<ArgumentOutOfRangeException>(() => options with { MaxMessageBytes = 0 });
    }

    private static async Task<InferenceReply> ReplyAsync(ModelInferResponse response)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseTestServer();
        builder.Services.AddRoutingCore();
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(new OneReply(response));
        await using WebApplication application = builder.Build();
        application.UseRouting();
        application.MapGrpcService<OneReply>();
        await application.StartAsync(Token);
        await using InferenceClient client = InferenceClient.Connect(new Uri("http://in-process"), new InferenceClientOptions { Handler = application.GetTestServer().CreateHandler() });
        return await client.InferAsync("m", null, [], cancellationToken: Token);
    }

    /// <summary>A server that always answers the same.</summary>
    private sealed class OneReply(ModelInferResponse response) : GRPCInferenceService.GRPCInferenceServiceBase
    {
        public override Task<ModelInferResponse> ModelInfer(ModelInferRequest request, ServerCallContext context) => Task.FromResult(response);
    }
}
