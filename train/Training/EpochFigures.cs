using System.Collections.Concurrent;
using System.Text.Json;

namespace GradientDynamics.Train.Training;

/// <summary>One line of metrics.jsonl, its figures under the names of <see cref="MetricNames"/>.</summary>
/// <param name="Epoch">Epochs done.</param>
/// <param name="Seconds">Wall time since the line before.</param>
/// <param name="Values">Figures by name.</param>
internal sealed record EpochFigures(int Epoch, double Seconds, IReadOnlyDictionary<string, double> Values)
{
    private static readonly ConcurrentDictionary<(string Split, string Key), string> Names = new();

    /// <summary>The lines of a run, in the order of its epochs.</summary>
    /// <exception cref="InvalidDataException">A line is not readable; the message names it.</exception>
    public static IEnumerable<EpochFigures> Read(string file) => Read(file, Parse);

    /// <summary>The lines of a run with the mean of some figures of its splits, which is not a number where the line lacks one. Reads no more of a line than that.</summary>
    /// <exception cref="InvalidDataException">A line is not readable; the message names it.</exception>
    public static IEnumerable<EpochScore> ReadScores(string file, IReadOnlyList<string> names)
    {
        (string Split, string Key)[] keys = [.. names.Select(name => name.Split('/')).Select(parts => (parts[0], CamelCase(parts[1])))];
        return Read(file, line =>
        {
            using JsonDocument document = JsonDocument.Parse(line);
            JsonElement root = document.RootElement;
            double sum = 0;
            foreach ((string split, string key) in keys)
            {
                sum += root.TryGetProperty(split, out JsonElement figures) && figures.ValueKind == JsonValueKind.Object
                    && figures.TryGetProperty(key, out JsonElement figure) && figure.ValueKind == JsonValueKind.Number ? figure.GetDouble() : double.NaN;
            }

            return new EpochScore(line, root.GetProperty("epoch").GetInt32(), root.GetProperty("seconds").GetDouble(), sum / keys.Length);
        });
    }

    /// <summary>A line.</summary>
    public static EpochFigures Parse(string line)
    {
        using JsonDocument document = JsonDocument.Parse(line);
        JsonElement root = document.RootElement;
        Dictionary<string, double> values = new(StringComparer.Ordinal);
        foreach (string split in (string[])["train", "validation", "test"])
        {
            if (root.TryGetProperty(split, out JsonElement figures) && figures.ValueKind == JsonValueKind.Object)
            {
                AddSplit(values, split, figures);
            }
        }

        values["train/penalty"] = root.GetProperty("penalty").GetDouble();
        foreach (JsonProperty state in root.GetProperty("state").EnumerateObject())
        {
            values[$"state/{state.Name}"] = state.Value.GetDouble();
        }

        return new(root.GetProperty("epoch").GetInt32(), root.GetProperty("seconds").GetDouble(), values);
    }

    private static IEnumerable<T> Read<T>(string file, Func<string, T> parse)
    {
        int number = 0;
        foreach (string line in File.ReadLines(file))
        {
            number++;
            T parsed;
            try
            {
                parsed = parse(line);
            }
            catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
            {
                throw new InvalidDataException($"{file}, line {number}: is no line of metrics: {error.Message}", error);
            }

            yield return parsed;
        }
    }

    private static string CamelCase(string name) => string.Concat(name.Split('_').Select((word, i) => i == 0 ? word : char.ToUpperInvariant(word[0]) + word[1..]));

    private static void AddSplit(Dictionary<string, double> values, string split, JsonElement figures)
    {
        foreach (JsonProperty figure in figures.EnumerateObject())
        {
            if (figure.Value.ValueKind == JsonValueKind.Number)
            {
                values[Names.GetOrAdd((split, figure.Name), key => $"{key.Split}/{JsonNamingPolicy.SnakeCaseLower.ConvertName(key.Key)}")] = figure.Value.GetDouble();
            }
        }

        foreach (JsonElement group in figures.GetProperty("groups").EnumerateArray())
        {
            if (group.GetProperty("accuracy") is { ValueKind: JsonValueKind.Number } accuracy)
            {
                values[$"{split}/accuracy/{group.GetProperty("name").GetString()}"] = accuracy.GetDouble();
            }
        }
    }
}

/// <summary>One line of metrics.jsonl by its score.</summary>
/// <param name="Line">The line.</param>
/// <param name="Epoch">Epochs done.</param>
/// <param name="Seconds">Wall time since the line before.</param>
/// <param name="Score">The score; not a number where the line lacks a figure, or where there is nothing to score.</param>
internal readonly record struct EpochScore(string Line, int Epoch, double Seconds, double Score);
