using GradientDynamics.Attack.Attacks;
using GradientDynamics.Attack.Audits;
using GradientDynamics.Attack.Targets;
using GradientDynamics.CommandLine;
using GradientDynamics.EvaluationSets;
using GradientDynamics.Protos;

namespace GradientDynamics.Attack.Groups;

/// <summary>Predictions of a target on unperturbed examples, of any datatype where it is served.</summary>
internal static class CleanEvaluation
{
    // Small enough that a request of BYTES images stays far below a message's limit, large enough that a call costs little.
    private const int BatchSize = 64;

    /// <summary>The target's name and its prediction on each example.</summary>
    /// <exception cref="CommandException">The target is not there, goes away, or gives numbers that are not finite.</exception>
    /// <exception cref="InputShapeException">Target and evaluation set do not fit together.</exception>
    public static async Task<(string Name, int[] Predictions)> PredictAsync(TargetAddress address, EvaluationSet set, Action<int> progress, CancellationToken cancellationToken)
    {
        int[] predictions = new int[set.Examples.Count];
        if (address.Server is null)
        {
            return (address.Model, set.Metadata.Inputs is [{ Datatype: EvaluationSets.Datatype.FP32 }]
                ? await PredictLocallyAsync(address, set, predictions, progress, cancellationToken)
                : PredictFile(address.Model, set, predictions, progress, cancellationToken));
        }

        await using InferenceClient client = InferenceClient.Connect(address.Server);
        RemoteModel model = await RemoteModel.ConnectAsync(client, address.Model, address.Version, cancellationToken);
        model.RequireInputs(set.Metadata);
        (string output, int logits) = model.LogitsOutput();
        TargetConnector.RequireClasses(model.Name, Math.Max(2, logits), set.Metadata);
        for (int start = 0; start < predictions.Length; start += BatchSize)
        {
            int count = Math.Min(BatchSize, predictions.Length - start);
            InferenceReply reply = await model.InferAsync(Inputs(model, set, start, count), [output], cancellationToken);
            float[] values = model.Floats(reply, output, count * logits);
            for (int example = 0; example < count; example++)
            {
                predictions[start + example] = Prediction(values.AsSpan(example * logits, logits), set.Examples[start + example].Id, model.Name);
            }

            progress(start + count);
        }

        return (model.Name, predictions);
    }

    private static async Task<int[]> PredictLocallyAsync(TargetAddress address, EvaluationSet set, int[] predictions, Action<int> progress, CancellationToken cancellationToken)
    {
        await using ConfirmedTarget target = await TargetConnector.ConnectAsync(address, modelFile: null, set.Metadata, set.Metadata.Inputs[0].Bounds ?? Unlimited, cancellationToken);
        for (int start = 0; start < predictions.Length; start += BatchSize)
        {
            ExampleBatch batch = Audit.Read(target, set, start, Math.Min(BatchSize, predictions.Length - start));
            (await Audit.PredictAsync(target, batch, cancellationToken)).CopyTo(predictions, start);
            progress(start + batch.Count);
        }

        return predictions;
    }

    // A model of several inputs or of integers, such as BERT: what attacks do not take is still evaluated.
    private static int[] PredictFile(string path, EvaluationSet set, int[] predictions, Action<int> progress, CancellationToken cancellationToken)
    {
        using ModelFile model = ModelFile.Open(path, set.Metadata);
        TargetConnector.RequireClasses(path, Math.Max(2, model.LogitCount), set.Metadata);
        for (int start = 0; start < predictions.Length; start += BatchSize)
        {
            int count = Math.Min(BatchSize, predictions.Length - start);
            float[] values = model.Logits(set, start, count, cancellationToken);
            for (int example = 0; example < count; example++)
            {
                predictions[start + example] = Prediction(values.AsSpan(example * model.LogitCount, model.LogitCount), set.Examples[start + example].Id, path);
            }

            progress(start + count);
        }

        return predictions;
    }

    /// <summary>A clean evaluation needs no bounds.</summary>
    private static InputBounds Unlimited => InputBounds.Of(float.MinValue, float.MaxValue);

    private static InferenceTensor[] Inputs(RemoteModel model, EvaluationSet set, int start, int count) =>
    [
        .. set.Metadata.Inputs.Select((input, index) =>
        {
            string name = set.Metadata.Inputs.Count == 1 ? model.Description.Inputs[0].Name : input.Name;
            if (input.Datatype == EvaluationSets.Datatype.Bytes)
            {
                ReadOnlyMemory<byte>[] texts = [.. Enumerable.Range(start, count).Select(example => (ReadOnlyMemory<byte>)set.Examples[example].Inputs[index])];
                return InferenceTensor.Create(name, texts, [count, .. input.Shape.Select(size => (long)size)]);
            }

            return new InferenceTensor(name, input.Datatype.ProtocolName(), [count, .. input.Shape.Select(size => (long)size)], set.ReadBytes(start, count, index));
        }),
    ];

    private static int Prediction(ReadOnlySpan<float> logits, string id, string model)
    {
        foreach (float logit in logits)
        {
            if (!float.IsFinite(logit))
            {
                throw new CommandException(ExitCode.Numerics, $"{model}: a logit of example '{id}' is {logit}; accepted are finite numbers.");
            }
        }

        return logits.Length == 1 ? (logits[0] > 0 ? 1 : 0) : LogitRow.Prediction(logits);
    }
}
