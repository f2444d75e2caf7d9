using System.Collections;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace GradientDynamics.CommandLine;

/// <summary>Checks a JSON document against the records that it fills, innermost values first, so that whatever fails is known by its key path.</summary>
internal sealed class ConfigurationReader
{
    private readonly Dictionary<JsonConverter, JsonSerializerOptions> _converted = [];
    private readonly string _source;
    private readonly IReadOnlyList<ConfigurationOverride> _overrides;
    private readonly JsonSerializerOptions _options;

    private ConfigurationReader(string source, IReadOnlyList<ConfigurationOverride> overrides, JsonSerializerOptions options)
    {
        _source = source;
        _overrides = overrides;
        _options = options;
    }

    public static object Read(Type type, string json, string source, IReadOnlyList<ConfigurationOverride> overrides, JsonSerializerOptions options)
    {
        ConfigurationReader reader = new(source, overrides, options);
        using JsonDocument document = reader.ParseDocument(json);
        reader.CheckDuplicates(document.RootElement, "");
        if (overrides.Count == 0)
        {
            return reader.Bind(document.RootElement, type, "");
        }

        JsonNode root = JsonObject.Create(document.RootElement)
            ?? throw reader.Wrong("", $"is {Describe(document.RootElement)}; accepted is an object.");
        root = overrides.Aggregate(root, (node, change) => change.Apply(node));
        using JsonDocument changed = JsonDocument.Parse(root.ToJsonString());
        return reader.Bind(changed.RootElement, type, "");
    }

    /// <summary>Makes every setter say which property refused a value.</summary>
    public static void NameGuardedProperties(JsonTypeInfo info)
    {
        foreach (JsonPropertyInfo property in info.Properties)
        {
            if (property.Set is { } set)
            {
                string name = property.Name;
                property.Set = (target, value) =>
                {
                    try
                    {
                        set(target, value);
                    }
                    catch (ArgumentException exception)
                    {
                        throw new RefusedValueException(name, exception);
                    }
                };
            }
        }
    }

    private JsonDocument ParseDocument(string json)
    {
        try
        {
            return JsonDocument.Parse(json, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowDuplicateProperties = true });
        }
        catch (JsonException exception)
        {
            string place = exception.LineNumber is { } line ? $" at line {line + 1}, column {exception.BytePositionInLine + 1}" : "";
            throw new CommandException(ExitCode.Configuration, $"{_source}: is not valid JSON{place}: {JsonMessage.Of(exception)}", exception);
        }
    }

    private void CheckDuplicates(JsonElement element, string path)
    {
        if (element.ValueKind == JsonValueKind.Object)
        {
            HashSet<string> seen = [];
            foreach (JsonProperty property in element.EnumerateObject())
            {
                string key = KeyPath.Append(path, property.Name);
                if (!seen.Add(property.Name))
                {
                    throw new CommandException(ExitCode.Configuration, $"{_source}: key '{key}' stands twice; accepted is each key once.");
                }

                CheckDuplicates(property.Value, key);
            }
        }
        else if (element.ValueKind == JsonValueKind.Array)
        {
            foreach ((int index, JsonElement item) in element.EnumerateArray().Index())
            {
                CheckDuplicates(item, KeyPath.Append(path, index));
            }
        }
    }

    private object Bind(JsonElement element, Type type, string path)
    {
        if (element.ValueKind == JsonValueKind.Null)
        {
            throw Wrong(path, $"is null; accepted is {Accepted(type)}.");
        }

        Check(element, type, path);
        return Deserialize(element, type, path)!;
    }

    private void Check(JsonElement element, Type type, string path)
    {
        if (Nullable.GetUnderlyingType(type) is { } underlying)
        {
            if (element.ValueKind == JsonValueKind.Null)
            {
                return;
            }

            type = underlying;
        }

        JsonTypeInfo info = _options.GetTypeInfo(type);
        switch (info.Kind)
        {
            case JsonTypeInfoKind.Object:
                CheckObject(element, info, path);
                break;
            case JsonTypeInfoKind.Enumerable when info.ElementType is { } item:
                RequireKind(element, JsonValueKind.Array, type, path);
                foreach ((int index, JsonElement value) in element.EnumerateArray().Index())
                {
                    CheckMember(value, item, KeyPath.Append(path, index));
                }

                break;
            case JsonTypeInfoKind.Dictionary when info.ElementType is { } item:
                RequireKind(element, JsonValueKind.Object, type, path);
                foreach (JsonProperty property in element.EnumerateObject())
                {
                    CheckMember(property.Value, item, KeyPath.Append(path, property.Name));
                }

                break;
            default:
                CheckValue(element, type, path);
                break;
        }
    }

    private void CheckMember(JsonElement element, Type type, string path)
    {
        if (element.ValueKind == JsonValueKind.Null && Nullable.GetUnderlyingType(type) is null)
        {
            throw Wrong(path, $"is null; accepted is {Accepted(type)}.");
        }

        Check(element, type, path);
        Deserialize(element, type, path);
    }

    private void CheckObject(JsonElement element, JsonTypeInfo declared, string path)
    {
        RequireKind(element, JsonValueKind.Object, declared.Type, path);
        JsonTypeInfo info = ChooseKind(element, declared, path);
        Dictionary<string, JsonPropertyInfo> accepted = info.Properties.Where(IsReadable).ToDictionary(property => property.Name);
        string? discriminator = declared.PolymorphismOptions?.TypeDiscriminatorPropertyName;
        foreach (JsonProperty property in element.EnumerateObject())
        {
            if (property.Name == discriminator)
            {
                continue;
            }

            string key = KeyPath.Append(path, property.Name);
            if (!accepted.TryGetValue(property.Name, out JsonPropertyInfo? known))
            {
                string[] names = [.. discriminator is null ? [] : (string[])[discriminator], .. accepted.Keys];
                string list = names.Length == 0 ? "no keys at all" : Quote(names);
                throw new CommandException(ExitCode.Configuration, $"{SourceOf(key)}: unknown key '{key}'{NearestName.Suggest(property.Name, names)}{(NearestName.Find(property.Name, names) is null ? ";" : "")} accepted: {list}.");
            }

            if (known.CustomConverter is { } converter && property.Value.ValueKind != JsonValueKind.Null)
            {
                CheckConverted(property.Value, known.PropertyType, converter, key);
            }
            else if (property.Value.ValueKind != JsonValueKind.Null)
            {
                Check(property.Value, known.PropertyType, key);
                Deserialize(property.Value, known.PropertyType, key);
            }
            else if (!known.IsSetNullable)
            {
                throw Wrong(key, $"is null; accepted is {Accepted(known.PropertyType)}.");
            }
        }

        foreach (JsonPropertyInfo required in accepted.Values.Where(property => property.IsRequired))
        {
            if (!element.TryGetProperty(required.Name, out _))
            {
                string key = KeyPath.Append(path, required.Name);
                throw new CommandException(ExitCode.Configuration, $"{SourceOf(path)}: required key '{key}' is missing; accepted is {Accepted(required.PropertyType)}.");
            }
        }
    }

    // A converter of its own knows what it accepts, which need not be what the type says.
    private void CheckConverted(JsonElement element, Type type, JsonConverter converter, string path)
    {
        if (!_converted.TryGetValue(converter, out JsonSerializerOptions? options))
        {
            options = _converted[converter] = new(_options);
            options.Converters.Insert(0, converter);
        }

        try
        {
            element.Deserialize(type, options);
        }
        catch (JsonException exception)
        {
            throw Wrong(path, $"is {Describe(element)}: {JsonMessage.Of(exception)}", exception);
        }
    }

    private JsonTypeInfo ChooseKind(JsonElement element, JsonTypeInfo declared, string path)
    {
        if (declared.PolymorphismOptions is not { } polymorphism)
        {
            return declared;
        }

        Dictionary<string, Type> kinds = polymorphism.DerivedTypes.Where(derived => derived.TypeDiscriminator is string)
            .ToDictionary(derived => (string)derived.TypeDiscriminator!, derived => derived.DerivedType);
        string key = KeyPath.Append(path, polymorphism.TypeDiscriminatorPropertyName);
        if (!element.TryGetProperty(polymorphism.TypeDiscriminatorPropertyName, out JsonElement kind))
        {
            return declared.Type.IsAbstract
                ? throw new CommandException(ExitCode.Configuration, $"{SourceOf(path)}: required key '{key}' is missing; accepted: {Quote(kinds.Keys)}.")
                : declared;
        }

        string? name = kind.ValueKind == JsonValueKind.String ? kind.GetString() : null;
        if (name is null || !kinds.TryGetValue(name, out Type? chosen))
        {
            string nearest = name is null ? "" : NearestName.Suggest(name, kinds.Keys);
            throw Wrong(key, $"is {Describe(kind)}{nearest}{(nearest.Length == 0 ? ";" : "")} accepted: {Quote(kinds.Keys)}.");
        }

        // Deserializing the chosen kind by itself would meet the discriminator as an unknown key; only its properties are needed here.
        return _options.GetTypeInfo(chosen);
    }

    private void CheckValue(JsonElement element, Type type, string path)
    {
        if (type.IsEnum)
        {
            string[] names = EnumNames(type);
            if (element.ValueKind != JsonValueKind.String || !names.Contains(element.GetString()))
            {
                string nearest = element.ValueKind == JsonValueKind.String ? NearestName.Suggest(element.GetString()!, names) : "";
                throw Wrong(path, $"is {Describe(element)}{nearest}{(nearest.Length == 0 ? ";" : "")} accepted: {Quote(names)}.");
            }
        }
        else if (ExpectedKind(type) is { } expected)
        {
            if (element.ValueKind != expected && !(type == typeof(bool) && element.ValueKind == JsonValueKind.False))
            {
                throw Wrong(path, $"is {Describe(element)}; accepted is {Accepted(type)}{QuoteHint(type, path)}.");
            }

            // A number such as 1e999 is valid JSON and would become infinity.
            if ((type == typeof(double) && !double.IsFinite(element.GetDouble())) || (type == typeof(float) && !float.IsFinite(element.GetSingle())))
            {
                throw Wrong(path, $"is {Describe(element)}, too large for a number of type {type.Name.ToLowerInvariant()}; accepted is {Accepted(type)}.");
            }
        }
    }

    private string QuoteHint(Type type, string path) =>
        type == typeof(string) && _overrides.Any(change => change.Path == path) ? """, which --set takes in quotes: '"…"'""" : "";

    private object? Deserialize(JsonElement element, Type type, string path)
    {
        try
        {
            return element.Deserialize(type, _options);
        }
        catch (RefusedValueException exception)
        {
            string key = KeyPath.Append(path, exception.Key);
            string actual = element.TryGetProperty(exception.Key, out JsonElement value) ? Describe(value) : "refused";
            throw Wrong(key, $"is {actual}: {GuardMessage(exception.Refusal)}", exception.Refusal);
        }
        catch (ArgumentException exception)
        {
            // A guard in a constructor or over several keys.
            string key = exception.ParamName is { } name && element.ValueKind == JsonValueKind.Object
                && element.TryGetProperty(JsonNamingPolicy.CamelCase.ConvertName(name), out _) ? KeyPath.Append(path, JsonNamingPolicy.CamelCase.ConvertName(name)) : path;
            throw Wrong(key, $"is refused: {GuardMessage(exception)}", exception);
        }
        catch (JsonException exception)
        {
            bool scalar = element.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array);
            throw Wrong(path, scalar ? $"is {Describe(element)}; accepted is {Accepted(type)}." : $"is refused: {JsonMessage.Of(exception)}", exception);
        }
    }

    private void RequireKind(JsonElement element, JsonValueKind expected, Type type, string path)
    {
        if (element.ValueKind != expected)
        {
            throw Wrong(path, $"is {Describe(element)}; accepted is {Accepted(type)}.");
        }
    }

    private CommandException Wrong(string path, string what, Exception? inner = null) =>
        new(ExitCode.Configuration, $"{SourceOf(path)}: {(path.Length == 0 ? "the document" : $"key '{path}'")} {what}", inner);

    private string SourceOf(string path) => _overrides.LastOrDefault(change => KeyPath.IsWithin(path, change.Path)) is { } change ? change.Source : _source;

    private string Accepted(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type.IsEnum)
        {
            return $"one of {Quote(EnumNames(type))}";
        }

        return _options.GetTypeInfo(type).Kind switch
        {
            JsonTypeInfoKind.Object => "an object",
            JsonTypeInfoKind.Enumerable => "a list",
            JsonTypeInfoKind.Dictionary => "an object",
            _ => ExpectedKind(type) switch
            {
                JsonValueKind.String => "a string",
                JsonValueKind.True => "true or false",
                JsonValueKind.Number => WholeNumberRange(type) is { } range ? $"a whole number {range}" : "a number",
                _ => $"a value of type {type.Name}",
            },
        };
    }

    private static string? WholeNumberRange(Type type) => Type.GetTypeCode(type) switch
    {
        TypeCode.Byte => $"from {byte.MinValue} to {byte.MaxValue}",
        TypeCode.SByte => $"from {sbyte.MinValue} to {sbyte.MaxValue}",
        TypeCode.Int16 => $"from {short.MinValue} to {short.MaxValue}",
        TypeCode.UInt16 => $"from {ushort.MinValue} to {ushort.MaxValue}",
        TypeCode.Int32 => $"from {int.MinValue} to {int.MaxValue}",
        TypeCode.UInt32 => $"from {uint.MinValue} to {uint.MaxValue}",
        TypeCode.Int64 => $"from {long.MinValue} to {long.MaxValue}",
        TypeCode.UInt64 => $"from {ulong.MinValue} to {ulong.MaxValue}",
        _ => null,
    };

    private static JsonValueKind? ExpectedKind(Type type) => Type.GetTypeCode(type) switch
    {
        TypeCode.String => JsonValueKind.String,
        TypeCode.Boolean => JsonValueKind.True,
        TypeCode.Single or TypeCode.Double or TypeCode.Decimal => JsonValueKind.Number,
        _ => WholeNumberRange(type) is null ? null : JsonValueKind.Number,
    };

    private string[] EnumNames(Type type) => [.. ((IEnumerable)Enum.GetValues(type)).Cast<object>()
        .Select(value => JsonSerializer.SerializeToElement(value, type, _options).GetString()!)];

    private static bool IsReadable(JsonPropertyInfo property) => (property.Set is not null || property.AssociatedParameter is not null) && !property.IsExtensionData;

    private static string Quote(IEnumerable<string> names) => string.Join(", ", names.Select(name => $"'{name}'"));

    private static string Describe(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.Null => "null",
        _ => Shorten(element.GetRawText()),
    };

    private static string Shorten(string text) => text.Length <= 80 ? text : text[..77] + "…";

    // "value ('-1') must be a non-negative value. (Parameter 'value')\nActual value was -1." becomes "must be a non-negative value."
    private static string GuardMessage(ArgumentException exception)
    {
        string message = exception.Message;
        int parameter = message.IndexOf(" (Parameter '", StringComparison.Ordinal);
        message = parameter < 0 ? message : message[..parameter];
        string prefix = $"{exception.ParamName} (";
        int closing = message.IndexOf(") ", StringComparison.Ordinal);
        message = exception.ParamName is not null && message.StartsWith(prefix, StringComparison.Ordinal) && closing > 0 ? message[(closing + 2)..] : message;
        return message.ReplaceLineEndings(" ").TrimEnd('.', ' ') + ".";
    }

    private sealed class RefusedValueException(string key, ArgumentException refusal) : Exception(refusal.Message, refusal)
    {
        public string Key { get; } = key;

        public ArgumentException Refusal { get; } = refusal;
    }
}
