using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;

namespace GradientDynamics.Onnx.Graph;

/// <summary>Limits of valid inputs: one number for all channels, or one per channel.</summary>
public sealed record InputBounds
{
    /// <summary>Bounds of one number, or one per channel.</summary>
    /// <exception cref="ArgumentException">The counts differ, a number is not finite, or a lower bound is not below its upper bound.</exception>
    public InputBounds(IReadOnlyList<double> lower, IReadOnlyList<double> upper)
    {
        if (lower.Count == 0 || lower.Count != upper.Count || lower.Zip(upper).Any(pair => !double.IsFinite(pair.First) || !double.IsFinite(pair.Second) || pair.First >= pair.Second))
        {
            throw new ArgumentException("Equally many finite lower and upper bounds are accepted, each lower one below its upper one.");
        }

        Lower = [.. lower];
        Upper = [.. upper];
    }

    /// <summary>Smallest valid values.</summary>
    public IReadOnlyList<double> Lower { get; }

    /// <summary>Largest valid values.</summary>
    public IReadOnlyList<double> Upper { get; }

    /// <summary>Equal where the numbers are.</summary>
    public bool Equals(InputBounds? other) => other is not null && Lower.SequenceEqual(other.Lower) && Upper.SequenceEqual(other.Upper);

    /// <inheritdoc/>
    public override int GetHashCode() => Lower.Concat(Upper).Aggregate(0, HashCode.Combine);
}

/// <summary>
/// What a model says about itself: a typed view of the entries gradientdynamics.* of ONNX's metadata_props. Every entry is optional, so
/// that a model without them can be served and audited too. Lists and bounds are JSON, numbers are invariant text.
/// </summary>
public sealed record ModelMetadata
{
    /// <summary>What every key begins with.</summary>
    public const string Prefix = "gradientdynamics.";

    /// <summary>Task, such as "classification".</summary>
    public string? Task { get; init; }

    /// <summary>Names of the classes in the order of the logits; with a single logit two.</summary>
    public IReadOnlyList<string>? Classes { get; init; }

    /// <summary>Names of the attributes that define groups.</summary>
    public IReadOnlyList<string>? Attributes { get; init; }

    /// <summary>Limits of valid inputs, before the graph's own normalisation.</summary>
    public InputBounds? InputBounds { get; init; }

    /// <summary>Order of an example's dimensions, such as "CHW".</summary>
    public string? Layout { get; init; }

    /// <summary>Normalisation that gd-serve normalize put into the graph, as JSON: mean, std and scale.</summary>
    public string? Normalization { get; init; }

    /// <summary>Preprocessing from bytes to tensors, as JSON.</summary>
    public string? Preprocessing { get; init; }

    /// <summary>Objective of the training, such as "spectral-decoupling".</summary>
    public string? Objective { get; init; }

    /// <summary>Sampler of the training.</summary>
    public string? Sampler { get; init; }

    /// <summary>Dataset of the training.</summary>
    public string? Dataset { get; init; }

    /// <summary>Hash of the dataset's content.</summary>
    public string? DatasetHash { get; init; }

    /// <summary>Seed of the run.</summary>
    public long? Seed { get; init; }

    /// <summary>Number of threads of the run, with which its numbers can be repeated.</summary>
    public int? Threads { get; init; }

    /// <summary>Epoch of the weights.</summary>
    public int? Epoch { get; init; }

    /// <summary>Rule by which the epoch was selected.</summary>
    public string? Selection { get; init; }

    /// <summary>Figures at that epoch by name.</summary>
    public ImmutableSortedDictionary<string, double>? Metrics { get; init; }

    /// <summary>Complete configuration of the run, as JSON.</summary>
    public string? RunConfiguration { get; init; }

    /// <summary>The view of a graph's metadata.</summary>
    /// <exception cref="InvalidModelException">An entry is not of its type; the message names its key.</exception>
    public static ModelMetadata Read(OnnxGraph graph) => Read(graph.Metadata);

    /// <summary>The view of metadata entries; other keys are left alone.</summary>
    /// <exception cref="InvalidModelException">An entry is not of its type; the message names its key.</exception>
    public static ModelMetadata Read(IReadOnlyDictionary<string, string> entries)
    {
        string? Text(string key) => entries.GetValueOrDefault(Prefix + key);
        T? Parsed<T>(string key, string accepted, Func<string, T> parse)
            where T : class => Text(key) is { } text ? Parse(key, text, accepted, parse) : null;
        T? Number<T>(string key)
            where T : struct, IParsable<T> => Text(key) is { } text ? Parse(key, text, "a number", number => T.Parse(number, CultureInfo.InvariantCulture)) : null;
        return new()
        {
            Task = Text("task"),
            Classes = Parsed("classes", "a JSON list of texts", Json<string[]>),
            Attributes = Parsed("attributes", "a JSON list of texts", Json<string[]>),
            InputBounds = Parsed("input_bounds", "a JSON object of two lists of numbers, lower and upper", ParseBounds),
            Layout = Text("layout"),
            Normalization = Text("normalization"),
            Preprocessing = Text("preprocessing"),
            Objective = Text("objective"),
            Sampler = Text("sampler"),
            Dataset = Text("dataset"),
            DatasetHash = Text("dataset_hash"),
            Seed = Number<long>("seed"),
            Threads = Number<int>("threads"),
            Epoch = Number<int>("epoch"),
            Selection = Text("selection"),
            Metrics = Parsed("metrics", "a JSON object of numbers", text => Json<Dictionary<string, double>>(text).ToImmutableSortedDictionary(StringComparer.Ordinal)),
            RunConfiguration = Text("run_configuration"),
        };
    }

    /// <summary>The entries that say this; absent ones are left out.</summary>
    public IReadOnlyDictionary<string, string> ToEntries()
    {
        SortedDictionary<string, string> entries = new(StringComparer.Ordinal);
        void Set(string key, string? value)
        {
            if (value is not null)
            {
                entries[Prefix + key] = value;
            }
        }

        Set("task", Task);
        Set("classes", Classes is null ? null : JsonSerializer.Serialize(Classes));
        Set("attributes", Attributes is null ? null : JsonSerializer.Serialize(Attributes));
        Set("input_bounds", InputBounds is null ? null : JsonSerializer.Serialize(new { lower = InputBounds.Lower, upper = InputBounds.Upper }));
        Set("layout", Layout);
        Set("normalization", Normalization);
        Set("preprocessing", Preprocessing);
        Set("objective", Objective);
        Set("sampler", Sampler);
        Set("dataset", Dataset);
        Set("dataset_hash", DatasetHash);
        Set("seed", Seed?.ToString(CultureInfo.InvariantCulture));
        Set("threads", Threads?.ToString(CultureInfo.InvariantCulture));
        Set("epoch", Epoch?.ToString(CultureInfo.InvariantCulture));
        Set("selection", Selection);
        Set("metrics", Metrics is null ? null : JsonSerializer.Serialize(Metrics));
        Set("run_configuration", RunConfiguration);
        return entries;
    }

    /// <summary>Equal where every entry is.</summary>
    public bool Equals(ModelMetadata? other) => other is not null && ToEntries().SequenceEqual(other.ToEntries());

    /// <inheritdoc/>
    public override int GetHashCode() => ToEntries().Aggregate(0, (hash, entry) => HashCode.Combine(hash, entry.Key, entry.Value));

    private static T Parse<T>(string key, string text, string accepted, Func<string, T> parse)
    {
        try
        {
            return parse(text);
        }
        catch (Exception error) when (error is JsonException or FormatException or OverflowException or ArgumentException or KeyNotFoundException or InvalidOperationException)
        {
            throw new InvalidModelException($"Metadata '{Prefix}{key}' is '{text}'; {accepted} is accepted.", error);
        }
    }

    private static T Json<T>(string text)
        where T : class => JsonSerializer.Deserialize<T>(text) ?? throw new JsonException("null");

    private static InputBounds ParseBounds(string text)
    {
        using var document = JsonDocument.Parse(text);
        double[] Numbers(string name) => [.. document.RootElement.GetProperty(name).EnumerateArray().Select(number => number.GetDouble())];
        return new(Numbers("lower"), Numbers("upper"));
    }
}
