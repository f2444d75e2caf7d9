using GradientDynamics.Protos;
using GradientDynamics.Protos.Inference;
using GradientDynamics.Serve.Repository;
using Grpc.Net.Client;
using Microsoft.Extensions.Logging.Abstractions;

namespace GradientDynamics.Serve.Tests;

/// <summary>The server as it runs, on free ports of this machine, over the models of a temporary repository.</summary>
internal sealed class NetworkServer : IAsyncDisposable
{
    private readonly TemporaryFolder _folder;
    private readonly ModelRepository _repository;
    private readonly InferenceServer _server;
    private readonly GrpcChannel _channel;

    private NetworkServer(TemporaryFolder folder, ModelRepository repository, InferenceServer server)
    {
        _folder = folder;
        _repository = repository;
        _server = server;
        Client = InferenceClient.Connect(Grpc);
        _channel = GrpcChannel.ForAddress(Grpc, new GrpcChannelOptions { MaxReceiveMessageSize = null });
        Calls = new GRPCInferenceService.GRPCInferenceServiceClient(_channel);
    }

    public Uri Grpc => _server.Addresses[0];

    public Uri Http => _server.Addresses[1];

    public InferenceClient Client { get; }

    public GRPCInferenceService.GRPCInferenceServiceClient Calls { get; }

    public static async Task<NetworkServer> StartAsync(params (string Path, byte[] Model)[] models)
    {
        var folder = new TemporaryFolder();
        foreach ((string path, byte[] model) in models)
        {
            folder.Write($"{path}/model.onnx", model);
        }

        return await StartAsync(ModelRepository.Load(folder.Path, gradients: false, NullLogger.Instance), folder);
    }

    public static Task<NetworkServer> StartAsync(ModelRepository repository) => StartAsync(repository, new TemporaryFolder());

    private static async Task<NetworkServer> StartAsync(ModelRepository repository, TemporaryFolder folder)
    {
        var anyPort = new Uri("http://127.0.0.1:0");
        return new NetworkServer(folder, repository, await InferenceServer.StartAsync(repository, anyPort, anyPort, TestContext.Current.CancellationToken));
    }

    public Task StopAsync() => _server.StopAsync();

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        await Client.DisposeAsync();
        await _server.DisposeAsync();
        _repository.Dispose();
        _folder.Dispose();
    }
}
