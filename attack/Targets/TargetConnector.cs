using GradientDynamics.CommandLine;
using GradientDynamics.EvaluationSets;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Protos;
using InputBounds = GradientDynamics.EvaluationSets.InputBounds;

namespace GradientDynamics.Attack.Targets;

/// <summary>Connects a target, checks that it fits the evaluation set, and finds out where gradients come from and what the bounds are.</summary>
internal static class TargetConnector
{
    /// <summary>A target for an audit: the endpoint, and gradients from <paramref name="modelFile"/> where it is given, else from the endpoint itself or its served companion.</summary>
    /// <param name="address">Where the endpoint is.</param>
    /// <param name="modelFile">ONNX file of the same model; none to ask the server.</param>
    /// <param name="set">What the target is audited on.</param>
    /// <param name="bounds">Limits that come before those of the set and of the model.</param>
    /// <param name="cancellationToken">Cancels the calls.</param>
    /// <exception cref="CommandException">The target is not there, gives no gradients, or nobody knows the bounds.</exception>
    /// <exception cref="InputShapeException">Target and evaluation set do not fit together.</exception>
    public static async Task<ConfirmedTarget> ConnectAsync(TargetAddress address, string? modelFile, EvaluationSetMetadata set, InputBounds? bounds, CancellationToken cancellationToken)
    {
        if (set.Inputs is not [{ Datatype: EvaluationSets.Datatype.FP32 } input])
        {
            string inputs = string.Join(", ", set.Inputs.Select(candidate => $"'{candidate.Name}' {candidate.Datatype.ProtocolName()}"));
            throw new CommandException(ExitCode.File, $"The evaluation set has the inputs {inputs}; attacks take one of FP32. Such sets are for 'evaluate'.");
        }

        List<IClassifier> opened = [];
        try
        {
            IClassifier endpoint;
            IClassifier gradients;
            IReadOnlyDictionary<string, string> properties;
            if (address.Server is null)
            {
                LocalClassifier local = LocalClassifier.Load(address.Model, input.Shape);
                opened.Add(local);
                (endpoint, gradients, properties) = (local, local, local.Metadata);
            }
            else
            {
                RemoteClassifier remote = await ConnectAsync(address, input.Shape, withCompanion: modelFile is null, cancellationToken);
                opened.Add(remote);
                (endpoint, gradients, properties) = (remote, remote, remote.Properties);
                if (modelFile is null && remote.CompanionName is null)
                {
                    throw new CommandException(
                        ExitCode.Server, $"{remote.Name}: the server gives no gradients; start it with --gradients, or give the model's file with --model-file.");
                }
            }

            if (modelFile is not null)
            {
                gradients = LocalClassifier.Load(modelFile, input.Shape);
                opened.Add(gradients);
            }

            RequireClasses(endpoint, set);
            InputBounds limits = bounds ?? input.Bounds ?? OfModel(properties) ?? throw new CommandException(
                ExitCode.Configuration,
                $"Neither the evaluation set nor {endpoint.Name} states the bounds of valid inputs; accepted is the key 'bounds', such as --set 'bounds={{\"lower\":[0],\"upper\":[1]}}'.");
            return new ConfirmedTarget(address.Label, endpoint, gradients, limits);
        }
        catch
        {
            foreach (IClassifier classifier in opened)
            {
                await classifier.DisposeAsync();
            }

            throw;
        }
    }

    /// <summary>Fails unless the model has as many classes as the set names.</summary>
    /// <exception cref="InputShapeException">It has not.</exception>
    public static void RequireClasses(string model, int classes, EvaluationSetMetadata set)
    {
        if (classes != set.ClassNames.Count)
        {
            throw new InputShapeException($"{model} has {classes} classes, the evaluation set has {set.ClassNames.Count}: {string.Join(", ", set.ClassNames)}.");
        }
    }

    private static void RequireClasses(IClassifier endpoint, EvaluationSetMetadata set) => RequireClasses(endpoint.Name, endpoint.ClassCount, set);

    private static async Task<RemoteClassifier> ConnectAsync(TargetAddress address, IReadOnlyList<int> inputShape, bool withCompanion, CancellationToken cancellationToken)
    {
        InferenceClient client = InferenceClient.Connect(address.Server!);
        try
        {
            return await RemoteClassifier.ConnectAsync(client, address.Model, address.Version, inputShape, withCompanion, cancellationToken);
        }
        catch
        {
            await client.DisposeAsync();
            throw;
        }
    }

    private static InputBounds? OfModel(IReadOnlyDictionary<string, string> properties) =>
        ModelMetadata.Read(properties).InputBounds is { } bounds ? new InputBounds { Lower = bounds.Lower, Upper = bounds.Upper } : null;
}
