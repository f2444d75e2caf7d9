using GradientDynamics.CommandLine;
using GradientDynamics.EvaluationSets;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Train.Execution;
using GradientDynamics.Train.Sampling;
using TorchSharp;
using static TorchSharp.torch;
using InputBounds = GradientDynamics.Onnx.Graph.InputBounds;

namespace GradientDynamics.Train.Agreement;

/// <summary>Values for all inputs of a model.</summary>
/// <param name="Source">Where they come from.</param>
/// <param name="Values">The values by input.</param>
internal sealed record ModelInputs(string Source, IReadOnlyDictionary<string, ConstantTensor> Values)
{
    /// <summary>Whether they are from files, not random.</summary>
    public bool IsGiven { get; private init; }

    // Several examples meet more branches than one; more would only cost time.
    private const int LargestExampleCount = 16;

    // Where nothing says how long a dimension is: more than one, so that the examples of a batch can be told apart.
    private const long DefaultSize = 2;

    /// <summary>Random values: floats within the model's bounds (0 and 1 where it states none), token ids within their embedding, other integers and truth values 0 or 1.</summary>
    /// <param name="model">The model.</param>
    /// <param name="seed">What they are drawn from.</param>
    /// <param name="shapes">Sizes of inputs by name, for dimensions that vary.</param>
    /// <param name="ranges">Least values and the values that all are below, by name.</param>
    /// <exception cref="CommandException">A shape does not fit, or an input cannot be drawn.</exception>
    public static ModelInputs Random(OnnxGraph model, RunSeed seed, IReadOnlyDictionary<string, long[]> shapes, IReadOnlyDictionary<string, (double Least, double Below)> ranges)
    {
        Dictionary<string, long> sizes = new(StringComparer.Ordinal);
        Dictionary<string, ConstantTensor> values = new(StringComparer.Ordinal);
        // Names that occur in a given shape hold for every input.
        foreach (GraphValue input in model.Inputs.Where(input => shapes.ContainsKey(input.Name)))
        {
            SizesOf(input, shapes[input.Name], sizes);
        }

        ModelMetadata metadata = ModelMetadata.Read(model);
        bool isOnlyFloat = model.Inputs.Count(input => input.Type.Element.IsFloatingPoint) == 1;
        foreach (GraphValue input in model.Inputs)
        {
            long[] shape = SizesOf(input, shapes.GetValueOrDefault(input.Name), sizes);
            Random random = seed.Stream($"check-model/{input.Name}");
            (double, double)? range = ranges.TryGetValue(input.Name, out (double, double) given) ? given : null;
            values.Add(input.Name, Draw(model, input, shape, range, isOnlyFloat ? metadata : new(), random));
        }

        return new("random", values);
    }

    /// <summary>Values from files: each .npy, .npz and evaluation set a set of its own, all .pb files together one.</summary>
    /// <exception cref="CommandException">A file is of no kind that is read, or does not fit the model.</exception>
    public static async Task<IReadOnlyList<ModelInputs>> ReadAsync(OnnxGraph model, IReadOnlyList<string> files, CancellationToken cancellationToken)
    {
        List<ModelInputs> all = [];
        string[] tensors = [.. files.Where(file => Path.GetExtension(file) == ".pb")];
        if (tensors.Length > 0)
        {
            all.Add(Fitted(model, string.Join(", ", tensors), ReadTensors(model, tensors)));
        }

        foreach (string file in files.Except(tensors))
        {
            if (Directory.Exists(file))
            {
                throw new CommandException(ExitCode.File, $"{file}: this is a folder; {Accepted}.");
            }

            all.Add(Fitted(model, file, Path.GetExtension(file) switch
            {
                ".npy" => new Dictionary<string, ConstantTensor> { [Only(model, file).Name] = NumpyFile.Read(file) },
                ".npz" => NumpyFile.ReadMany(file),
                ".parquet" => await ReadEvaluationSetAsync(model, file, cancellationToken),
                _ => throw new CommandException(ExitCode.File, $"{file}: {Accepted}."),
            }));
        }

        return all;
    }

    private const string Accepted = "inputs are accepted as .npz (arrays by the inputs' names), .npy (a model of one input), .pb (ONNX tensors) and .parquet (an evaluation set)";

    private static long[] SizesOf(GraphValue input, long[]? given, Dictionary<string, long> named)
    {
        if (input.Type.Shape is not { } shape)
        {
            return given ?? throw new CommandException(ExitCode.Configuration, $"--shape: the input '{input.Name}' states no shape; --shape {input.Name}=2x3 gives it one.");
        }

        if (given is not null && (given.Length != shape.Rank || shape.Index().Any(each => each.Item.Value is { } size && size != given[each.Index])))
        {
            throw new CommandException(ExitCode.Configuration, $"--shape: {input.Name} is given as {string.Join('x', given)}; the model's input is {input}.");
        }

        long[] sizes = new long[shape.Rank];
        for (int i = 0; i < sizes.Length; i++)
        {
            string? symbol = shape[i].Symbol;
            sizes[i] = shape[i].Value ?? given?[i] ?? (symbol is not null && named.TryGetValue(symbol, out long size) ? size : DefaultSize);
            if (symbol is not null)
            {
                named[symbol] = sizes[i];
            }
        }

        return sizes;
    }

    private static ConstantTensor Draw(OnnxGraph model, GraphValue input, long[] shape, (double Least, double Below)? range, ModelMetadata metadata, Random random)
    {
        ElementType element = input.Type.Element;
        if (element is ElementType.String or ElementType.Undefined)
        {
            throw new CommandException(ExitCode.File, $"The model's input is {input}; random inputs are drawn of numbers and truth values.");
        }

        double[] numbers = new double[shape.Aggregate(1L, (product, size) => checked(product * size))];
        if (element.IsFloatingPoint)
        {
            InputBounds bounds = range is var (least, below) ? new([least], [below]) : metadata.InputBounds ?? new([0], [1]);
            for (int i = 0; i < numbers.Length; i++)
            {
                int channel = ChannelOf(i, shape, bounds, metadata.Layout);
                numbers[i] = bounds.Lower[channel] + ((bounds.Upper[channel] - bounds.Lower[channel]) * random.NextDouble());
            }
        }
        else
        {
            (long least, long below) = range is var (from, to) ? ((long)from, (long)to) : (0, EmbeddingSizeOf(model, input.Name) ?? 2);
            bool isMask = range is null && below == 2;
            for (int i = 0; i < numbers.Length; i++)
            {
                // Whatever a mask hides, something is left to look at.
                numbers[i] = isMask && i % Math.Max(1, shape.LastOrDefault(1)) == 0 ? 1 : random.NextInt64(least, below);
            }
        }

        using DisposeScope scope = NewDisposeScope();
        return TorchTensors.ToConstant(tensor(numbers, dtype: ScalarType.Float64).reshape(shape), element);
    }

    private static int ChannelOf(int element, long[] shape, InputBounds bounds, string? layout)
    {
        if (bounds.Lower.Count == 1)
        {
            return 0;
        }

        int axis = layout == "HWC" ? shape.Length - 1 : 1;
        long inner = shape.Skip(axis + 1).Aggregate(1L, (product, size) => product * size);
        return (int)(element / inner % bounds.Lower.Count);
    }

    /// <summary>How many rows the table has that a Gather looks up with the input as it is, or cast or reshaped; null where there is none.</summary>
    public static long? EmbeddingSizeOf(OnnxGraph model, string input)
    {
        HashSet<string> same = [input];
        foreach (GraphNode node in model.Nodes)
        {
            if (node.Operator == "Gather" && node.Input(1) is { } indices && same.Contains(indices) && node.Input(0) is { } table && model.Initializers.TryGetValue(table, out ConstantTensor? rows) && rows.Sizes.Length > 0)
            {
                return rows.Sizes[(int)node.Attributes.Int("axis", 0)];
            }

            if (node.Operator is "Cast" or "Reshape" or "Identity" or "Unsqueeze" or "Squeeze" or "Flatten" && node.Input(0) is { } data && same.Contains(data))
            {
                same.UnionWith(node.Outputs);
            }
        }

        return null;
    }

    private static Dictionary<string, ConstantTensor> ReadTensors(OnnxGraph model, string[] files)
    {
        Dictionary<string, ConstantTensor> values = new(StringComparer.Ordinal);
        foreach ((int index, string file) in files.Index())
        {
            (string name, ConstantTensor value) = ReadTensor(file);
            string input = model.Inputs.Any(each => each.Name == name) ? name
                : index < model.Inputs.Count ? model.Inputs[index].Name
                : throw new CommandException(ExitCode.File, $"{file}: it is one more than the model's {model.Inputs.Count} inputs.");
            values[input] = value;
        }

        return values;
    }

    private static (string Name, ConstantTensor Value) ReadTensor(string file)
    {
        try
        {
            return OnnxModelFile.ParseTensor(File.ReadAllBytes(file));
        }
        catch (InvalidModelException error)
        {
            throw new CommandException(ExitCode.File, $"{file}: {error.Message}", error);
        }
    }

    private static async Task<Dictionary<string, ConstantTensor>> ReadEvaluationSetAsync(OnnxGraph model, string file, CancellationToken cancellationToken)
    {
        EvaluationSet set = await EvaluationSet.ReadAsync(file, LargestExampleCount, cancellationToken);
        Dictionary<string, ConstantTensor> values = new(StringComparer.Ordinal);
        foreach ((int index, EvaluationInput input) in set.Metadata.Inputs.Index())
        {
            if (!Enum.TryParse(input.Datatype switch { Datatype.FP32 => "Float", Datatype.FP64 => "Double", Datatype.FP16 => "Float16", Datatype.BF16 => "BFloat16", Datatype other => $"{other}" }, out ElementType element))
            {
                throw new CommandException(ExitCode.File, $"{file}: its input '{input.Name}' is of {input.Datatype}; numbers and truth values are accepted.");
            }

            string name = set.Metadata.Inputs.Count == 1 ? Only(model, file).Name : input.Name;
            values.Add(name, new(element, [set.Examples.Count, .. input.Shape.Select(size => (long)size)], set.ReadBytes(0, set.Examples.Count, index)));
        }

        return values;
    }

    private static GraphValue Only(OnnxGraph model, string file) => model.Inputs is [GraphValue only]
        ? only
        : throw new CommandException(ExitCode.File, $"{file}: holds one array; the model has the inputs {string.Join(", ", model.Inputs)}, which .npz takes by name.");

    // Every input once, in its type where the numbers are of the same kind: NumPy's defaults are 64-bit.
    private static ModelInputs Fitted(OnnxGraph model, string source, IReadOnlyDictionary<string, ConstantTensor> values)
    {
        if (values.Keys.Except(model.Inputs.Select(input => input.Name)).FirstOrDefault() is { } unknown)
        {
            throw new CommandException(ExitCode.File, $"{source}: has '{unknown}'; the model's inputs are {string.Join(", ", model.Inputs)}.");
        }

        Dictionary<string, ConstantTensor> fitted = new(StringComparer.Ordinal);
        Dictionary<string, long> named = new(StringComparer.Ordinal);
        foreach (GraphValue input in model.Inputs)
        {
            ConstantTensor value = values.GetValueOrDefault(input.Name) ?? throw new CommandException(ExitCode.File, $"{source}: has no '{input.Name}'; the model's inputs are {string.Join(", ", model.Inputs)}.");
            RequireShape(source, input, value, named);
            if (value.Element != input.Type.Element)
            {
                bool isInteger = !value.Element.IsFloatingPoint && value.Element is not (ElementType.Bool or ElementType.String);
                bool wantsInteger = !input.Type.Element.IsFloatingPoint && input.Type.Element is not (ElementType.Bool or ElementType.String);
                if (!(value.Element.IsFloatingPoint && input.Type.Element.IsFloatingPoint) && !(isInteger && wantsInteger))
                {
                    throw new CommandException(ExitCode.File, $"{source}: '{input.Name}' is {value.Element}{value.Shape}; the model's input is {input}.");
                }

                using Tensor held = TorchTensors.ToTorch(value);
                ConstantTensor converted = TorchTensors.ToConstant(held, input.Type.Element);
                using Tensor back = TorchTensors.ToTorch(converted);
                if (isInteger && !TorchTensors.ReadIntegers(back).AsSpan().SequenceEqual(TorchTensors.ReadIntegers(held)))
                {
                    throw new CommandException(ExitCode.File, $"{source}: '{input.Name}' has numbers that are not within {input.Type.Element}, which the model's input is.");
                }

                value = converted;
            }

            fitted.Add(input.Name, value);
        }

        return new(source, fitted) { IsGiven = true };
    }

    // Sizes that the model states, and the same size wherever a name occurs.
    private static void RequireShape(string source, GraphValue input, ConstantTensor value, Dictionary<string, long> named)
    {
        if (input.Type.Shape is not { } shape)
        {
            return;
        }

        ReadOnlySpan<long> sizes = value.Sizes;
        bool fits = shape.Rank == sizes.Length;
        for (int i = 0; fits && i < sizes.Length; i++)
        {
            fits = shape[i].Value is not { } size || size == sizes[i];
            if (shape[i].Symbol is { } symbol && !named.TryAdd(symbol, sizes[i]) && named[symbol] != sizes[i])
            {
                throw new CommandException(ExitCode.File, $"{source}: '{input.Name}' is {value.Element}{value.Shape}, and another input has {named[symbol]} for '{symbol}'; the model's input is {input}.");
            }
        }

        if (!fits)
        {
            throw new CommandException(ExitCode.File, $"{source}: '{input.Name}' is {value.Element}{value.Shape}; the model's input is {input}.");
        }
    }
}
