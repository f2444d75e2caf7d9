using GradientDynamics.Protos;
using GradientDynamics.Protos.Inference;
using GradientDynamics.Serve.Repository;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.Logging.Abstractions;

namespace GradientDynamics.Serve.Tests;

/// <summary>The server's services without a network, over the models of a temporary repository.</summary>
internal sealed class InProcessServer : IAsyncDisposable
{
    private readonly TemporaryFolder _folder;
    private readonly WebApplication _application;
    private readonly GrpcChannel _channel;

    private InProcessServer(TemporaryFolder folder, ModelRepository repository, WebApplication application)
    {
        _folder = folder;
        Repository = repository;
        _application = application;
        HttpMessageHandler handler = application.GetTestServer().CreateHandler();
        var address = new Uri("http://in-process");
        Client = InferenceClient.Connect(address, new InferenceClientOptions { Handler = handler });
        _channel = GrpcChannel.ForAddress(address, new GrpcChannelOptions { HttpHandler = handler, MaxReceiveMessageSize = null });
        Calls = new GRPCInferenceService.GRPCInferenceServiceClient(_channel);
    }

    public ModelRepository Repository { get; }

    /// <summary>Our client.</summary>
    public InferenceClient Client { get; }

    /// <summary>The bare calls, for requests that our client would not make.</summary>
    public GRPCInferenceService.GRPCInferenceServiceClient Calls { get; }

    public GrpcChannel Channel => _channel;

    public HttpClient Http => _application.GetTestClient();

    /// <summary>Starts a server of models given by their path below the repository, such as <c>linear/1</c>.</summary>
    public static Task<InProcessServer> StartAsync(params (string Path, byte[] Model)[] models) => StartAsync(gradients: false, models);

    public static async Task<InProcessServer> StartAsync(bool gradients, params (string Path, byte[] Model)[] models)
    {
        var folder = new TemporaryFolder();
        foreach ((string path, byte[] model) in models)
        {
            folder.Write($"{path}/model.onnx", model);
        }

        ModelRepository repository = ModelRepository.Load(folder.Path, gradients, NullLogger.Instance);
        WebApplication application = InferenceServer.Build(repository, builder => builder.WebHost.UseTestServer());
        await application.StartAsync(TestContext.Current.CancellationToken);
        return new InProcessServer(folder, repository, application);
    }

    /// <summary>Tells the server to stop, as SIGTERM does.</summary>
    public void BeginStop() => _application.Lifetime.StopApplication();

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        await Client.DisposeAsync();
        await _application.DisposeAsync();
        Repository.Dispose();
        _folder.Dispose();
    }
}
