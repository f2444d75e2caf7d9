using System.Buffers;
using GradientDynamics.Onnx.Graph;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace GradientDynamics.Onnx.Runtime;

/// <summary>A model loaded into ONNX Runtime. <c>Run</c> may be called from many threads at once.</summary>
public sealed class OnnxSession : IDisposable
{
    // From memory, ONNX Runtime holds the message and its tensors at once; from a file beside the model it maps the tensors.
    private const long LargestInMemory = 64 << 20;

    private readonly InferenceSession _session;
    private DirectoryInfo? _folder;
    private readonly string _source;
    private readonly string[] _outputNames;

    // Native memory must outlive the runs that use it: the last of them frees a session that was disposed meanwhile.
    private readonly Lock _lifetime = new();
    private int _running;
    private bool _disposed;

    // Set once a run showed that the file's output shapes are not what the model computes.
    private volatile bool _declaredShapesAreWrong;

    private OnnxSession(InferenceSession session, string source)
    {
        _session = session;
        _source = source;
        Inputs = [.. session.InputNames.Select(name => Describe(source, "input", name, session.InputMetadata[name]))];
        Outputs = [.. session.OutputNames.Select(name => Describe(source, "output", name, session.OutputMetadata[name]))];
        Metadata = new Dictionary<string, string>(session.ModelMetadata.CustomMetadataMap);
        _outputNames = [.. session.OutputNames];
    }

    /// <summary>The inputs, in the file's order.</summary>
    public IReadOnlyList<TensorInfo> Inputs { get; }

    /// <summary>The outputs, in the file's order.</summary>
    public IReadOnlyList<TensorInfo> Outputs { get; }

    /// <summary>The file's <c>metadata_props</c>.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Loads a model file; weights in files beside it are found.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidModelException">The file is no model that can be run.</exception>
    public static OnnxSession Load(string path, OnnxSessionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        return File.Exists(path)
            ? Load(path, settings => new InferenceSession(path, settings), options)
            : throw new FileNotFoundException($"{path}: there is no such file.", path);
    }

    /// <summary>Loads a model from memory.</summary>
    /// <param name="model">The bytes of an ONNX file.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="options">How it runs.</param>
    /// <exception cref="InvalidModelException">The bytes are no model that can be run.</exception>
    public static OnnxSession Load(byte[] model, string name, OnnxSessionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(name);
        return Load(name, settings => new InferenceSession(model, settings), options);
    }

    /// <summary>Loads a graph.</summary>
    /// <param name="graph">The model.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="options">How it runs.</param>
    /// <exception cref="InvalidModelException">The graph cannot be run.</exception>
    public static OnnxSession Load(OnnxGraph graph, string name, OnnxSessionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(name);
        return graph.Initializers.Values.Sum(tensor => (long)tensor.Bytes.Length) <= LargestInMemory
            ? Load(OnnxModelFile.ToBytes(graph), name, options)
            : LoadThroughFolder(graph, name, options);
    }

    /// <summary>Runs the model and returns the outputs that are asked for, in that order; none asked for is all.</summary>
    /// <exception cref="ModelRunException">The inputs do not fit, or the model failed.</exception>
    public IReadOnlyList<OnnxTensor> Run(IReadOnlyList<OnnxTensor> inputs, IReadOnlyList<string>? outputs = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        string[] names = outputs is null or { Count: 0 } ? _outputNames : [.. outputs];
        if (!_declaredShapesAreWrong && TryAllocate(inputs, names) is { } places)
        {
            try
            {
                Run(inputs, places, cancellationToken);
                return places;
            }
            catch (ModelRunException exception) when (exception.InnerException is OnnxRuntimeException inner && IsOutputShapeMismatch(inner))
            {
                _declaredShapesAreWrong = true;
            }
        }

        return RunAllocating(inputs, names, cancellationToken);
    }

    /// <summary>Runs the model and writes its outputs into the memory of <paramref name="outputs"/>, whose shapes must be those that the run has.</summary>
    /// <exception cref="ModelRunException">The inputs or outputs do not fit, or the model failed.</exception>
    public void Run(IReadOnlyList<OnnxTensor> inputs, IReadOnlyList<OnnxTensor> outputs, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(outputs);
        foreach (OnnxTensor output in outputs)
        {
            if (!output.IsWritable)
            {
                throw new ArgumentException($"Output '{output.Name}' lies in memory that is only read.", nameof(outputs));
            }
        }

        using var values = new RunValues();
        string[] inputNames = values.Add(inputs, out OrtValue[] inputValues);
        string[] outputNames = values.Add(outputs, out OrtValue[] outputValues);
        Guard(options => _session.Run(options, inputNames, inputValues, outputNames, outputValues), cancellationToken);
    }

    /// <summary>Runs a model of one input on floats and returns its first output.</summary>
    /// <param name="input">The elements, row-major.</param>
    /// <param name="shape">The shape of the input.</param>
    /// <exception cref="ModelRunException">The input does not fit, or the model failed.</exception>
    public float[] Run(ReadOnlyMemory<float> input, params ReadOnlySpan<long> shape) =>
        Run([OnnxTensor.CreateReadOnly(Inputs[0].Name, input, shape)], [Outputs[0].Name])[0].ToArray<float>();

    /// <summary>Frees the model, once the runs that are under way have ended; new ones are refused.</summary>
    public void Dispose()
    {
        lock (_lifetime)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            if (_running > 0)
            {
                return;
            }
        }

        Free();
    }

    private static OnnxSession LoadThroughFolder(OnnxGraph graph, string name, OnnxSessionOptions? options)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("gradientdynamics-");
        try
        {
            string path = Path.Combine(folder.FullName, "model.onnx");
            OnnxModelFile.WriteWithData(graph, path);
            OnnxSession session = Load(name, settings => new InferenceSession(path, settings), options);

            // A file that is mapped can be deleted where the system counts its users; elsewhere it stays as long as the session.
            if (OperatingSystem.IsWindows())
            {
                session._folder = folder;
            }
            else
            {
                folder.Delete(recursive: true);
            }

            return session;
        }
        catch
        {
            folder.Delete(recursive: true);
            throw;
        }
    }

    private void Free()
    {
        _session.Dispose();
        _folder?.Delete(recursive: true);
    }

    private static OnnxSession Load(string source, Func<SessionOptions, InferenceSession> create, OnnxSessionOptions? options)
    {
        RuntimeEnvironment.Ensure();
        options ??= new OnnxSessionOptions();
        using var settings = new SessionOptions
        {
            IntraOpNumThreads = options.IntraOpThreads,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            EnableCpuMemArena = options.KeepMemory,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
            GraphOptimizationLevel = options.Optimization switch
            {
                GraphOptimization.None => GraphOptimizationLevel.ORT_DISABLE_ALL,
                GraphOptimization.Basic => GraphOptimizationLevel.ORT_ENABLE_BASIC,
                GraphOptimization.Extended => GraphOptimizationLevel.ORT_ENABLE_EXTENDED,
                _ => GraphOptimizationLevel.ORT_ENABLE_ALL,
            },
        };
        settings.AddSessionConfigEntry("session.intra_op.allow_spinning", options.AllowSpinning ? "1" : "0");
        settings.AddSessionConfigEntry("session.inter_op.allow_spinning", options.AllowSpinning ? "1" : "0");
        InferenceSession session;
        try
        {
            session = create(settings);
        }
        catch (OnnxRuntimeException exception)
        {
            throw new InvalidModelException($"{source}: {RuntimeMessage.Shorten(exception)}", exception);
        }

        try
        {
            return new OnnxSession(session, source);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    private static TensorInfo Describe(string source, string kind, string name, NodeMetadata value)
    {
        if (!value.IsTensor)
        {
            throw new InvalidModelException($"{source}: {kind} '{name}' is no tensor but {value.OnnxValueType}; only tensors can be fed and read");
        }

        var elementType = (ElementType)(int)value.ElementDataType;
        if (!Enum.IsDefined(elementType) || elementType == ElementType.Undefined || elementType.IsKeptOnly)
        {
            throw new InvalidModelException($"{source}: {kind} '{name}' has elements of {value.ElementDataType}, which cannot be fed or read");
        }

        return new TensorInfo(name, elementType, [.. value.Dimensions.Select(size => (long)size)], [.. value.SymbolicDimensions.Select(size => size ?? "")]);
    }

    private static bool IsOutputShapeMismatch(OnnxRuntimeException exception) => exception.Message.Contains("shape", StringComparison.OrdinalIgnoreCase);

    /// <summary>Places for the outputs where the inputs' shapes determine theirs; null where they do not.</summary>
    private OnnxTensor[]? TryAllocate(IReadOnlyList<OnnxTensor> inputs, string[] outputs)
    {
        Dictionary<string, long> sizes = [];
        foreach (OnnxTensor input in inputs)
        {
            TensorInfo? info = Inputs.FirstOrDefault(info => info.Name == input.Name);
            for (int i = 0; info is not null && i < info.Shape.Count && i < input.Shape.Length; i++)
            {
                if (info.SymbolicSizes[i] is { Length: > 0 } symbol)
                {
                    sizes[symbol] = input.Shape[i];
                }
            }
        }

        var places = new OnnxTensor[outputs.Length];
        for (int i = 0; i < outputs.Length; i++)
        {
            TensorInfo? info = Outputs.FirstOrDefault(info => info.Name == outputs[i]);
            if (info is null || info.ElementType == ElementType.String)
            {
                return null;
            }

            long[] shape = [.. info.Shape];
            for (int j = 0; j < shape.Length; j++)
            {
                if (shape[j] < 0 && !sizes.TryGetValue(info.SymbolicSizes[j], out shape[j]))
                {
                    return null;
                }
            }

            places[i] = OnnxTensor.Allocate(info.Name, info.ElementType, shape, checked(OnnxTensor.ElementCount(shape) * info.ElementType.Size));
        }

        return places;
    }

    private OnnxTensor[] RunAllocating(IReadOnlyList<OnnxTensor> inputs, string[] outputNames, CancellationToken cancellationToken)
    {
        using var values = new RunValues();
        string[] inputNames = values.Add(inputs, out OrtValue[] inputValues);
        IDisposableReadOnlyCollection<OrtValue>? results = null;
        Guard(options => results = _session.Run(options, inputNames, inputValues, outputNames), cancellationToken);
        using (results)
        {
            return [.. results!.Select((value, i) => Copy(outputNames[i], value))];
        }
    }

    private static OnnxTensor Copy(string name, OrtValue value)
    {
        OrtTensorTypeAndShapeInfo info = value.GetTensorTypeAndShape();
        if (info.IsString)
        {
            var strings = new ReadOnlyMemory<byte>[info.ElementCount];
            for (int i = 0; i < strings.Length; i++)
            {
                strings[i] = value.GetStringElementAsSpan(i).ToArray();
            }

            return OnnxTensor.CreateStrings(name, info.Shape, strings);
        }

        ReadOnlySpan<byte> data = value.GetTensorMutableRawData();
        return OnnxTensor.CreateRaw(name, (ElementType)(int)info.ElementDataType, info.Shape, data.ToArray());
    }

    private void Guard(Action<RunOptions> run, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var options = new RunOptions();
        using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(static state => ((RunOptions)state!).Terminate = true, options);
        Enter();
        try
        {
            run(options);
        }
        catch (OnnxRuntimeException exception)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new ModelRunException(_source, RuntimeMessage.Shorten(exception), RuntimeMessage.BlamesInput(exception), exception);
        }
        finally
        {
            Exit();
        }
    }

    private void Enter()
    {
        lock (_lifetime)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _running++;
        }
    }

    private void Exit()
    {
        lock (_lifetime)
        {
            _running--;
            if (!_disposed || _running > 0)
            {
                return;
            }
        }

        Free();
    }

    /// <summary>The native views of the tensors of one run, and the pins of their memory.</summary>
    private sealed class RunValues : IDisposable
    {
        private readonly List<OrtValue> _values = [];
        private readonly List<MemoryHandle> _pins = [];

        public string[] Add(IReadOnlyList<OnnxTensor> tensors, out OrtValue[] values)
        {
            string[] names = new string[tensors.Count];
            values = new OrtValue[tensors.Count];
            for (int i = 0; i < names.Length; i++)
            {
                names[i] = tensors[i].Name;
                values[i] = Add(tensors[i]);
            }

            return names;
        }

        public void Dispose()
        {
            foreach (OrtValue value in _values)
            {
                value.Dispose();
            }

            foreach (MemoryHandle pin in _pins)
            {
                pin.Dispose();
            }
        }

        private unsafe OrtValue Add(OnnxTensor tensor)
        {
            OrtValue value;
            if (tensor.Strings is { } strings)
            {
                value = OrtValue.CreateTensorWithEmptyStrings(OrtAllocator.DefaultInstance, tensor.ShapeArray);
                _values.Add(value);
                for (int i = 0; i < strings.Count; i++)
                {
                    value.StringTensorSetElementAt(strings[i].Span, i);
                }

                return value;
            }

            MemoryHandle pin = tensor.Data.Pin();
            _pins.Add(pin);
            var elementType = (TensorElementType)(int)tensor.ElementType;
            value = OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance, elementType, tensor.ShapeArray, (nint)pin.Pointer, tensor.Data.Length);
            _values.Add(value);
            return value;
        }
    }
}
