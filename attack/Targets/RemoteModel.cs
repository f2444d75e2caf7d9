using GradientDynamics.CommandLine;
using GradientDynamics.EvaluationSets;
using GradientDynamics.Protos;
using Grpc.Core;

namespace GradientDynamics.Attack.Targets;

/// <summary>A model behind the Open Inference Protocol: what it says of itself, and inferences whose failures end the command with the server's exit code.</summary>
internal sealed class RemoteModel
{
    private readonly InferenceClient _client;
    private readonly string _model;
    private readonly string? _version;

    private RemoteModel(InferenceClient client, string model, string? version, ModelDescription description)
    {
        _client = client;
        _model = model;
        _version = version;
        Description = description;
    }

    /// <summary>What the server says of the model.</summary>
    public ModelDescription Description { get; }

    /// <summary>Address, model and version, as messages and reports name it.</summary>
    public string Name => $"{_client.Server.GetLeftPart(UriPartial.Authority)}/{_model}{(_version is null ? "" : $":{_version}")}";

    /// <summary>Asks the server for the model.</summary>
    /// <exception cref="CommandException">The server cannot be reached or does not have the model.</exception>
    public static async Task<RemoteModel> ConnectAsync(InferenceClient client, string model, string? version, CancellationToken cancellationToken) =>
        await FindAsync(client, model, version, cancellationToken)
        ?? throw new CommandException(ExitCode.Server, $"{client.Server.GetLeftPart(UriPartial.Authority)}: the server has no model '{model}{(version is null ? "" : $":{version}")}'.");

    /// <summary>Asks the server for the model; nothing where it has none of that name.</summary>
    /// <exception cref="CommandException">The server cannot be reached.</exception>
    public static async Task<RemoteModel?> FindAsync(InferenceClient client, string model, string? version, CancellationToken cancellationToken)
    {
        try
        {
            return new RemoteModel(client, model, version, await client.ModelMetadataAsync(model, version, cancellationToken));
        }
        catch (InferenceException exception) when (exception.Status == StatusCode.NotFound)
        {
            return null;
        }
        catch (InferenceException exception)
        {
            throw new CommandException(ExitCode.Server, exception.Message, exception);
        }
    }

    /// <summary>One inference.</summary>
    /// <exception cref="CommandException">The server is gone or refuses.</exception>
    public async Task<InferenceReply> InferAsync(IReadOnlyList<InferenceTensor> inputs, IReadOnlyList<string> outputs, CancellationToken cancellationToken)
    {
        try
        {
            return await _client.InferAsync(_model, _version, inputs, outputs, cancellationToken);
        }
        catch (InferenceException exception)
        {
            throw new CommandException(ExitCode.Server, exception.Message, exception);
        }
    }

    /// <summary>An output of a reply as floats, of the number of elements that it must have.</summary>
    /// <exception cref="CommandException">The reply has no such output, or one of another size or type.</exception>
    public float[] Floats(InferenceReply reply, string output, int count)
    {
        if (reply.Outputs.FirstOrDefault(candidate => candidate.Name == output) is not { } tensor)
        {
            throw new CommandException(ExitCode.Server, $"{Name}: the reply has no output '{output}'.");
        }

        try
        {
            float[] values = tensor.ToSingles();
            return values.Length == count
                ? values
                : throw new CommandException(ExitCode.Server, $"{Name}: output '{output}' has {values.Length} elements; expected are {count}.");
        }
        catch (InvalidDataException exception)
        {
            throw new CommandException(ExitCode.Server, $"{Name}: {exception.Message}", exception);
        }
    }

    /// <summary>The logits' output: the only one, or the one named <c>logits</c>, and its number of logits.</summary>
    /// <exception cref="InputShapeException">There is none, or it is of another form.</exception>
    public (string Name, int Count) LogitsOutput()
    {
        TensorDescription? output = Description.Outputs is [{ } only] ? only : Description.Outputs.FirstOrDefault(candidate => candidate.Name == "logits");
        return output is null
            ? throw new InputShapeException($"{Name} has the outputs {string.Join(", ", Description.Outputs.Select(candidate => $"'{candidate.Name}'"))}; accepted is a single one, or one named 'logits'.")
            : (output.Name, ModelShapes.LogitCount(Name, output.Name, output.Shape));
    }

    /// <summary>Fails unless the inputs of an evaluation set are the model's, by name, datatype and shape.</summary>
    /// <exception cref="InputShapeException">They are not.</exception>
    public void RequireInputs(EvaluationSetMetadata set)
    {
        foreach (TensorDescription input in Description.Inputs)
        {
            EvaluationInput own = (Description.Inputs.Count == 1 && set.Inputs.Count == 1 ? set.Inputs[0] : set.Inputs.FirstOrDefault(candidate => candidate.Name == input.Name))
                ?? throw new InputShapeException($"{Name} takes an input '{input.Name}'; the evaluation set has {string.Join(", ", set.Inputs.Select(candidate => $"'{candidate.Name}'"))}.");
            if (own.Datatype.ProtocolName() != input.Datatype)
            {
                throw new InputShapeException($"{Name} takes '{input.Name}' as {input.Datatype}, the evaluation set has {own.Datatype.ProtocolName()}.");
            }

            if (own.Datatype != EvaluationSets.Datatype.Bytes)
            {
                _ = ModelShapes.Input(Name, input.Shape, own.Shape);
            }
        }
    }
}
