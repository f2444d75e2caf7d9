using System.Globalization;
using GradientDynamics.CommandLine;
using GradientDynamics.Train.Sweeps;
using GradientDynamics.Train.Training;

namespace GradientDynamics.Train.Tables;

/// <summary>A method of a table.</summary>
/// <param name="Name">Name.</param>
/// <param name="UsesGroups">Whether it uses attributes in training.</param>
/// <param name="HyperParameters">Hyper-parameters that it has.</param>
internal sealed record Method(string Name, bool UsesGroups, int HyperParameters);

/// <summary>A collection by dataset and method.</summary>
internal sealed class Cells
{
    private const string TestWorst = "test/worst_group_accuracy";

    private readonly SweepCollection _collection;
    private readonly Dictionary<(string Dataset, string Method), CollectedCell> _cells;

    /// <summary>The cells of a collection.</summary>
    /// <exception cref="CommandException">It has runs without a test set, about which these tables say nothing.</exception>
    public Cells(SweepCollection collection)
    {
        _collection = collection;
        _cells = collection.Cells.ToDictionary(cell => (cell.Dataset, cell.Method));
        Datasets = [.. collection.Cells.Select(cell => cell.Dataset).Distinct()];
        // Those that use no groups first, as in the papers.
        Methods = [.. collection.Cells.GroupBy(cell => cell.Method).Select(cells => new Method(cells.Key, cells.First().UsesGroups, cells.Max(cell => cell.HyperParameters))).OrderBy(method => method.UsesGroups)];
        if (collection.Cells.FirstOrDefault(cell => cell.Combinations.Any(combination => !combination.Figures.ContainsKey(TestWorst))) is { } untested)
        {
            throw new CommandException(ExitCode.File, $"{untested.Method} on {untested.Dataset} has runs without {TestWorst}; accepted are collections of runs that were tested.");
        }
    }

    /// <summary>Datasets, in the order of the plan.</summary>
    public IReadOnlyList<string> Datasets { get; }

    /// <summary>Methods, those without groups first, otherwise in the order of the plan.</summary>
    public IReadOnlyList<Method> Methods { get; }

    /// <summary>How epochs and settings were selected.</summary>
    public string Selection
    {
        get
        {
            string what = _collection.ChosenBy.Count == 0 ? "Epoch" : "Epoch and hyper-parameters";
            string how = _collection.ChosenBy.Count > 0 && _collection.Rule.Figures().Count == 0 ? $", hyper-parameters by {string.Join(" and ", _collection.ChosenBy)} there" : "";
            return $"{(how.Length > 0 ? "Epoch" : what)} {_collection.Title}{how}";
        }
    }

    /// <summary>How many seeds figures are over.</summary>
    public string Seeds
    {
        get
        {
            int[] counts = [.. _collection.Cells.Select(cell => cell.Combinations[0].Seeds.Count).Distinct().Order()];
            return counts is [1] ? "of one seed" : string.Create(CultureInfo.InvariantCulture, $"mean ± sample standard deviation over {(counts.Length == 1 ? $"{counts[0]}" : $"{counts[0]} to {counts[^1]}")} seeds");
        }
    }

    /// <summary>The cell of a method on a dataset; null where it was not run.</summary>
    public CollectedCell? this[string dataset, string method] => _cells.GetValueOrDefault((dataset, method));

    /// <summary>Mean over datasets; null where the method lacks one.</summary>
    public double? Mean(Method method, Func<CollectedCell, double> figure)
    {
        CollectedCell?[] cells = [.. Datasets.Select(dataset => this[dataset, method.Name])];
        return cells.All(cell => cell is not null) ? cells.Average(cell => figure(cell!)) : null;
    }

    /// <summary>What is missing in the collection.</summary>
    public IEnumerable<string> Notes()
    {
        string[] fewer = [.. _collection.Cells.Where(cell => cell.Combinations[0].Seeds.Count < cell.PlannedSeeds)
            .Select(cell => string.Create(CultureInfo.InvariantCulture, $"{cell.Method} on {cell.Dataset} ({cell.Combinations[0].Seeds.Count} of {cell.PlannedSeeds})"))];
        if (fewer.Length > 0)
        {
            yield return $"Fewer seeds than planned: {string.Join(", ", fewer)}.";
        }

        if (_collection.Failed.Count + _collection.Unfinished > 0)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"Left out: {_collection.Failed.Count} trials that failed and {_collection.Unfinished} that have not ended.");
        }
    }
}
