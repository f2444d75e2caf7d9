using System.Text.Json;

namespace GradientDynamics.Serve.Repository;

/// <summary>
/// What <c>models/NAME/config.json</c> says, the protocol's ModelConfig in protobuf JSON. Names, types and shapes of tensors come from the ONNX file itself;
/// of the configuration <c>name</c>, <c>platform</c>, <c>backend</c>, <c>maxBatchSize</c> and of <c>parameters</c> <c>gradientdynamics.cut</c> are read, every other key is reported as having no effect.
/// </summary>
/// <param name="MaxBatchSize">The largest first dimension of an input; none without a limit.</param>
/// <param name="GradientCut">The value at which the graph is cut for the gradient companion; none to differentiate an input.</param>
/// <param name="KeysWithoutEffect">Keys of the file that this server does not act upon.</param>
internal sealed record ModelConfiguration(long? MaxBatchSize, string? GradientCut, IReadOnlyList<string> KeysWithoutEffect)
{
    /// <summary>The parameter that names the value at which the graph is cut for the gradient companion.</summary>
    public const string GradientCutParameter = "gradientdynamics.cut";

    /// <summary>The file's name in a model's folder.</summary>
    public const string FileName = "config.json";

    /// <summary>Reads the configuration of the model in <paramref name="folder"/>; without a file nothing is configured.</summary>
    /// <exception cref="InvalidDataException">The file is no configuration of an ONNX model of this name.</exception>
    public static ModelConfiguration Read(string folder, string model)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            return new ModelConfiguration(null, null, []);
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { AllowDuplicateProperties = false });
            return Read(document.RootElement, path, model);
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{path}: this is no JSON: {exception.Message}", exception);
        }
    }

    private static ModelConfiguration Read(JsonElement root, string path, string model)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new InvalidDataException($"{path}: a JSON object is accepted, not {root.ValueKind}");
        }

        long? maxBatchSize = null;
        string? gradientCut = null;
        List<string> without = [];
        foreach (JsonProperty property in root.EnumerateObject())
        {
            switch (property.Name)
            {
                case "name":
                    Require(property, path, model);
                    break;
                case "platform":
                    Require(property, path, "onnxruntime_onnx", "onnx_onnxv1");
                    break;
                case "backend":
                    Require(property, path, "onnxruntime");
                    break;
                case "maxBatchSize" or "max_batch_size":
                    // Zero says in Triton that the model has no batch dimension; there is then nothing to limit.
                    maxBatchSize = property.Value.ValueKind == JsonValueKind.Number && property.Value.TryGetInt32(out int size) && size >= 0
                        ? (size == 0 ? null : size)
                        : throw new InvalidDataException($"{path}: {property.Name}: {property.Value.GetRawText()} is given where a whole number from 0 on is accepted");
                    break;
                case "parameters" when property.Value.ValueKind == JsonValueKind.Object:
                    foreach (JsonProperty parameter in property.Value.EnumerateObject())
                    {
                        if (parameter.Name == GradientCutParameter)
                        {
                            gradientCut = Text(parameter, path);
                        }
                        else
                        {
                            without.Add($"parameters.{parameter.Name}");
                        }
                    }

                    break;
                default:
                    without.Add(property.Name);
                    break;
            }
        }

        return new ModelConfiguration(maxBatchSize, gradientCut, without);
    }

    // A parameter is {"stringValue": "…"} in protobuf JSON; the field's own name is accepted too.
    private static string Text(JsonProperty parameter, string path) =>
        parameter.Value.ValueKind == JsonValueKind.Object
        && (parameter.Value.TryGetProperty("stringValue", out JsonElement text) || parameter.Value.TryGetProperty("string_value", out text))
        && text.ValueKind == JsonValueKind.String
            ? text.GetString()!
            : throw new InvalidDataException($"{path}: parameters.{parameter.Name}: {parameter.Value.GetRawText()} is given where {{\"stringValue\": \"NAME\"}} is accepted");

    private static void Require(JsonProperty property, string path, params string[] accepted)
    {
        if (property.Value.ValueKind != JsonValueKind.String || !accepted.Contains(property.Value.GetString()))
        {
            throw new InvalidDataException($"{path}: {property.Name}: {property.Value.GetRawText()} is given where {string.Join(" or ", accepted.Select(name => $"\"{name}\""))} is accepted");
        }
    }
}
