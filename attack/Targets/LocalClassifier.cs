using GradientDynamics.CommandLine;
using GradientDynamics.Onnx.Gradients;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Runtime;

namespace GradientDynamics.Attack.Targets;

/// <summary>An ONNX model in this process, with the gradients of its companion graph.</summary>
/// <remarks>
/// As many runs at once as there are cores, of one thread each, taking chunks of the batch in turn: on small networks twice as fast as one run with all threads, since every operator of a small
/// chunk stays in the core's cache and no thread waits for another. They share one session, and so its weights. Outputs are written straight into the caller's memory.
/// </remarks>
public sealed class LocalClassifier : IClassifier
{
    /// <summary>Largest chunk. Measured best between 4 and 32 examples.</summary>
    public const int DefaultChunk = 16;

    private readonly OnnxSession _model;
    private readonly OnnxSession _companion;
    private readonly int _workers;
    private readonly InputGradientNames _names;
    private readonly string _output;
    private readonly bool _singleLogit;
    private readonly int _chunk;

    private LocalClassifier(string name, OnnxSession model, OnnxSession companion, InputGradientNames names, IReadOnlyList<int> inputShape, int logitCount, int workers, int chunk)
    {
        StraightThrough = InputGradientGraph.StraightThroughOf(companion.Metadata);
        Name = name;
        _model = model;
        _companion = companion;
        _names = names;
        _output = model.Outputs[0].Name;
        _workers = workers;
        _singleLogit = logitCount == 1;
        _chunk = chunk;
        InputShape = inputShape;
        ClassCount = _singleLogit ? 2 : logitCount;
        Metadata = model.Metadata;
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public int ClassCount { get; }

    /// <inheritdoc/>
    public IReadOnlyList<int> InputShape { get; }

    /// <summary>The model's <c>metadata_props</c>.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The nodes of the model that gradients pass straight through: rounding and quantization.</summary>
    public IReadOnlyList<string> StraightThrough { get; }

    /// <summary>Reads a model file and derives its companion.</summary>
    /// <param name="path">The ONNX file.</param>
    /// <param name="inputShape">Shape of one input, where the file leaves it open; otherwise it must be the file's.</param>
    /// <param name="parallelism">Runs at once; 0 takes one per core.</param>
    /// <param name="chunk">Largest chunk of a batch.</param>
    /// <exception cref="InvalidModelException">The file is no model, or an operator has no gradient rule.</exception>
    /// <exception cref="InputShapeException">The model's input is another.</exception>
    public static LocalClassifier Load(string path, IReadOnlyList<int>? inputShape = null, int parallelism = 0, int chunk = DefaultChunk)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return File.Exists(path)
            ? Create(path, OnnxModelFile.Read(path), inputShape, parallelism, chunk)
            : throw new CommandException(ExitCode.File, $"{path}: no such model file.");
    }

    /// <summary>A classifier of a graph in memory.</summary>
    /// <param name="name">What messages call it.</param>
    /// <param name="graph">The model.</param>
    /// <param name="inputShape">Shape of one input, where the model leaves it open; otherwise it must be the model's.</param>
    /// <param name="parallelism">Runs at once; 0 takes one per core.</param>
    /// <param name="chunk">Largest chunk of a batch.</param>
    /// <exception cref="InvalidModelException">The graph cannot be run, or an operator has no gradient rule.</exception>
    /// <exception cref="InputShapeException">The model's input is another.</exception>
    public static LocalClassifier Create(string name, OnnxGraph graph, IReadOnlyList<int>? inputShape = null, int parallelism = 0, int chunk = DefaultChunk)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentOutOfRangeException.ThrowIfNegative(parallelism);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(chunk);
        RequireLogits(name, graph);
        if (graph.Inputs.Count != 1)
        {
            throw new InputShapeException($"{name} has {graph.Inputs.Count} inputs ({string.Join(", ", graph.Inputs.Select(input => input.Name))}); attacks take models of one input.");
        }

        InputGradientNames names = InputGradientGraph.NamesFor(graph);
        OnnxSession? model = null;
        OnnxSession? companion = null;
        try
        {
            model = OnnxSession.Load(graph, name);
            companion = OnnxSession.Load(InputGradientGraph.Derive(graph), $"{name} (gradient)");
            IReadOnlyList<int> shape = ModelShapes.Input(name, model.Inputs[0].Shape, inputShape);
            int logitCount = ModelShapes.LogitCount(name, model.Outputs[0].Name, model.Outputs[0].Shape);
            return new LocalClassifier(name, model, companion, names, shape, logitCount, parallelism == 0 ? Environment.ProcessorCount : parallelism, chunk);
        }
        catch
        {
            model?.Dispose();
            companion?.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task LogitsAsync(ReadOnlyMemory<float> inputs, int count, Memory<float> logits, CancellationToken cancellationToken)
    {
        int length = this.InputLength;
        int width = _singleLogit ? 1 : ClassCount;
        await InChunksAsync(count, _workers, _chunk, (start, size) => _model.Run(
            [OnnxTensor.CreateReadOnly(_names.Input, inputs.Slice(start * length, size * length), BatchShape(size))],
            [OnnxTensor.Create(_output, logits.Slice(start * width, size * width), size, width)],
            cancellationToken));
        if (_singleLogit)
        {
            LogitRow.ExpandSingleLogits(logits.Span, count);
        }
    }

    /// <inheritdoc/>
    public async Task LossGradientAsync(LossGradientQuery query, LossGradients result, Action<int, int>? finished, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(result);
        int length = this.InputLength;
        int width = _singleLogit ? 1 : ClassCount;
        long[] kinds = new long[Math.Min(_chunk, query.Count)];
        Array.Fill(kinds, (long)query.Loss);
        await InChunksAsync(query.Count, _workers, _chunk, (start, size) =>
        {
            Memory<float> logits = result.Logits.AsMemory(start * ClassCount, size * ClassCount);
            _companion.Run(
                [
                    OnnxTensor.CreateReadOnly(_names.Input, query.Inputs.Slice(start * length, size * length), BatchShape(size)),
                    OnnxTensor.CreateReadOnly(_names.Labels, query.Labels.Slice(start, size), size),
                    OnnxTensor.CreateReadOnly(_names.Targets, query.Targets.Slice(start, size), size),
                    OnnxTensor.CreateReadOnly<long>(_names.LossKind, kinds.AsMemory(0, size), size),
                ],
                [
                    OnnxTensor.Create(_names.Logits, logits[..(size * width)], size, width),
                    OnnxTensor.Create(_names.Loss, result.Loss.AsMemory(start, size), size),
                    OnnxTensor.Create(_names.InputGradient, result.Gradient.AsMemory(start * length, size * length), BatchShape(size)),
                ],
                cancellationToken);
            if (_singleLogit)
            {
                LogitRow.ExpandSingleLogits(logits.Span, size);
            }

            finished?.Invoke(start, size);
        });
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _model.Dispose();
        _companion.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>A probability is no logit: two classes would both be decided at 0, and a saturated one has no gradient.</summary>
    private static void RequireLogits(string name, OnnxGraph graph)
    {
        if (graph.Outputs is [{ Name: string output }, ..] && graph.Nodes.LastOrDefault(node => node.Outputs.Contains(output)) is { Operator: "Sigmoid" } node)
        {
            throw new InvalidModelException($"{name}: its output '{output}' comes from the {node.Operator} '{node.Name}' and is a probability; accepted are models that give logits.");
        }
    }

    private long[] BatchShape(int count) => [count, .. InputShape.Select(size => (long)size)];

    /// <summary>Splits a batch into chunks that the workers take in turn, at least one for each worker where there are examples enough.</summary>
    private static async Task InChunksAsync(int count, int workers, int largest, Action<int, int> run)
    {
        int chunk = Math.Clamp((count + workers - 1) / workers, 1, largest);
        int next = -1;
        void Work()
        {
            for (int start = Interlocked.Increment(ref next) * chunk; start < count; start = Interlocked.Increment(ref next) * chunk)
            {
                try
                {
                    run(start, Math.Min(chunk, count - start));
                }
                catch (ModelRunException exception)
                {
                    throw new CommandException(ExitCode.File, exception.Message, exception);
                }
            }
        }

        int busy = Math.Min(workers, (count + chunk - 1) / chunk);
        if (busy <= 1)
        {
            Work();
            return;
        }

        await Task.WhenAll(Enumerable.Range(0, busy).Select(_ => Task.Run(Work)));
    }
}
