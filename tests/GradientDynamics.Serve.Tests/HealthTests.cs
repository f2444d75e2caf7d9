using System.Net;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Reflection.V1Alpha;
using static GradientDynamics.Onnx.Runtime.Tests.SmallModels;

namespace GradientDynamics.Serve.Tests;

public class HealthTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("", HealthCheckResponse.Types.ServingStatus.Serving)]
    [InlineData("inference.GRPCInferenceService", HealthCheckResponse.Types.ServingStatus.Serving)]
    [InlineData("good", HealthCheckResponse.Types.ServingStatus.Serving)]
    [InlineData("bad", HealthCheckResponse.Types.ServingStatus.NotServing)]
    public async Task The_health_service_knows_the_server_and_its_models(string service, HealthCheckResponse.Types.ServingStatus status)
    {
        await using InProcessServer server = await InProcessServer.StartAsync(("good/1", Linear()), ("bad/1", "broken"u8.ToArray()));
        var health = new Health.HealthClient(server.Channel);

        HealthCheckResponse running = await health.CheckAsync(new HealthCheckRequest { Service = service }, cancellationToken: Token);
        server.BeginStop();
        HealthCheckResponse stopping = await health.CheckAsync(new HealthCheckRequest { Service = service }, cancellationToken: Token);

        running.Status.ShouldBe(status);
        stopping.Status.ShouldBe(HealthCheckResponse.Types.ServingStatus.NotServing);
    }

    [Fact]
    public async Task The_health_of_an_unknown_service_is_not_found()
    {
        await using InProcessServer server = await InProcessServer.StartAsync(("good/1", Linear()));
        var health = new Health.HealthClient(server.Channel);

        RpcException refusal = await Should.ThrowAsync<RpcException>(async () => await health.CheckAsync(new HealthCheckRequest { Service = "absent" }, cancellationToken: Token));

        refusal.StatusCode.ShouldBe(StatusCode.NotFound);
    }

    [Theory]
    [InlineData("/v2/health/live")]
    [InlineData("/v2/health/ready")]
    public async Task Health_is_answered_over_HTTP(string path)
    {
        await using InProcessServer server = await InProcessServer.StartAsync(("good/1", Linear()));
        using HttpClient http = server.Http;

        (await http.GetAsync(path, Token)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_server_that_stops_is_live_but_not_ready_over_HTTP()
    {
        await using InProcessServer server = await InProcessServer.StartAsync(("good/1", Linear()));
        using HttpClient http = server.Http;

        server.BeginStop();

        (await http.GetAsync("/v2/health/live", Token)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await http.GetAsync("/v2/health/ready", Token)).StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
    }

    [Fact]
    public async Task Reflection_lists_the_services()
    {
        await using InProcessServer server = await InProcessServer.StartAsync(("good/1", Linear()));
        var reflection = new ServerReflection.ServerReflectionClient(server.Channel);

        using AsyncDuplexStreamingCall<ServerReflectionRequest, ServerReflectionResponse> call = reflection.ServerReflectionInfo(cancellationToken: Token);
        await call.RequestStream.WriteAsync(new ServerReflectionRequest { ListServices = "" }, Token);
        await call.RequestStream.CompleteAsync();
        (await call.ResponseStream.MoveNext(Token)).ShouldBeTrue();

        call.ResponseStream.Current.ListServicesResponse.Service.Select(service => service.Name)
            .ShouldBe(["grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection", "inference.GRPCInferenceService"], ignoreOrder: true);
    }
}
