using System.CommandLine;
using System.Globalization;
using GradientDynamics.CommandLine;
using GradientDynamics.EvaluationSets;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Train.Datasets;
using GradientDynamics.Train.Training;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Commands;

/// <summary><c>gd-train evaluation-set</c>: writes a split of a run's dataset as the Parquet file that gd-attack reads.</summary>
internal static class EvaluationSetCommand
{
    // Inputs are read in parts: those of all examples may be larger than the memory.
    private const int PartCount = 64;

    public static Command Create()
    {
        RunConfigFile config = new();
        Option<Split> split = new("--split") { Description = "train, validation or test.", Required = true };
        Option<string> output = new("--output") { Description = "The Parquet file; one of that name is replaced.", Required = true };
        Option<int?> limit = new("--limit") { Description = "Writes the first N examples only. Default all." };
        Option<bool> json = CommandOutput.JsonOption();

        Command command = new("evaluation-set", "Writes a split as an evaluation set.") { split, output, limit, json };
        config.AddTo(command);
        command.SetAction(async (result, cancellationToken) =>
        {
            EvaluationSetResult written = await RunAsync(config.Read(result), result.GetRequiredValue(split), result.GetRequiredValue(output), result.GetValue(limit), cancellationToken);
            CommandOutput.Of(result, json).Write(written, written.ToTable());
            return (int)ExitCode.Done;
        });
        return command;
    }

    private static async Task<EvaluationSetResult> RunAsync(RunConfig config, Split split, string output, int? limit, CancellationToken cancellationToken)
    {
        if (limit < 1)
        {
            throw new CommandException(ExitCode.Configuration, $"--limit: is {limit}; accepted is a number from 1.");
        }

        string splitName = ConfigurationKind.Name(split);
        if (!config.Dataset.Splits.Contains(split))
        {
            throw new CommandException(ExitCode.Configuration, $"--split: the dataset configuration has no {splitName} set; accepted are {string.Join(", ", config.Dataset.Splits.Select(ConfigurationKind.Name))}.");
        }

        GroupedDataset data = config.Dataset.Load(split, config.Seed);
        GroupedDataset train = split == Split.Train ? data : config.Dataset.Load(Split.Train, config.Seed);
        DatasetDescription description = data.Description;
        EvaluationSetMetadata metadata = new()
        {
            Inputs =
            [
                .. description.Inputs.Select(input => new EvaluationInput
                {
                    Name = input.Name,
                    Datatype = input.Element == ElementType.Int64 ? Datatype.Int64 : Datatype.FP32,
                    Shape = [.. input.Shape.Select(size => checked((int)size))],
                    Bounds = description.Bounds is { } bounds ? new() { Lower = bounds.Lower, Upper = bounds.Upper } : null,
                }),
            ],
            ClassNames = description.Classes,
            AttributeNames = description.Attributes,
            TrainingGroupShares = description.HasGroupsOf(train.Description) ? [.. train.GroupCounts().Select(count => (double)count / train.Count)] : [],
            Dataset = description.Name,
            Split = splitName,
        };
        int count = Math.Min(limit ?? int.MaxValue, data.Count);
        await EvaluationSetWriter.WriteAsync(output, metadata, Examples(data, splitName, count), cancellationToken);
        long[] counts = new long[description.GroupCount];
        foreach (int group in data.Groups()[..count])
        {
            counts[group]++;
        }

        return new(Path.GetFullPath(output), description.Name, splitName, count, [.. counts.Select((examples, group) => new GroupCount(description.GroupName(group), examples, metadata.TrainingGroupShares.Count == 0 ? null : metadata.TrainingGroupShares[group]))]);
    }

    private static IEnumerable<EvaluationExample> Examples(GroupedDataset data, string split, int count)
    {
        for (int start = 0; start < count; start += PartCount)
        {
            int[] part = [.. Enumerable.Range(start, Math.Min(PartCount, count - start))];
            Tensor[] columns = data.Source.ReadWhole(part);
            byte[][] bytes = [.. columns.Select(column => column.bytes.ToArray())];
            foreach (Tensor column in columns)
            {
                column.Dispose();
            }

            foreach ((int row, int index) in part.Index())
            {
                yield return new()
                {
                    Id = string.Create(CultureInfo.InvariantCulture, $"{split}-{index}"),
                    Inputs = [.. bytes.Select(column => column.AsSpan(row * (column.Length / part.Length), column.Length / part.Length).ToArray())],
                    Label = data.Labels[index],
                    Attribute = data.Attributes.IsEmpty ? null : data.Attributes[index],
                };
            }
        }
    }
}

/// <summary>Examples of one group, and its share in the training set; null where the training set has other groups.</summary>
internal sealed record GroupCount(string Group, long Examples, double? TrainingShare);

/// <summary>Result of <c>gd-train evaluation-set</c>.</summary>
internal sealed record EvaluationSetResult(string File, string Dataset, string Split, int Examples, IReadOnlyList<GroupCount> Groups)
{
    public ResultTable ToTable()
    {
        ResultTable table = new("group", ResultColumn.Number("examples"), ResultColumn.Number("share in training %")) { Title = $"{File}: {Examples} examples of {Dataset}, {Split}" };
        foreach (GroupCount group in Groups)
        {
            table.Add(group.Group, group.Examples.ToString(CultureInfo.InvariantCulture), (100 * group.TrainingShare)?.ToString("F1", CultureInfo.InvariantCulture) ?? "");
        }

        return table;
    }
}
