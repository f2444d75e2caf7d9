using GradientDynamics.Onnx.Runtime;

namespace GradientDynamics.Serve.Repository;

/// <summary>One version of a model: loaded, or not to be had for a reason.</summary>
internal sealed class ServedModel : IDisposable
{
    private readonly OnnxSession? _session;

    private ServedModel(string name, string version, OnnxSession? session, string reason)
    {
        Name = name;
        Version = version;
        _session = session;
        Reason = reason;
    }

    /// <summary>The model's name: its folder in the repository.</summary>
    public string Name { get; }

    /// <summary>The version: a folder in the model's; empty where the model has none.</summary>
    public string Version { get; }

    /// <summary>Whether it can be asked.</summary>
    public bool IsReady => _session is not null;

    /// <summary>Why it cannot be asked; empty where it can.</summary>
    public string Reason { get; }

    /// <summary>The largest batch that the model's configuration allows; none where it sets no limit.</summary>
    public long? MaxBatchSize { get; private init; }

    /// <summary>What a request to a gradient companion must satisfy beyond its shapes; none for an ordinary model.</summary>
    public Action<IReadOnlyList<OnnxTensor>>? CheckValues { get; private init; }

    /// <summary>The loaded model, shared by all calls.</summary>
    public OnnxSession Session => _session ?? throw new InvalidOperationException($"Model '{Name}' version {Version} is not loaded: {Reason}");

    /// <summary>The protocol's word for the state.</summary>
    public string State => IsReady ? "READY" : "UNAVAILABLE";

    /// <summary>A model that can be asked.</summary>
    public static ServedModel Ready(string name, string version, OnnxSession session, long? maxBatchSize = null, Action<IReadOnlyList<OnnxTensor>>? checkValues = null) =>
        new(name, version, session, "") { MaxBatchSize = maxBatchSize, CheckValues = checkValues };

    /// <summary>A model that cannot be asked.</summary>
    public static ServedModel Unavailable(string name, string version, string reason) => new(name, version, null, reason);

    /// <inheritdoc/>
    public void Dispose() => _session?.Dispose();
}
