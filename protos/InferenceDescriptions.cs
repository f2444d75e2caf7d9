namespace GradientDynamics.Protos;

/// <summary>What a server says of itself.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Version">Its version.</param>
/// <param name="Extensions">The extensions of the protocol that it has.</param>
public sealed record ServerDescription(string Name, string Version, IReadOnlyList<string> Extensions);

/// <summary>What a server says of a model.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Versions">The versions that the server has.</param>
/// <param name="Platform">Project and file format, such as <c>onnx_onnxv1</c>.</param>
/// <param name="Inputs">The inputs it takes.</param>
/// <param name="Outputs">The outputs it gives.</param>
/// <param name="Properties">Further properties; gd-serve gives the metadata of the ONNX file.</param>
public sealed record ModelDescription(
    string Name,
    IReadOnlyList<string> Versions,
    string Platform,
    IReadOnlyList<TensorDescription> Inputs,
    IReadOnlyList<TensorDescription> Outputs,
    IReadOnlyDictionary<string, string> Properties);

/// <summary>An input or output of a model.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Datatype">One of <see cref="Protos.Datatype"/>.</param>
/// <param name="Shape">One size per dimension, -1 where it varies.</param>
public sealed record TensorDescription(string Name, string Datatype, IReadOnlyList<long> Shape);

/// <summary>A model in a server's repository.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Version">Its version.</param>
/// <param name="State">READY, UNAVAILABLE, LOADING, UNLOADING or UNKNOWN.</param>
/// <param name="Reason">Why it is in that state; empty where there is nothing to say.</param>
public sealed record RepositoryEntry(string Name, string Version, string State, string Reason);

/// <summary>The reply to one inference.</summary>
public sealed class InferenceReply
{
    internal InferenceReply(string modelName, string modelVersion, string id, IReadOnlyList<InferenceTensor> outputs)
    {
        ModelName = modelName;
        ModelVersion = modelVersion;
        Id = id;
        Outputs = outputs;
    }

    /// <summary>The model that answered.</summary>
    public string ModelName { get; }

    /// <summary>The version that answered.</summary>
    public string ModelVersion { get; }

    /// <summary>The id of the request.</summary>
    public string Id { get; }

    /// <summary>The outputs, in the server's order.</summary>
    public IReadOnlyList<InferenceTensor> Outputs { get; }

    /// <summary>The output of this name.</summary>
    /// <exception cref="KeyNotFoundException">The reply has no such output.</exception>
    public InferenceTensor this[string name] => Outputs.FirstOrDefault(output => output.Name == name)
        ?? throw new KeyNotFoundException($"The reply has no output '{name}'; it has {string.Join(", ", Outputs.Select(output => $"'{output.Name}'"))}.");
}
