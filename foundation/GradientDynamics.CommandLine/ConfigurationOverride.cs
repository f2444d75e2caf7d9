using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace GradientDynamics.CommandLine;

/// <summary>One <c>--set path=value</c>.</summary>
internal sealed record ConfigurationOverride
{
    private ConfigurationOverride(string text, string path, IReadOnlyList<object> steps, string value)
    {
        Text = text;
        Path = path;
        Steps = steps;
        Value = value;
    }

    /// <summary>As the user wrote it.</summary>
    public string Text { get; }

    /// <summary>Key path, as messages print it.</summary>
    public string Path { get; }

    /// <summary>What follows the equals sign.</summary>
    public string Value { get; }

    /// <summary>How messages call it.</summary>
    public string Source => $"--set {Text}";

    // Each step is a key (string) or a position in a list (int).
    private IReadOnlyList<object> Steps { get; }

    public static ConfigurationOverride Parse(string text)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0)
        {
            throw Malformed(text);
        }

        string path = text[..equals].Trim();
        return new ConfigurationOverride(text, path, ParsePath(text, path), text[(equals + 1)..]);
    }

    /// <summary>Sets the value in the document, creating missing objects on the way.</summary>
    public JsonNode Apply(JsonNode root)
    {
        JsonNode? node = root;
        for (int i = 0; i < Steps.Count; i++)
        {
            bool last = i == Steps.Count - 1;
            JsonNode? child = Child(node, i);
            if (last || child is null)
            {
                child = last ? ParseValue() : Steps[i + 1] is int ? new JsonArray() : new JsonObject();
                Put(node, i, child);
            }

            node = child;
        }

        return root;
    }

    private static List<object> ParsePath(string text, string path)
    {
        List<object> steps = [];
        foreach (string part in path.Split('.'))
        {
            int bracket = part.IndexOf('[', StringComparison.Ordinal);
            string key = bracket < 0 ? part : part[..bracket];
            if (key.Length == 0)
            {
                throw Malformed(text);
            }

            steps.Add(key);
            string rest = part[key.Length..];
            while (rest.Length > 0)
            {
                int close = rest.IndexOf(']', StringComparison.Ordinal);
                if (rest[0] != '[' || close < 0 || !int.TryParse(rest[1..close], NumberStyles.None, CultureInfo.InvariantCulture, out int index))
                {
                    throw Malformed(text);
                }

                steps.Add(index);
                rest = rest[(close + 1)..];
            }
        }

        return steps;
    }

    private static CommandException Malformed(string text) =>
        new(ExitCode.Configuration, $"--set {text}: is no override; accepted is path=value, for example objective.coefficient=0.1 or layers[0].width=64.");

    private JsonNode? ParseValue()
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(Value, new JsonDocumentOptions { AllowDuplicateProperties = false });
            return JsonNode.Parse(Value);
        }
        catch (JsonException exception)
        {
            // What opens like JSON was meant as JSON: as a string it would only fail later, with a message that misleads.
            if (Value.TrimStart() is ['{' or '[' or '"', ..])
            {
                throw new CommandException(ExitCode.Configuration, $"{Source}: the value is not valid JSON: {JsonMessage.Of(exception)}", exception);
            }

            return JsonValue.Create(Value);
        }
    }

    private JsonNode? Child(JsonNode? node, int step) => (node, Steps[step]) switch
    {
        (JsonObject parent, string key) => parent[key],
        (JsonArray list, int index) => index < list.Count ? list[index] : index == list.Count ? null : throw OutOfList(step, list.Count),
        _ => throw NotContainer(step),
    };

    private void Put(JsonNode? node, int step, JsonNode? child)
    {
        if (node is JsonObject parent)
        {
            parent[(string)Steps[step]] = child;
        }
        else if (node is JsonArray list)
        {
            if ((int)Steps[step] == list.Count)
            {
                list.Add(child);
            }
            else
            {
                list[(int)Steps[step]] = child;
            }
        }
    }

    private CommandException OutOfList(int step, int count) =>
        new(ExitCode.Configuration, $"{Source}: '{Describe(step)}' has {count} entries; accepted positions are 0 to {count} ({count} appends).");

    private CommandException NotContainer(int step) =>
        new(ExitCode.Configuration, $"{Source}: '{Describe(step)}' is not {(Steps[step] is int ? "a list" : "an object")}, so it has no {(Steps[step] is int ? "position" : "key")} '{Steps[step]}'.");

    private string Describe(int steps) => steps == 0 ? "the configuration" : Steps.Take(steps).Aggregate("", KeyPath.Append);
}
