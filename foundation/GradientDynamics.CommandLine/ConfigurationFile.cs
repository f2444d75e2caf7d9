using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace GradientDynamics.CommandLine;

/// <summary>Strict JSON, read into immutable records; every error names the file, the key path, what is wrong and what is accepted.</summary>
/// <remarks>
/// Keys are camelCase and enums kebab-case, both compared exactly. Unknown, duplicate and missing <c>required</c> keys, numbers in quotes, null for what is not nullable,
/// unknown kinds, numbers that are not finite and values that an <c>init</c> guard refuses are errors. A check over several keys belongs in
/// <see cref="IJsonOnDeserialized.OnDeserialized"/>, which may throw <see cref="ArgumentException"/>. Comments (<c>//</c> and <c>/* */</c>) are skipped; trailing commas are errors.
/// </remarks>
public static class ConfigurationFile
{
    /// <summary>Name of the key that chooses among the kinds of a polymorphic record.</summary>
    public const string Discriminator = "kind";

    /// <summary>How configurations are read and written.</summary>
    public static JsonSerializerOptions Options { get; } = CreateOptions();

    /// <summary>Reads a configuration; each override is <c>path.to[0].key=value</c>, its value JSON or, where it is no JSON, a string.</summary>
    /// <exception cref="CommandException">The file, a key, a value or an override is wrong.</exception>
    public static T Read<T>(string path, IReadOnlyList<string> overrides)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Parse<T>(ReadText(path), path, overrides);
    }

    /// <summary>Parses a configuration; <paramref name="source"/> is what messages call it.</summary>
    /// <exception cref="CommandException">A key, a value or an override is wrong.</exception>
    public static T Parse<T>(string json, string source, IReadOnlyList<string> overrides)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(overrides);
        return (T)ConfigurationReader.Read(typeof(T), json, source, [.. overrides.Select(ConfigurationOverride.Parse)], Options);
    }

    /// <summary>The complete configuration as indented JSON, defaults filled in; <see cref="Parse{T}"/> reads it back.</summary>
    public static string Write<T>(T value) => JsonSerializer.Serialize(value, Options) + "\n";

    private static string ReadText(string path)
    {
        try
        {
            return File.ReadAllText(path, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true));
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new CommandException(ExitCode.Configuration, $"{path}: no such configuration file.", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            string reason = Directory.Exists(path) ? "is a directory; accepted is a JSON file." : exception.Message;
            throw new CommandException(ExitCode.Configuration, $"{path}: {reason}", exception);
        }
        catch (DecoderFallbackException exception)
        {
            throw new CommandException(ExitCode.Configuration, $"{path}: is not UTF-8 text; accepted is a JSON file.", exception);
        }
    }

    private static JsonSerializerOptions CreateOptions()
    {
        JsonSerializerOptions options = new()
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
            AllowOutOfOrderMetadataProperties = true,
            AllowDuplicateProperties = false,
            RespectNullableAnnotations = true,
            RespectRequiredConstructorParameters = true,
            NumberHandling = JsonNumberHandling.Strict,
            ReadCommentHandling = JsonCommentHandling.Skip,
            IgnoreReadOnlyProperties = true,
            WriteIndented = true,
            NewLine = "\n",
            // Paths and descriptions stay readable; the files are never embedded in HTML.
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { ConfigurationReader.NameGuardedProperties } },
            Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false) },
        };
        options.MakeReadOnly();
        return options;
    }
}
