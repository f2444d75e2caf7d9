using System.Text.Json;
using System.Text.Json.Serialization;

namespace GradientDynamics.EvaluationSets;

/// <summary>What an evaluation set says about itself.</summary>
public sealed record EvaluationSetMetadata
{
    /// <summary>Version of the file's schema that this library writes and reads.</summary>
    public const int CurrentSchemaVersion = 1;

    /// <summary>Key of the Parquet file's metadata under which this record stands as JSON.</summary>
    public const string FileKey = "gradientdynamics.evaluation_set";

    // Shares are printed with fewer digits than a double has; one part in a million is far below any group's share.
    private const double ShareTolerance = 1e-6;

    internal static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        AllowDuplicateProperties = false,
    };

    /// <summary>Version of the file's schema. Default 1.</summary>
    public int SchemaVersion { get; init; } = CurrentSchemaVersion;

    /// <summary>The model's inputs, in the order of each example's inputs.</summary>
    public required IReadOnlyList<EvaluationInput> Inputs { get; init; }

    /// <summary>Names of the classes; a label is a position in this list.</summary>
    public required IReadOnlyList<string> ClassNames { get; init; }

    /// <summary>Names of the attribute's values; empty where the set has no attribute. Default empty.</summary>
    public IReadOnlyList<string> AttributeNames { get; init; } = [];

    /// <summary>Share of each group in the training set, in the order of <see cref="Group"/>; empty where unknown. Default empty.</summary>
    public IReadOnlyList<double> TrainingGroupShares { get; init; } = [];

    /// <summary>Name of the dataset. Default empty.</summary>
    public string Dataset { get; init; } = "";

    /// <summary>Name of the split. Default empty.</summary>
    public string Split { get; init; } = "";

    /// <summary>True where each example has an attribute.</summary>
    [JsonIgnore]
    public bool HasAttribute => AttributeNames.Count > 0;

    /// <summary>Number of groups: classes times attribute values, or classes where there is no attribute.</summary>
    [JsonIgnore]
    public int GroupCount => ClassNames.Count * Math.Max(1, AttributeNames.Count);

    /// <summary>Group of an example: label times the number of attribute values, plus attribute; the label alone where the set has no attribute.</summary>
    public int Group(int label, int? attribute)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(label);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(label, ClassNames.Count);
        if (!HasAttribute)
        {
            return attribute is null ? label : throw new ArgumentException("The set has no attribute.", nameof(attribute));
        }

        int value = attribute ?? throw new ArgumentNullException(nameof(attribute), "Each example of the set has an attribute.");
        ArgumentOutOfRangeException.ThrowIfNegative(value, nameof(attribute));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(value, AttributeNames.Count, nameof(attribute));
        return (label * AttributeNames.Count) + value;
    }

    /// <summary>Name of a group: class and attribute.</summary>
    public string GroupName(int group)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(group);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(group, GroupCount);
        return HasAttribute ? $"{ClassNames[group / AttributeNames.Count]}, {AttributeNames[group % AttributeNames.Count]}" : ClassNames[group];
    }

    /// <summary>Column of an input: <c>input</c> where there is one, <c>input.NAME</c> where there are several.</summary>
    public string ColumnOf(int input) => Inputs.Count == 1 ? "input" : $"input.{Inputs[input].Name}";

    internal string ToJson() => JsonSerializer.Serialize(this, Options);

    internal static EvaluationSetMetadata FromJson(string json, string path)
    {
        try
        {
            // The version first: of a later schema, nothing else can be relied upon.
            using (JsonDocument document = JsonDocument.Parse(json))
            {
                if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("schemaVersion", out JsonElement version)
                    || version.ValueKind != JsonValueKind.Number || !version.TryGetInt32(out int number))
                {
                    throw new InvalidDataException($"{path}: metadata '{FileKey}' has no schemaVersion; accepted is {CurrentSchemaVersion}.");
                }

                if (number != CurrentSchemaVersion)
                {
                    throw new InvalidDataException($"{path}: has evaluation set schema version {number}; accepted is {CurrentSchemaVersion}.");
                }
            }

            return JsonSerializer.Deserialize<EvaluationSetMetadata>(json, Options)!;
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{path}: metadata '{FileKey}' is wrong: {exception.Message.ReplaceLineEndings(" ")}", exception);
        }
    }

    internal string? Problem()
    {
        if (SchemaVersion != CurrentSchemaVersion)
        {
            return $"schema version is {SchemaVersion}; accepted is {CurrentSchemaVersion}";
        }

        if (Inputs.Count == 0 || ClassNames.Count == 0)
        {
            return $"there are {Inputs.Count} inputs and {ClassNames.Count} classes; accepted is at least one of each";
        }

        if (Inputs.Any(input => input is null) || ClassNames.Concat(AttributeNames).Any(name => name is null))
        {
            return "an input or a name is null";
        }

        if (Inputs.Select(input => input.Name).Distinct().Count() != Inputs.Count)
        {
            return "two inputs have the same name";
        }

        if (Inputs.Select(input => input.Problem()).FirstOrDefault(problem => problem is not null) is { } inputProblem)
        {
            return inputProblem;
        }

        if (TrainingGroupShares.Count == 0)
        {
            return null;
        }

        if (TrainingGroupShares.Count != GroupCount)
        {
            return $"there are {TrainingGroupShares.Count} training group shares; accepted is one per group, {GroupCount}, or none";
        }

        return TrainingGroupShares.Any(share => !(share >= 0)) || !(Math.Abs(TrainingGroupShares.Sum() - 1) <= ShareTolerance)
            ? $"training group shares are [{string.Join(", ", TrainingGroupShares)}]; accepted are shares from 0 that sum to 1"
            : null;
    }
}
