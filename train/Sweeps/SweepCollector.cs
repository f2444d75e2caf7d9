using System.Runtime.ExceptionServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using GradientDynamics.CommandLine;
using GradientDynamics.Statistics;
using GradientDynamics.Train.Training;

namespace GradientDynamics.Train.Sweeps;

/// <summary>
/// Aggregates the runs of sweeps as Idrissi et al., 2022, do: of each run the epoch with the best score by the rule; mean and sample standard deviation over the seeds of a combination of settings; of
/// each method on each dataset the combination with the best mean score. Among equal epochs the earliest wins, as in gd-train fit (in their code the last of a sort).
/// </summary>
internal sealed class SweepCollector
{
    // The last epoch compares no epochs; combinations are compared by what they reach there.
    private static readonly IReadOnlyList<string> WithLastEpoch = SelectionRule.ValidationWorstGroup.Figures();

    private readonly SelectionRule _rule;
    private readonly IReadOnlyDictionary<string, JsonElement?> _where;
    private readonly int _top;
    private readonly Dictionary<string, Combination> _combinations = [];
    private readonly List<Combination> _ordered = [];
    private readonly Dictionary<string, string> _failed = [];
    private readonly HashSet<string> _unfinished = [];

    private SweepCollector(SelectionRule rule, IReadOnlyDictionary<string, JsonElement?> where, int top)
    {
        _rule = rule;
        _where = where;
        _top = top;
    }

    /// <summary>Collects sweeps.</summary>
    /// <param name="folders">Their folders; a trial that several have done counts once.</param>
    /// <param name="rule">The rule.</param>
    /// <param name="where">What the configuration of a trial must have, by path.</param>
    /// <param name="top">Combinations of each cell whose course of training is averaged.</param>
    /// <param name="cancellationToken">Interrupts it.</param>
    public static SweepCollection Collect(IReadOnlyList<string> folders, SelectionRule rule, IReadOnlyDictionary<string, JsonElement?> where, int top, CancellationToken cancellationToken)
    {
        SweepCollector collector = new(rule, where, top);
        foreach (string folder in folders)
        {
            collector.Add(SweepFolder.Read(folder), cancellationToken);
        }

        return collector.Finish([.. folders.Select(Path.GetFullPath)], cancellationToken);
    }

    private void Add(SweepFolder sweep, CancellationToken cancellationToken)
    {
        Trial[] trials = [.. sweep.Plan.Trials.Where(trial => Matches(trial.Configuration))];
        (TrialOutcome? Outcome, Run? Run)[] found = new (TrialOutcome?, Run?)[trials.Length];
        try
        {
            Parallel.For(0, trials.Length, new ParallelOptions { CancellationToken = cancellationToken }, i =>
            {
                TrialOutcome? outcome = sweep.OutcomeOf(trials[i]);
                found[i] = (outcome, outcome is { State: TrialState.Done } ? ReadRun(sweep, trials[i]) : null);
            });
        }
        catch (AggregateException errors)
        {
            // Several files may be wrong; one is named.
            ExceptionDispatchInfo.Throw(errors.InnerExceptions[0]);
        }

        foreach ((Trial trial, (TrialOutcome? outcome, Run? run)) in trials.Zip(found))
        {
            Combination combination = CombinationOf(trial);
            combination.Planned.Add(trial.Seed);
            if (combination.Runs.ContainsKey(trial.Seed))
            {
                continue;
            }

            if (run is not null)
            {
                combination.Runs.Add(trial.Seed, run);
                _failed.Remove(trial.Id);
                _unfinished.Remove(trial.Id);
            }
            else if (outcome is not null)
            {
                _failed[trial.Id] = outcome.Reason ?? "";
            }
            else
            {
                _unfinished.Add(trial.Id);
            }
        }
    }

    // Trials whose configurations differ in the seed only.
    private Combination CombinationOf(Trial trial)
    {
        JsonObject configuration = JsonObject.Create(trial.Configuration)!;
        configuration.Remove("seed");
        string key = $"{trial.Dataset}/{trial.Method}/{configuration.ToJsonString()}";
        if (!_combinations.TryGetValue(key, out Combination? combination))
        {
            _combinations.Add(key, combination = new(trial));
            _ordered.Add(combination);
        }

        return combination;
    }

    private bool Matches(JsonElement configuration) => _where.All(condition =>
    {
        JsonElement value = configuration;
        foreach (string key in condition.Key.Split('.'))
        {
            if (value.ValueKind != JsonValueKind.Object || !value.TryGetProperty(key, out value))
            {
                return false;
            }
        }

        return condition.Value is { } wanted ? JsonElement.DeepEquals(value, wanted) : value.ValueKind == JsonValueKind.Null;
    });

    private Run ReadRun(SweepFolder sweep, Trial trial)
    {
        string metrics = sweep.RunOf(trial).MetricsFile;
        if (!File.Exists(metrics))
        {
            throw new InvalidDataException($"{metrics}: no such file, though the trial is done.");
        }

        IReadOnlyList<string> names = _rule.Figures();
        EpochScore? best = null;
        double bestScore = double.NegativeInfinity;
        int epoch = 0;
        List<double> minutes = [];
        foreach (EpochScore line in EpochFigures.ReadScores(metrics, names))
        {
            minutes.Add(line.Seconds / 60 / Math.Max(1, line.Epoch - epoch));
            epoch = line.Epoch;
            double score = names.Count == 0 ? line.Epoch : line.Score;
            if (double.IsNaN(score))
            {
                throw Unmeasured(trial, names);
            }

            if (score > bestScore)
            {
                (best, bestScore) = (line, score);
            }
        }

        return best is not { } chosen
            ? throw new InvalidDataException($"{metrics}: has no lines, though the trial is done.")
            : new(trial, metrics, chosen.Epoch, LastLayerFigures(sweep, trial) ?? EpochFigures.Parse(chosen.Line).Values, minutes);
    }

    // The last layer was fitted to the run's own selected epoch; metrics.jsonl has the figures from before.
    private Dictionary<string, double>? LastLayerFigures(SweepFolder sweep, Trial trial)
    {
        JsonElement result = sweep.ResultOf(trial)!.Value;
        if (!result.TryGetProperty("lastLayer", out JsonElement lastLayer) || lastLayer.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        string selectedBy = result.GetProperty("selectedBy").GetString()!;
        return selectedBy == ConfigurationKind.Name(_rule)
            ? result.GetProperty("metrics").EnumerateObject().ToDictionary(metric => metric.Name, metric => metric.Value.GetDouble(), StringComparer.Ordinal)
            : throw new CommandException(ExitCode.Configuration, $"{trial.Id} fitted its last layer to the epoch selected by {selectedBy}; accepted is that rule, not {ConfigurationKind.Name(_rule)}.");
    }

    private double Score(IReadOnlyList<string> names, IReadOnlyDictionary<string, double> values, Trial trial) =>
        names.Average(name => values.TryGetValue(name, out double value) ? value : throw Unmeasured(trial, names));

    private CommandException Unmeasured(Trial trial, IReadOnlyList<string> names) => new(
        ExitCode.Configuration,
        $"{trial.Id} has not measured {string.Join(" and ", names)}, by which {ConfigurationKind.Name(_rule)} chooses; accepted are rules whose figures the runs have measured.");

    private SweepCollection Finish(string[] folders, CancellationToken cancellationToken)
    {
        if (_ordered.Count == 0)
        {
            throw new CommandException(ExitCode.Configuration, $"no trial has {string.Join(" and ", _where.Select(pair => $"{pair.Key} {pair.Value?.GetRawText() ?? "null"}"))}; accepted are values that the plan has.");
        }

        if (_ordered.All(combination => combination.Runs.Count == 0))
        {
            throw new CommandException(ExitCode.File, $"{string.Join(", ", folders)}: no trial is done, {_failed.Count} failed and {_unfinished.Count} have not ended; gd-train sweep run runs them.");
        }

        List<CollectedCell> cells = [];
        foreach (IGrouping<(string, string), Combination> cell in _ordered.GroupBy(combination => (combination.First.Dataset, combination.First.Method)))
        {
            Combination[] collected = [.. cell.Where(combination => combination.Runs.Count > 0)];
            if (collected.Length > 0)
            {
                cells.Add(Cell([.. cell], collected, cancellationToken));
            }
        }

        return new()
        {
            Tool = $"gd-train {RunVersions.Current.Tool}",
            Rule = _rule,
            IsOracle = _rule.IsOracle(),
            ChosenBy = _rule != SelectionRule.LastEpoch ? _rule.Figures() : cells.Any(cell => cell.Combinations[0].Score is not null) ? WithLastEpoch : [],
            Where = _where,
            Sweeps = folders,
            Done = _ordered.Sum(combination => combination.Runs.Count),
            Unfinished = _unfinished.Count,
            Failed = _failed,
            Cells = cells,
        };
    }

    private CollectedCell Cell(Combination[] planned, Combination[] collected, CancellationToken cancellationToken)
    {
        int most = collected.Max(combination => combination.Runs.Count);
        (Combination Combination, CollectedCombination Collected)[] ranked =
        [
            .. collected.Select(combination => (combination, Aggregate(combination, collected.Length)))
                .OrderByDescending(pair => pair.combination.Runs.Count == most)
                .ThenByDescending(pair => pair.Item2.Score ?? 0),
        ];
        double[] minutes = [.. collected.SelectMany(combination => combination.Runs.Values).SelectMany(run => run.Minutes).Where(value => value > 0)];
        Trial first = planned[0].First;
        return new()
        {
            Dataset = first.Dataset,
            Method = first.Method,
            UsesGroups = first.UsesGroups,
            HyperParameters = first.HyperParameters,
            PlannedSeeds = planned.Max(combination => combination.Planned.Count),
            MinutesPerEpoch = minutes.Length == 0 ? 0 : new EmpiricalDistribution(minutes).Quantile(0.5),
            Combinations = [.. ranked.Select(pair => pair.Collected)],
            Evolution = Evolution([.. ranked.Where(pair => pair.Combination.Runs.Count == most).Take(_top).Select(pair => pair.Combination)], cancellationToken),
        };
    }

    private CollectedCombination Aggregate(Combination combination, int candidates)
    {
        Run[] runs = [.. combination.Runs.Values];
        string[] names = [.. runs[0].Figures.Keys.Where(name => runs.All(run => run.Figures.ContainsKey(name)))];
        IReadOnlyList<string> chosenBy = _rule == SelectionRule.LastEpoch ? WithLastEpoch : _rule.Figures();
        // One combination alone needs no validation set.
        bool compared = _rule != SelectionRule.LastEpoch || candidates > 1 || chosenBy.All(names.Contains);
        RunConfig configuration = JsonSerializer.Deserialize<RunConfig>(combination.First.Configuration, ConfigurationFile.Options)!;
        return new()
        {
            Trials = [.. runs.Select(run => run.Trial.Id)],
            Seeds = [.. runs.Select(run => run.Trial.Seed)],
            Settings = combination.First.Settings,
            LearningRate = configuration.Optimizer.LearningRate,
            WeightDecay = configuration.Optimizer.WeightDecay,
            BatchSize = configuration.BatchSize,
            Score = compared ? runs.Average(run => Score(chosenBy, run.Figures, run.Trial)) : null,
            Epochs = [.. runs.Select(run => run.Epoch)],
            Figures = names.ToDictionary(name => name, name => Figure([.. runs.Select(run => run.Figures[name])]), StringComparer.Ordinal),
        };
    }

    private static CollectedFigure Figure(double[] values)
    {
        Sample sample = Sample.Of(values);
        return new(sample.Mean, sample.Count > 1 ? sample.StandardDeviation : null, values);
    }

    private static CollectedEvolution Evolution(Combination[] combinations, CancellationToken cancellationToken)
    {
        SortedDictionary<int, Dictionary<string, (double Sum, int Count)>> epochs = [];
        Run[] runs = [.. combinations.SelectMany(combination => combination.Runs.Values)];
        // Read side by side, added up in one order: sums do not depend on the number of threads.
        foreach (EpochFigures[] lines in runs.AsParallel().AsOrdered().WithCancellation(cancellationToken).Select(run => EpochFigures.Read(run.MetricsFile).ToArray()))
        {
            foreach (EpochFigures line in lines)
            {
                if (!epochs.TryGetValue(line.Epoch, out Dictionary<string, (double Sum, int Count)>? sums))
                {
                    epochs.Add(line.Epoch, sums = new(StringComparer.Ordinal));
                }

                foreach ((string name, double value) in line.Values.Where(figure => figure.Key.Contains("accuracy", StringComparison.Ordinal)))
                {
                    (double sum, int count) = sums.GetValueOrDefault(name);
                    sums[name] = (sum + value, count + 1);
                }
            }
        }

        string[] names = [.. epochs.Values.SelectMany(sums => sums.Keys).Distinct()];
        return new()
        {
            Combinations = combinations.Length,
            Runs = runs.Length,
            Epochs = [.. epochs.Keys],
            Figures = names.ToDictionary(
                name => name,
                name => (IReadOnlyList<double?>)[.. epochs.Values.Select(sums => sums.TryGetValue(name, out (double Sum, int Count) mean) ? mean.Sum / mean.Count : (double?)null)],
                StringComparer.Ordinal),
        };
    }

    private sealed record Run(Trial Trial, string MetricsFile, int Epoch, IReadOnlyDictionary<string, double> Figures, IReadOnlyList<double> Minutes);

    private sealed record Combination(Trial First)
    {
        public HashSet<long> Planned { get; } = [];

        public SortedDictionary<long, Run> Runs { get; } = [];
    }
}
