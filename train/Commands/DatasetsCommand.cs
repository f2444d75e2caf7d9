using System.CommandLine;
using System.Globalization;
using GradientDynamics.CommandLine;
using GradientDynamics.Train.Datasets;
using GradientDynamics.Train.Training;

namespace GradientDynamics.Train.Commands;

/// <summary><c>gd-train datasets</c>: which kinds of dataset exist, and whether a configuration's data is complete.</summary>
internal static class DatasetsCommand
{
    public static Command Create() => new("datasets", "Lists datasets and checks their files.") { CreateList(), CreateVerify() };

    private static Command CreateList()
    {
        Option<bool> json = CommandOutput.JsonOption();
        Command command = new("list", "Lists the kinds of dataset.") { json };
        command.SetAction(result =>
        {
            ResultTable table = new("kind", "what", "needs");
            foreach (DatasetKind kind in DatasetKind.All)
            {
                table.Add(kind.Kind, kind.Description, kind.Needs);
            }

            CommandOutput.Of(result, json).Write(DatasetKind.All, table);
            return (int)ExitCode.Done;
        });
        return command;
    }

    private static Command CreateVerify()
    {
        RunConfigFile config = new();
        Option<bool> json = CommandOutput.JsonOption();
        Command command = new("verify", "Loads every split of a configuration's dataset, checks it, and prints sizes and content hashes.") { json };
        config.AddTo(command);
        command.SetAction(result =>
        {
            TrainingData data = TrainingData.Load(config.Read(result));
            VerifiedSplit[] splits = [.. data.Splits.Select(pair => new VerifiedSplit(
                ConfigurationKind.Name(pair.Key),
                pair.Value.Count,
                [.. pair.Value.GroupCounts().Select((count, group) => new GroupCount(data.Description.GroupName(group), count, data.TrainingShares[group]))],
                data.ContentHashes[pair.Key]))];
            ResultTable table = new("split", ResultColumn.Number("examples"), "groups", "SHA-256") { Title = data.Description.Name };
            foreach (VerifiedSplit split in splits)
            {
                table.Add(split.Split, split.Examples.ToString(CultureInfo.InvariantCulture), string.Join("; ", split.Groups.Select(group => $"{group.Group}: {group.Examples}")), split.ContentHash);
            }

            CommandOutput.Of(result, json).Write(splits, table);
            return (int)ExitCode.Done;
        });
        return command;
    }
}

/// <summary>One split that <c>gd-train datasets verify</c> has loaded.</summary>
internal sealed record VerifiedSplit(string Split, int Examples, IReadOnlyList<GroupCount> Groups, string ContentHash);
