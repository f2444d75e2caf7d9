using System.CommandLine;
using System.Globalization;
using GradientDynamics.CommandLine;
using GradientDynamics.Train.Datasets;
using GradientDynamics.Train.Preparation;
using GradientDynamics.Train.Training;

namespace GradientDynamics.Train.Commands;

/// <summary><c>gd-train datasets verify</c>: loads every split of a dataset, compares its counts with the published ones, and on request reads every example.</summary>
internal static class DatasetsVerifyCommand
{
    // Enough problems to see what is wrong; a dataset whose every file is broken would fill the screen.
    private const int NamedProblems = 20;

    public static Command Create()
    {
        DatasetChoice dataset = new();
        Option<bool> decode = new("--decode") { Description = "Reads every example to its end, and names each that cannot be read." };
        Option<bool> json = CommandOutput.JsonOption();
        Command command = new("verify", "Loads every split of a dataset, compares its counts with the published ones, and prints sizes and content hashes.") { decode, json };
        dataset.AddTo(command);
        command.SetAction((result, cancellationToken) =>
        {
            CommandOutput console = CommandOutput.Of(result, json);
            Run(dataset, result, result.GetValue(decode), console, cancellationToken);
            return Task.FromResult((int)ExitCode.Done);
        });
        return command;
    }

    private static void Run(DatasetChoice dataset, ParseResult result, bool decode, CommandOutput console, CancellationToken cancellationToken)
    {
        (DatasetOptions options, long seed) = dataset.Read(result);
        TrainingData data = TrainingData.Load(options, seed);
        SynthesizedData? synthesized = options.DataFolderPath is { } folder ? SynthesizedData.Of(folder) : null;
        IReadOnlyList<PublishedCounts> published = synthesized is null ? DatasetSource.All.FirstOrDefault(source => source.Kind == ConfigurationKind.Of(options))?.CountsOf(options) ?? [] : [];
        VerifiedSplit[] splits = [.. data.Splits.Select(pair => new VerifiedSplit(
            ConfigurationKind.Name(pair.Key),
            pair.Value.Count,
            [.. pair.Value.GroupCounts().Select((count, group) => new GroupCount(pair.Value.Description.GroupName(group), count, data.TrainingSharesFor(pair.Value.Description) is { Count: > 0 } shares ? shares[group] : null))],
            published.FirstOrDefault(counts => counts.Split == pair.Key)?.Groups,
            data.ContentHashes[pair.Key]))];
        console.Write(splits, ToTable(data, splits));
        if (synthesized is not null)
        {
            console.Error.WriteLine($"{options.DataFolderPath}: is a look-alike of {synthesized.Kind} that gd-train datasets synthesize has drawn; published counts are not compared.");
        }

        string[] problems = [.. splits.SelectMany(split => split.Differences()), .. decode ? Broken(data, console, cancellationToken) : []];
        if (problems.Length > 0)
        {
            string more = problems.Length > NamedProblems ? $" And {problems.Length - NamedProblems} more." : "";
            throw new CommandException(ExitCode.File, $"{data.Description.Name}: {problems.Length} problems. {string.Join(" ", problems.Take(NamedProblems))}{more}");
        }
    }

    private static List<string> Broken(TrainingData data, CommandOutput console, CancellationToken cancellationToken)
    {
        List<string> broken = [];
        foreach ((Split split, GroupedDataset examples) in data.Splits)
        {
            using ProgressReporter progress = console.Progress($"reading the {ConfigurationKind.Name(split)} set", examples.Count);
            broken.AddRange(examples.Source.FindBroken(done => progress.Report(done, ""), cancellationToken));
        }

        return broken;
    }

    private static ResultTable ToTable(TrainingData data, VerifiedSplit[] splits)
    {
        ResultTable table = new("split", ResultColumn.Number("examples"), "groups", "published", "SHA-256") { Title = data.Description.Name };
        foreach (VerifiedSplit split in splits)
        {
            table.Add(
                split.Split,
                split.Examples.ToString(CultureInfo.InvariantCulture),
                string.Join("; ", split.Groups.Select(group => $"{group.Group}: {group.Examples}")),
                split.Published is null ? "" : split.Differences().Any() ? "differs" : "equal",
                split.ContentHash);
        }

        return table;
    }
}

/// <summary>One split that <c>gd-train datasets verify</c> has loaded.</summary>
/// <param name="Split">Its name.</param>
/// <param name="Examples">Its examples.</param>
/// <param name="Groups">Examples by group.</param>
/// <param name="Published">Examples by group as published; null where nothing is published, or the data is a look-alike.</param>
/// <param name="ContentHash">SHA-256 of what is in it.</param>
internal sealed record VerifiedSplit(string Split, int Examples, IReadOnlyList<GroupCount> Groups, IReadOnlyList<long>? Published, string ContentHash)
{
    /// <summary>What differs from the published counts, a sentence each.</summary>
    public IEnumerable<string> Differences() => Published is null
        ? []
        : Published.Count != Groups.Count
            ? [$"The {Split} set has {Groups.Count} groups; published are {Published.Count}."]
            : Groups.Zip(Published).Where(pair => pair.First.Examples != pair.Second).Select(pair => $"The {Split} set has {pair.First.Examples} examples of '{pair.First.Group}'; published are {pair.Second}.");
}
