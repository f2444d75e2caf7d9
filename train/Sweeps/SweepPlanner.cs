using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using GradientDynamics.CommandLine;
using GradientDynamics.Train.Sampling;
using GradientDynamics.Train.Training;

namespace GradientDynamics.Train.Sweeps;

/// <summary>
/// Makes the trials of a sweep. Each setting of each method on each dataset has a random stream of its own, derived from the sweep's seed: another setting, method or dataset, or more draws, change
/// no draw that was there before. A combination that was drawn before is drawn again, so that all are different.
/// </summary>
internal sealed class SweepPlanner
{
    // Draws in vain after which a cell's combinations count as exhausted: with one left among a thousand, all these fail with probability e^-10.
    private const int Attempts = 10_000;

    private static readonly JsonSerializerOptions CompactOptions = new(ConfigurationFile.Options) { WriteIndented = false };

    private readonly SweepConfig _sweep;
    private readonly string _source;
    private readonly string _folder;
    private readonly Action<string> _say;
    private readonly Dictionary<string, JsonObject> _recipes = [];

    private SweepPlanner(SweepConfig sweep, string path, Action<string> say)
    {
        _sweep = sweep;
        _source = path;
        _folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        _say = say;
    }

    /// <summary>The plan of a sweep.</summary>
    /// <param name="sweep">What to search.</param>
    /// <param name="path">File that it was read from: recipes are below its folder, and messages name it.</param>
    /// <param name="say">Takes lines for the user.</param>
    /// <exception cref="CommandException">A configuration of a trial is wrong; the message names the trial and the key.</exception>
    public static TrialPlan Plan(SweepConfig sweep, string path, Action<string> say)
    {
        SweepPlanner planner = new(sweep, path, say);
        IEnumerable<KeyValuePair<string, SweepPart>> datasets = sweep.Datasets.Count > 0 ? sweep.Datasets : [new("", new())];
        IEnumerable<KeyValuePair<string, SweepMethod>> methods = sweep.Methods.Count > 0 ? sweep.Methods : [new("", new())];
        return new([.. from dataset in datasets
                       from method in methods
                       from trial in planner.Cell(dataset.Key, dataset.Value, method.Key, method.Value)
                       select trial]);
    }

    private IEnumerable<Trial> Cell(string dataset, SweepPart datasetPart, string method, SweepMethod methodPart)
    {
        SweepPart[] parts = [_sweep.All, datasetPart, methodPart, methodPart.ByDataset.GetValueOrDefault(dataset, new())];
        string? recipe = parts.LastOrDefault(part => part.Recipe is not null)?.Recipe;
        JsonObject start = recipe is null ? [] : (JsonObject)Recipe(recipe).DeepClone();
        Dictionary<string, SearchDistribution> search = [];
        Dictionary<string, IReadOnlyList<JsonElement?>> grid = [];
        foreach (SweepPart part in parts)
        {
            if (part.Settings is { } settings)
            {
                Merge(start, JsonObject.Create(settings)!);
                RemoveWithin(search, settings);
                RemoveWithin(grid, settings);
            }

            foreach (string path in part.Search.Keys.Concat(part.Grid.Keys).SelectMany(Paths))
            {
                Remove(search, path);
                Remove(grid, path);
            }

            foreach ((string paths, SearchDistribution distribution) in part.Search)
            {
                search[paths] = distribution;
            }

            foreach ((string paths, IReadOnlyList<JsonElement?> values) in part.Grid)
            {
                grid[paths] = values;
            }
        }

        string cell = $"{dataset}/{method}";
        string text = start.ToJsonString();
        int combination = 0;
        foreach (Dictionary<string, JsonElement?> settings in Combinations(cell, search, grid))
        {
            string place = $"{_source}: {(dataset.Length + method.Length == 0 ? "" : $"{string.Join(", ", new[] { dataset, method }.Where(name => name.Length > 0))}, ")}combination {combination}";
            RunConfig config = Configure(text, place, settings);
            string datasetName = dataset.Length > 0 ? dataset : ConfigurationKind.Of(config.Dataset);
            string methodName = method.Length > 0 ? method : ConfigurationKind.Of(config.Objective);
            foreach (long seed in _sweep.RunSeeds)
            {
                yield return new()
                {
                    Id = string.Create(CultureInfo.InvariantCulture, $"{datasetName}-{methodName}-{combination:000}-seed{seed}"),
                    Dataset = datasetName,
                    Method = methodName,
                    UsesGroups = methodPart.UsesGroups,
                    // The epoch is chosen too.
                    HyperParameters = methodPart.HyperParameters ?? search.Count + grid.Count + 1,
                    Combination = combination,
                    Seed = seed,
                    Recipe = recipe,
                    Settings = settings,
                    Configuration = JsonSerializer.SerializeToElement(config with { Seed = seed }, CompactOptions),
                };
            }

            combination++;
        }
    }

    private IEnumerable<Dictionary<string, JsonElement?>> Combinations(string cell, Dictionary<string, SearchDistribution> search, Dictionary<string, IReadOnlyList<JsonElement?>> grid)
    {
        HashSet<string> seen = [];
        for (int draw = 0; draw < _sweep.Draws; draw++)
        {
            (string Path, SearchDistribution Distribution, Random Stream)[] streams =
                [.. search.Select(pair => (pair.Key, pair.Value, new RunSeed(_sweep.Seed).Stream($"sweep/{cell}/{pair.Key}", draw)))];
            Dictionary<string, JsonElement?> drawn = [];
            bool isNew = false;
            for (int attempt = 0; attempt < Attempts && !isNew; attempt++)
            {
                drawn = streams.ToDictionary(stream => stream.Path, stream => stream.Distribution.Draw(stream.Stream));
                isNew = seen.Add(JsonSerializer.Serialize(drawn, CompactOptions));
                if (streams.Length == 0)
                {
                    break;
                }
            }

            if (!isNew)
            {
                _say($"{(cell.Length == 1 ? "the sweep" : cell)} has {draw} different combinations to draw, fewer than the {_sweep.Draws} draws that are asked for; each is planned once.");
                yield break;
            }

            foreach (Dictionary<string, JsonElement?> point in Points([.. grid]))
            {
                yield return drawn.Concat(point).ToDictionary();
            }
        }
    }

    // Every combination of a grid, the last path changing fastest.
    private static IEnumerable<Dictionary<string, JsonElement?>> Points(KeyValuePair<string, IReadOnlyList<JsonElement?>>[] grid)
    {
        IEnumerable<Dictionary<string, JsonElement?>> points = [[]];
        foreach ((string path, IReadOnlyList<JsonElement?> values) in grid)
        {
            points = from point in points
                     from value in values
                     select point.Append(new(path, value)).ToDictionary();
        }

        return points;
    }

    private static RunConfig Configure(string start, string place, Dictionary<string, JsonElement?> settings)
    {
        try
        {
            return ConfigurationFile.Parse<RunConfig>(start, "the settings", [.. settings.SelectMany(pair => Paths(pair.Key).Select(path => $"{path}={pair.Value?.GetRawText() ?? "null"}"))]);
        }
        catch (CommandException error)
        {
            throw new CommandException(error.ExitCode, $"{place}: {error.Message}", error);
        }
    }

    private JsonObject Recipe(string recipe)
    {
        if (!_recipes.TryGetValue(recipe, out JsonObject? read))
        {
            string path = Path.Combine(_folder, recipe);
            JsonElement text = ConfigurationFile.Read<JsonElement>(path, []);
            read = text.ValueKind == JsonValueKind.Object ? JsonObject.Create(text)! : throw new CommandException(ExitCode.Configuration, $"{path}: is no object; accepted is a run configuration.");
            _recipes.Add(recipe, read);
        }

        return read;
    }

    // JSON merge patch (RFC 7396), except that null is a value, and that an object of another kind takes the place of the one that was there: their keys have nothing in common.
    private static void Merge(JsonObject target, JsonObject change)
    {
        foreach ((string key, JsonNode? value) in change)
        {
            if (value is JsonObject inner && target[key] is JsonObject known && (inner[ConfigurationFile.Discriminator] is not { } kind || JsonNode.DeepEquals(kind, known[ConfigurationFile.Discriminator])))
            {
                Merge(known, inner);
            }
            else
            {
                target[key] = value?.DeepClone();
            }
        }
    }

    // Paths that share a value stand together.
    private static string[] Paths(string paths) => paths.Split(',', StringSplitOptions.TrimEntries);

    private static void Remove<T>(Dictionary<string, T> settings, string path)
    {
        foreach (string paths in settings.Keys.Where(paths => Paths(paths).Contains(path)).ToArray())
        {
            settings.Remove(paths);
        }
    }

    // A part's settings replace what a part around it draws.
    private static void RemoveWithin<T>(Dictionary<string, T> drawn, JsonElement settings)
    {
        foreach (string paths in drawn.Keys.Where(paths => Paths(paths).Any(path => States(settings, path.Split('.')))).ToArray())
        {
            drawn.Remove(paths);
        }
    }

    // Whether settings reach a path's key, or replace an object above it by one of a stated kind.
    private static bool States(JsonElement settings, ReadOnlySpan<string> keys)
    {
        foreach (string key in keys)
        {
            if (settings.ValueKind != JsonValueKind.Object || !settings.TryGetProperty(key, out settings))
            {
                return false;
            }

            if (settings.ValueKind != JsonValueKind.Object)
            {
                return true;
            }
        }

        return true;
    }
}
