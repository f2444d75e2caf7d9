using System.Reflection;
using GradientDynamics.Onnx.Runtime;
using GradientDynamics.Protos.Inference;
using GradientDynamics.Serve.Repository;
using GradientDynamics.Serve.Scheduling;
using Grpc.Core;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace GradientDynamics.Serve.Inference;

/// <summary>The calls of the Open Inference Protocol.</summary>
internal sealed partial class InferenceService(ModelRepository repository, RunSlots slots, IHostApplicationLifetime lifetime, ILogger<InferenceService> log)
    : GRPCInferenceService.GRPCInferenceServiceBase
{
    /// <summary>The name that ServerMetadata gives.</summary>
    public const string ServerName = "gd-serve";

    private const string Platform = "onnx_onnxv1";

    private static readonly string ServerVersion =
        typeof(InferenceService).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    /// <summary>The server is up.</summary>
    public override Task<ServerLiveResponse> ServerLive(ServerLiveRequest request, ServerCallContext context) =>
        Task.FromResult(new ServerLiveResponse { Live = true });

    /// <summary>Ready from the first call on, because models are loaded before the server listens, until it shuts down. Models that could not be loaded do not count.</summary>
    public override Task<ServerReadyResponse> ServerReady(ServerReadyRequest request, ServerCallContext context) =>
        Task.FromResult(new ServerReadyResponse { Ready = !IsStopping });

    /// <summary>False for a model that is not there, like in Triton.</summary>
    public override Task<ModelReadyResponse> ModelReady(ModelReadyRequest request, ServerCallContext context) =>
        Task.FromResult(new ModelReadyResponse { Ready = !IsStopping && repository.Find(request.Name, request.Version) is { IsReady: true } });

    /// <summary>Name, version and extensions.</summary>
    public override Task<ServerMetadataResponse> ServerMetadata(ServerMetadataRequest request, ServerCallContext context) =>
        Task.FromResult(new ServerMetadataResponse { Name = ServerName, Version = ServerVersion, Extensions = { "model_repository" } });

    /// <summary>What the model's file declares; its metadata are the properties.</summary>
    public override Task<ModelMetadataResponse> ModelMetadata(ModelMetadataRequest request, ServerCallContext context)
    {
        ServedModel model = repository.Get(request.Name, request.Version);
        var response = new ModelMetadataResponse { Name = model.Name, Platform = Platform };
        response.Versions.AddRange(repository.Versions(model.Name).Where(version => version.IsReady).Select(version => version.Version));
        response.Inputs.AddRange(model.Session.Inputs.Select(Describe));
        response.Outputs.AddRange(model.Session.Outputs.Select(Describe));
        response.Properties.Add(model.Session.Metadata.ToDictionary());
        return Task.FromResult(response);
    }

    /// <summary>One inference.</summary>
    public override async Task<ModelInferResponse> ModelInfer(ModelInferRequest request, ServerCallContext context)
    {
        if (IsStopping)
        {
            throw Refusal.Unavailable("the server is shutting down");
        }

        ServedModel model = repository.Get(request.ModelName, request.ModelVersion);
        InferenceRequest asked = InferenceRequest.Read(request, model);
        model.CheckValues?.Invoke(asked.Inputs);
        try
        {
            IReadOnlyList<OnnxTensor> results = await slots.RunAsync(() => model.Session.Run(asked.Inputs, asked.OutputNames, context.CancellationToken), context.CancellationToken);
            return InferenceResponse.Write(model.Name, model.Version, request.Id, results, asked.IsRaw);
        }
        catch (OperationCanceledException) when (context.CancellationToken.IsCancellationRequested)
        {
            throw new RpcException(context.Deadline <= DateTime.UtcNow
                ? new Status(StatusCode.DeadlineExceeded, "the caller's deadline passed")
                : new Status(StatusCode.Cancelled, "the caller cancelled"));
        }
        catch (ModelRunException exception)
        {
            string message = $"model '{model.Name}' version {model.Version}: {exception.Reason}";
            if (exception.InputIsAtFault)
            {
                throw Refusal.InvalidArgument(message);
            }

            LogFailed(log, model.Name, model.Version, exception.Reason);
            throw Refusal.Internal(message);
        }
    }

    /// <summary>Every model and version with its state.</summary>
    public override Task<RepositoryIndexResponse> RepositoryIndex(RepositoryIndexRequest request, ServerCallContext context)
    {
        if (request.RepositoryName.Length > 0)
        {
            throw Refusal.NotFound($"there is no repository '{request.RepositoryName}'; this server has one, without a name");
        }

        var response = new RepositoryIndexResponse();
        response.Models.AddRange(repository.Models
            .Where(model => model.IsReady || !request.Ready)
            .Select(model => new RepositoryIndexResponse.Types.ModelIndex { Name = model.Name, Version = model.Version, State = model.State, Reason = model.Reason }));
        return Task.FromResult(response);
    }

    private bool IsStopping => lifetime.ApplicationStopping.IsCancellationRequested;

    private static ModelMetadataResponse.Types.TensorMetadata Describe(TensorInfo tensor)
    {
        var metadata = new ModelMetadataResponse.Types.TensorMetadata { Name = tensor.Name, Datatype = ModelDatatypes.Of(tensor.ElementType) };
        metadata.Shape.AddRange(tensor.Shape);
        return metadata;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "model '{Name}' version {Version} failed: {Reason}")]
    private static partial void LogFailed(ILogger log, string name, string version, string reason);
}
