using GradientDynamics.CommandLine;
using GradientDynamics.Onnx.Gradients;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Protos;

namespace GradientDynamics.Attack.Targets;

/// <summary>A served model, and its served companion NAME.gradient where the server was started with <c>--gradients</c>.</summary>
public sealed class RemoteClassifier : IClassifier
{
    /// <summary>Suffix of the companion's name.</summary>
    public const string CompanionSuffix = ".gradient";

    // A request of a few hundred KiB keeps the cost of a call below a hundredth of the inference and stays under the 4 MiB that other servers accept.
    private const int RequestBytes = 1 << 20;

    // Examples enough for a small network to be worth a call.
    private const int LargestChunk = 64;

    // Two requests per core of a machine like this one: one is computed while the next is on its way.
    private static readonly int Concurrency = 2 * Environment.ProcessorCount;

    private readonly InferenceClient _client;
    private readonly RemoteModel _model;
    private readonly RemoteModel? _companion;
    private readonly CompanionNames? _names;
    private readonly string _input;
    private readonly string _output;
    private readonly bool _singleLogit;
    private readonly int _chunk;

    private RemoteClassifier(InferenceClient client, RemoteModel model, RemoteModel? companion, IReadOnlyList<int> inputShape)
    {
        _client = client;
        _model = model;
        _companion = companion;
        (string output, int logits) = model.LogitsOutput();
        _input = model.Description.Inputs[0].Name;
        _output = output;
        _singleLogit = logits == 1;
        ClassCount = _singleLogit ? 2 : logits;
        InputShape = inputShape;
        _names = companion is null ? null : CompanionNames.Of(companion.Description, companion.Name);
        _chunk = Math.Clamp(RequestBytes / Math.Max(1, sizeof(float) * this.InputLength), 1, LargestChunk);
    }

    /// <inheritdoc/>
    public string Name => _model.Name;

    /// <summary>The companion's name; none where there is none.</summary>
    public string? CompanionName => _companion?.Name;

    /// <summary>The nodes of the model that the companion's gradients pass straight through, as its metadata says.</summary>
    /// <exception cref="InvalidModelException">The metadata holds something else.</exception>
    public IReadOnlyList<string> StraightThrough => _companion is null ? [] : InputGradientGraph.StraightThroughOf(_companion.Description.Properties);

    /// <inheritdoc/>
    public int ClassCount { get; }

    /// <inheritdoc/>
    public IReadOnlyList<int> InputShape { get; }

    /// <summary>What the server says of the model beyond the protocol; gd-serve gives the metadata of the ONNX file.</summary>
    public IReadOnlyDictionary<string, string> Properties => _model.Description.Properties;

    /// <summary>The versions that the server has of the model.</summary>
    public IReadOnlyList<string> Versions => _model.Description.Versions;

    /// <summary>Asks the server for the model, and for its companion where gradients are wanted and there is one.</summary>
    /// <param name="client">The server; the classifier disposes it.</param>
    /// <param name="model">The model's name.</param>
    /// <param name="version">Its version; none for the one that the server chooses.</param>
    /// <param name="inputShape">Shape of one input of the evaluation set.</param>
    /// <param name="withCompanion">Whether to look for the companion.</param>
    /// <param name="cancellationToken">Cancels the calls.</param>
    /// <exception cref="CommandException">The server cannot be reached or does not have the model.</exception>
    /// <exception cref="InputShapeException">The model does not take inputs of that shape as FP32, or gives no logits.</exception>
    public static async Task<RemoteClassifier> ConnectAsync(
        InferenceClient client, string model, string? version, IReadOnlyList<int> inputShape, bool withCompanion, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(client);
        RemoteModel served = await RemoteModel.ConnectAsync(client, model, version, cancellationToken);
        if (served.Description.Inputs is not [{ } input])
        {
            throw new InputShapeException($"{served.Name} has {served.Description.Inputs.Count} inputs; attacks take models of one input.");
        }

        if (input.Datatype != Datatype.Float32)
        {
            throw new InputShapeException($"{served.Name} takes '{input.Name}' as {input.Datatype}; attacks take FP32.");
        }

        RemoteModel? companion = withCompanion ? await RemoteModel.FindAsync(client, model + CompanionSuffix, version, cancellationToken) : null;
        return new RemoteClassifier(client, served, companion, ModelShapes.Input(served.Name, input.Shape, inputShape));
    }

    /// <inheritdoc/>
    public async Task LogitsAsync(ReadOnlyMemory<float> inputs, int count, Memory<float> logits, CancellationToken cancellationToken)
    {
        int length = this.InputLength;
        int width = _singleLogit ? 1 : ClassCount;
        await InChunksAsync(
            count,
            async (start, size, token) =>
            {
                InferenceTensor input = InferenceTensor.Create(_input, inputs.Slice(start * length, size * length), BatchShape(size));
                InferenceReply reply = await _model.InferAsync([input], [_output], token);
                _model.Floats(reply, _output, size * width).CopyTo(logits[(start * width)..]);
            },
            cancellationToken);
        if (_singleLogit)
        {
            LogitRow.ExpandSingleLogits(logits.Span, count);
        }
    }

    /// <inheritdoc/>
    public async Task LossGradientAsync(LossGradientQuery query, LossGradients result, Action<int, int>? finished, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(result);
        if (_companion is not { } companion || _names is not { } names)
        {
            throw new InvalidOperationException($"{Name} was connected without its companion.");
        }

        int length = this.InputLength;
        int width = _singleLogit ? 1 : ClassCount;
        long[] kinds = new long[_chunk];
        Array.Fill(kinds, (long)query.Loss);
        await InChunksAsync(
            query.Count,
            async (start, size, token) =>
            {
                InferenceTensor[] inputs =
                [
                    InferenceTensor.Create(_input, query.Inputs.Slice(start * length, size * length), BatchShape(size)),
                    InferenceTensor.Create(names.Labels, query.Labels.Slice(start, size), size),
                    InferenceTensor.Create(names.Targets, query.Targets.Slice(start, size), size),
                    InferenceTensor.Create<long>(names.LossKind, kinds.AsMemory(0, size), size),
                ];
                InferenceReply reply = await companion.InferAsync(inputs, [names.Logits, names.Loss, names.InputGradient], token);
                Span<float> logits = result.Logits.AsSpan(start * ClassCount, size * ClassCount);
                companion.Floats(reply, names.Logits, size * width).CopyTo(logits);
                companion.Floats(reply, names.Loss, size).CopyTo(result.Loss.AsSpan(start));
                companion.Floats(reply, names.InputGradient, size * length).CopyTo(result.Gradient.AsSpan(start * length));
                if (_singleLogit)
                {
                    LogitRow.ExpandSingleLogits(logits, size);
                }

                finished?.Invoke(start, size);
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _client.DisposeAsync();

    private long[] BatchShape(int count) => [count, .. InputShape.Select(size => (long)size)];

    private Task InChunksAsync(int count, Func<int, int, CancellationToken, Task> run, CancellationToken cancellationToken)
    {
        int chunk = Math.Clamp((count + Concurrency - 1) / Concurrency, 1, _chunk);
        return Parallel.ForAsync(
            0,
            (count + chunk - 1) / chunk,
            new ParallelOptions { MaxDegreeOfParallelism = Concurrency, CancellationToken = cancellationToken },
            async (index, token) => await run(index * chunk, Math.Min(chunk, count - (index * chunk)), token));
    }

    /// <summary>The companion's own inputs and outputs, with the prefix where the model already uses a name.</summary>
    private sealed record CompanionNames(string Labels, string Targets, string LossKind, string Logits, string Loss, string InputGradient)
    {
        private const string Prefix = "gradientdynamics_";

        public static CompanionNames Of(ModelDescription companion, string name)
        {
            string[] inputs = [.. companion.Inputs.Select(input => input.Name)];
            string[] outputs = [.. companion.Outputs.Select(output => output.Name)];
            return new CompanionNames(
                Find(inputs, "labels"), Find(inputs, "targets"), Find(inputs, "loss_kind"), Find(outputs, "logits"), Find(outputs, "loss"), Find(outputs, "input_gradient"));

            string Find(string[] names, string wanted) =>
                names.Contains(Prefix + wanted) ? Prefix + wanted
                : names.Contains(wanted) ? wanted
                : throw new CommandException(ExitCode.Server, $"{name} is no gradient companion: it has no '{wanted}'.");
        }
    }
}
