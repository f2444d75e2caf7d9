using Grpc.Core;

namespace GradientDynamics.Protos;

/// <summary>A server could not be reached, refused a call, or answered with something that is not the protocol.</summary>
public sealed class InferenceException : Exception
{
    /// <summary>Creates the exception; the message is one line that names server and model.</summary>
    public InferenceException(Uri server, string? model, StatusCode status, string message, Exception? innerException = null)
        : base(message, innerException)
    {
        Server = server;
        Model = model;
        Status = status;
    }

    /// <summary>The server that was asked.</summary>
    public Uri Server { get; }

    /// <summary>The model that was asked, as <c>name</c> or <c>name:version</c>; none where the call was about the server.</summary>
    public string? Model { get; }

    /// <summary>The status of the call; <see cref="StatusCode.OK"/> where the call succeeded but its reply is not the protocol.</summary>
    public StatusCode Status { get; }
}
