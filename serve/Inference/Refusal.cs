using Grpc.Core;

namespace GradientDynamics.Serve.Inference;

/// <summary>The statuses with which a call is refused, each with one line that names what is wrong and what is accepted.</summary>
internal static class Refusal
{
    /// <summary>The request itself is wrong.</summary>
    public static RpcException InvalidArgument(string message) => new(new Status(StatusCode.InvalidArgument, message));

    /// <summary>There is no such model or version.</summary>
    public static RpcException NotFound(string message) => new(new Status(StatusCode.NotFound, message));

    /// <summary>The model or the server cannot answer now.</summary>
    public static RpcException Unavailable(string message) => new(new Status(StatusCode.Unavailable, message));

    /// <summary>The protocol has it, this server does not.</summary>
    public static RpcException Unimplemented(string message) => new(new Status(StatusCode.Unimplemented, message));

    /// <summary>The model failed on inputs that it should take.</summary>
    public static RpcException Internal(string message) => new(new Status(StatusCode.Internal, message));
}
