using System.Net.Sockets;
using Google.Protobuf;
using GradientDynamics.Protos.Inference;
using Grpc.Core;
using Grpc.Net.Client;

namespace GradientDynamics.Protos;

/// <summary>A client of the Open Inference Protocol over gRPC. It may be used from many threads at once; it never repeats a call by itself.</summary>
public sealed class InferenceClient : IAsyncDisposable
{
    private readonly GrpcChannel _channel;
    private readonly GRPCInferenceService.GRPCInferenceServiceClient _calls;
    private readonly InferenceClientOptions _options;
    private readonly SocketsHttpHandler? _ownHandler;

    private InferenceClient(Uri server, InferenceClientOptions options)
    {
        Server = server;
        _options = options;
        // A loopback server is never behind a proxy, whatever the environment says.
        _ownHandler = options.Handler is null
            ? new SocketsHttpHandler { ConnectTimeout = options.ConnectTimeout, EnableMultipleHttp2Connections = true, UseProxy = !server.IsLoopback }
            : null;
        _channel = GrpcChannel.ForAddress(server, new GrpcChannelOptions
        {
            HttpHandler = options.Handler ?? _ownHandler,
            MaxReceiveMessageSize = options.MaxMessageBytes,
            MaxSendMessageSize = options.MaxMessageBytes,
            MaxRetryAttempts = null,
            DisposeHttpClient = false,
        });
        _calls = new GRPCInferenceService.GRPCInferenceServiceClient(_channel);
    }

    /// <summary>The server's address.</summary>
    public Uri Server { get; }

    /// <summary>A client of the server at <paramref name="server"/>, <c>http://host:port</c> or <c>https://host:port</c>. It connects with the first call.</summary>
    /// <exception cref="ArgumentException">The address is of another form.</exception>
    public static InferenceClient Connect(Uri server, InferenceClientOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(server);
        return server is { IsAbsoluteUri: true, Scheme: "http" or "https" }
            ? new InferenceClient(server, options ?? new InferenceClientOptions())
            : throw new ArgumentException($"'{server}' is no address of an inference server; accepted are http://host:port and https://host:port.", nameof(server));
    }

    /// <summary>Whether the server is up.</summary>
    public async Task<bool> ServerLiveAsync(CancellationToken cancellationToken = default) =>
        (await CallAsync(null, options => _calls.ServerLiveAsync(new ServerLiveRequest(), options), cancellationToken)).Live;

    /// <summary>Whether the server is ready for inferences.</summary>
    public async Task<bool> ServerReadyAsync(CancellationToken cancellationToken = default) =>
        (await CallAsync(null, options => _calls.ServerReadyAsync(new ServerReadyRequest(), options), cancellationToken)).Ready;

    /// <summary>The server's name, version and extensions.</summary>
    public async Task<ServerDescription> ServerMetadataAsync(CancellationToken cancellationToken = default)
    {
        ServerMetadataResponse reply = await CallAsync(null, options => _calls.ServerMetadataAsync(new ServerMetadataRequest(), options), cancellationToken);
        return new ServerDescription(reply.Name, reply.Version, [.. reply.Extensions]);
    }

    /// <summary>Whether a model can be asked now; without a version, the one that the server chooses.</summary>
    public async Task<bool> ModelReadyAsync(string model, string? version = null, CancellationToken cancellationToken = default)
    {
        var request = new ModelReadyRequest { Name = model, Version = version ?? "" };
        return (await CallAsync(Label(model, version), options => _calls.ModelReadyAsync(request, options), cancellationToken)).Ready;
    }

    /// <summary>A model's inputs, outputs and properties; without a version, of the one that the server chooses.</summary>
    public async Task<ModelDescription> ModelMetadataAsync(string model, string? version = null, CancellationToken cancellationToken = default)
    {
        var request = new ModelMetadataRequest { Name = model, Version = version ?? "" };
        ModelMetadataResponse reply = await CallAsync(Label(model, version), options => _calls.ModelMetadataAsync(request, options), cancellationToken);
        return new ModelDescription(
            reply.Name,
            [.. reply.Versions],
            reply.Platform,
            [.. reply.Inputs.Select(Describe)],
            [.. reply.Outputs.Select(Describe)],
            new Dictionary<string, string>(reply.Properties));
    }

    /// <summary>Every model of the server's repositories with its state (extension <c>model_repository</c>).</summary>
    public async Task<IReadOnlyList<RepositoryEntry>> RepositoryIndexAsync(CancellationToken cancellationToken = default)
    {
        RepositoryIndexResponse reply = await CallAsync(null, options => _calls.RepositoryIndexAsync(new RepositoryIndexRequest(), options), cancellationToken);
        return [.. reply.Models.Select(model => new RepositoryEntry(model.Name, model.Version, model.State, model.Reason))];
    }

    /// <summary>Runs one inference, with the inputs as raw bytes; the reply may be in either form.</summary>
    /// <param name="model">The model's name.</param>
    /// <param name="version">Its version; none for the one that the server chooses.</param>
    /// <param name="inputs">All inputs of the model. Their memory must not change until the call is done.</param>
    /// <param name="outputs">The outputs that are wanted; none for all.</param>
    /// <param name="cancellationToken">Cancels the call, here and at the server.</param>
    /// <exception cref="InferenceException">The server cannot be reached, refuses, or answers with something that is not the protocol.</exception>
    public async Task<InferenceReply> InferAsync(
        string model,
        string? version,
        IReadOnlyList<InferenceTensor> inputs,
        IReadOnlyList<string>? outputs = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        var request = new ModelInferRequest { ModelName = model, ModelVersion = version ?? "" };
        foreach (InferenceTensor input in inputs)
        {
            var tensor = new ModelInferRequest.Types.InferInputTensor { Name = input.Name, Datatype = input.Datatype };
            tensor.Shape.AddRange(input.Shape);
            request.Inputs.Add(tensor);
            request.RawInputContents.Add(UnsafeByteOperations.UnsafeWrap(input.Data));
        }

        foreach (string output in outputs ?? [])
        {
            request.Outputs.Add(new ModelInferRequest.Types.InferRequestedOutputTensor { Name = output });
        }

        ModelInferResponse reply = await CallAsync(Label(model, version), options => _calls.ModelInferAsync(request, options), cancellationToken);
        return Read(reply, Label(model, version));
    }

    /// <summary>Closes the connection; calls that are under way are cancelled.</summary>
    public ValueTask DisposeAsync()
    {
        _channel.Dispose();
        _ownHandler?.Dispose();
        return ValueTask.CompletedTask;
    }

    private static string Label(string model, string? version) => string.IsNullOrEmpty(version) ? model : $"{model}:{version}";

    private static TensorDescription Describe(ModelMetadataResponse.Types.TensorMetadata tensor) => new(tensor.Name, tensor.Datatype, [.. tensor.Shape]);

    private InferenceReply Read(ModelInferResponse reply, string model)
    {
        bool raw = reply.RawOutputContents.Count > 0;
        if (raw && reply.RawOutputContents.Count != reply.Outputs.Count)
        {
            throw NotTheProtocol(model, $"{reply.Outputs.Count} outputs with {reply.RawOutputContents.Count} raw contents");
        }

        var outputs = new InferenceTensor[reply.Outputs.Count];
        for (int i = 0; i < outputs.Length; i++)
        {
            ModelInferResponse.Types.InferOutputTensor output = reply.Outputs[i];
            try
            {
                ReadOnlySpan<long> shape = UnsafeCollectionOperations.AsSpan(output.Shape);
                ReadOnlyMemory<byte> data = raw
                    ? reply.RawOutputContents[i].Memory
                    : TensorContents.ToRaw(output.Contents ?? new InferTensorContents(), output.Datatype, WireShape.ElementCount(shape));
                outputs[i] = new InferenceTensor(output.Name, output.Datatype, shape, data);
            }
            catch (InvalidDataException exception)
            {
                throw NotTheProtocol(model, $"output '{output.Name}': {exception.Message}");
            }
        }

        return new InferenceReply(reply.ModelName, reply.ModelVersion, reply.Id, outputs);
    }

    private InferenceException NotTheProtocol(string model, string what) =>
        new(Server, model, StatusCode.OK, $"{Server}: the reply of model '{model}' is not the protocol's: {what}");

    private async Task<TReply> CallAsync<TReply>(string? model, Func<CallOptions, AsyncUnaryCall<TReply>> call, CancellationToken cancellationToken)
    {
        try
        {
            using AsyncUnaryCall<TReply> running = call(new CallOptions(deadline: DateTime.UtcNow + _options.Deadline, cancellationToken: cancellationToken));
            return await running.ResponseAsync.ConfigureAwait(false);
        }
        catch (RpcException exception) when (exception.StatusCode == StatusCode.Cancelled && cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(exception.Message, exception, cancellationToken);
        }
        catch (RpcException exception)
        {
            string about = model is null ? $"{Server}" : $"{Server}, model '{model}'";
            throw new InferenceException(Server, model, exception.StatusCode, $"{about}: {Explain(exception)}", exception);
        }
    }

    private string Explain(RpcException exception)
    {
        Exception? transport = exception.Status.DebugException;
        if (transport is not null && exception.StatusCode == StatusCode.Unavailable)
        {
            string reason = Find<SocketException>(transport)?.Message ?? Find<TimeoutException>(transport)?.Message ?? transport.Message;
            return $"the server cannot be reached: {reason}";
        }

        if (transport is HttpRequestException or IOException)
        {
            return $"the server does not speak gRPC over HTTP/2 at this address: {transport.Message}";
        }

        return exception.StatusCode == StatusCode.DeadlineExceeded
            ? $"no answer within {_options.Deadline.TotalSeconds:0.###} s"
            : $"{exception.StatusCode}: {exception.Status.Detail}";
    }

    private static T? Find<T>(Exception exception)
        where T : Exception
    {
        for (Exception? inner = exception; inner is not null; inner = inner.InnerException)
        {
            if (inner is T found)
            {
                return found;
            }
        }

        return null;
    }
}
