namespace GradientDynamics.Protos;

/// <summary>How <see cref="InferenceClient"/> talks to its server.</summary>
public sealed record InferenceClientOptions
{
    /// <summary>How long one call may take. Default 2 minutes: the slowest batch of a large model on a busy CPU stays below it, a server that hangs does not.</summary>
    public TimeSpan Deadline
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero);
            field = value;
        }
    }
    = TimeSpan.FromMinutes(2);

    /// <summary>How long connecting may take. Default 10 seconds.</summary>
    public TimeSpan ConnectTimeout
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero);
            field = value;
        }
    }
    = TimeSpan.FromSeconds(10);

    /// <summary>The largest message in either direction, in bytes. Default 2 GiB - 1, the limit of protobuf itself; gRPC's own default of 4 MiB is less than eight images of 3x224x224.</summary>
    public int MaxMessageBytes
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value);
            field = value;
        }
    }
    = int.MaxValue;

    /// <summary>What carries the calls instead of a network connection, such as an in-process server's handler. Default none. It is not disposed.</summary>
    public HttpMessageHandler? Handler { get; init; }
}
