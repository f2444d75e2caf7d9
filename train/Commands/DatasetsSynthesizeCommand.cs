using System.CommandLine;
using GradientDynamics.CommandLine;
using GradientDynamics.Train.Datasets;
using GradientDynamics.Train.Preparation;
using GradientDynamics.Train.Training;

namespace GradientDynamics.Train.Commands;

/// <summary><c>gd-train datasets synthesize</c>: draws a small look-alike of a dataset in its on-disk format, so that all that reads it runs without a download.</summary>
internal static class DatasetsSynthesizeCommand
{
    public static Command Create()
    {
        Argument<string> kind = new("kind") { Description = "Kind of the dataset." };
        Option<string> output = new("--output") { Description = "The folder: new or empty.", Required = true };
        Option<int?> size = new("--size") { Description = "Training examples; groups have the shares of the published data, each at least one example. Default depends on the kind." };
        Option<long> seed = new("--seed") { Description = "Seed of the drawing. Default 0.", DefaultValueFactory = _ => 0L };
        Option<bool> json = CommandOutput.JsonOption();

        Command command = new("synthesize", "Draws a small look-alike of a dataset, in the same on-disk format.") { kind, output, size, seed, json };
        command.SetAction((result, cancellationToken) =>
        {
            SynthesizedDataset synthesized = Run(result.GetRequiredValue(kind), result.GetRequiredValue(output), result.GetValue(size), result.GetValue(seed), cancellationToken);
            CommandOutput.Of(result, json).Write(synthesized, synthesized.ToTable());
            return Task.FromResult((int)ExitCode.Done);
        });
        return command;
    }

    private static SynthesizedDataset Run(string kind, string output, int? size, long seed, CancellationToken cancellationToken)
    {
        DatasetSource source = DatasetSource.Of(kind, candidate => candidate.CanSynthesize, "has no look-alike");
        if (size < 1)
        {
            throw new CommandException(ExitCode.Configuration, $"--size: is {size}; accepted is a number from 1.");
        }

        string folder = Path.GetFullPath(output);
        DatasetOptions options;
        using (AtomicDirectory directory = AtomicDirectory.Create(folder, replace: false))
        {
            options = source.Synthesize(new(directory.Path, folder, size, seed), cancellationToken);
            directory.Commit();
        }

        return new(folder, options, [.. options.Splits.Select(split => Count(options.Load(split, seed)))]);
    }

    private static SynthesizedSplit Count(GroupedDataset data)
    {
        long[] counts = data.GroupCounts();
        return new(ConfigurationKind.Name(data.Split), data.Count, [.. counts.Select((count, group) => new GroupCount(data.Description.GroupName(group), count, (double)count / data.Count))]);
    }
}

/// <summary>One split of a synthesized dataset; the groups' shares are those within the split.</summary>
internal sealed record SynthesizedSplit(string Split, int Examples, IReadOnlyList<GroupCount> Groups);

/// <summary>Result of <c>gd-train datasets synthesize</c>.</summary>
/// <param name="Folder">The folder.</param>
/// <param name="Dataset">What a run's configuration says to read it.</param>
/// <param name="Splits">What is in it.</param>
internal sealed record SynthesizedDataset(string Folder, DatasetOptions Dataset, IReadOnlyList<SynthesizedSplit> Splits)
{
    public ResultTable ToTable()
    {
        ResultTable table = new("split", ResultColumn.Number("examples"), "groups") { Title = $"{Folder}: \"dataset\": {ConfigurationKind.Compact(Dataset)}" };
        foreach (SynthesizedSplit split in Splits)
        {
            table.Add(split.Split, split.Examples.ToString(), string.Join("; ", split.Groups.Select(group => $"{group.Group}: {group.Examples}")));
        }

        return table;
    }
}
