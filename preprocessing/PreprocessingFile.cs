using System.Text.Json;
using System.Text.Json.Serialization;

namespace GradientDynamics.Preprocessing;

/// <summary>Reads and writes <c>preprocessing.json</c>: one <see cref="InputPreprocessing"/> with its <c>kind</c>.</summary>
public static class PreprocessingFile
{
    internal static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowOutOfOrderMetadataProperties = true,
        AllowDuplicateProperties = false,
        RespectNullableAnnotations = true,
        WriteIndented = true,
        NewLine = "\n",
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false) },
    };

    /// <summary>Reads the file.</summary>
    /// <exception cref="InvalidDataException">The file is no preprocessing; the message names it and what is wrong.</exception>
    public static InputPreprocessing Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<InputPreprocessing>(File.ReadAllText(path), Options)
                ?? throw new InvalidDataException($"{path}: is null; accepted is an object with a 'kind' of 'image' or 'text'.");
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException or NotSupportedException)
        {
            throw new InvalidDataException(
                $"{path}: is no preprocessing: {exception.Message.ReplaceLineEndings(" ").TrimEnd('.')}; accepted is an object with a 'kind' of 'image' or 'text' and the keys of that kind.", exception);
        }
    }

    /// <summary>The complete preprocessing as indented JSON; <see cref="Read"/> reads it back.</summary>
    public static string Write(InputPreprocessing preprocessing) => JsonSerializer.Serialize(preprocessing, Options) + "\n";
}
