using System.CommandLine;
using System.Text.Json.Nodes;
using GradientDynamics.CommandLine;
using GradientDynamics.Train.Datasets;
using GradientDynamics.Train.Training;

namespace GradientDynamics.Train.Commands;

/// <summary>The options that name a dataset, in a run's configuration or by its kind alone.</summary>
internal sealed record DatasetChoice
{
    public Option<string?> Config { get; } = new("--config") { Description = "Configuration of a run (JSON), whose dataset is meant." };

    public Option<string?> Dataset { get; } = new("--dataset") { Description = "Kind of the dataset, in place of a configuration; --set then changes the dataset's own keys, as in folder=PATH." };

    public Option<string[]> Set { get; } = new("--set") { Description = "Overrides one key, as path.to.key=value; may be repeated.", DefaultValueFactory = _ => [] };

    public Option<long?> Seed { get; } = new("--seed") { Description = "Seed of the run, in place of the configuration's. Default 0 with --dataset." };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(Config);
        command.Add(Dataset);
        command.Add(Set);
        command.Add(Seed);
    }

    /// <summary>The dataset that the command line names, and the run's seed.</summary>
    public (DatasetOptions Options, long Seed) Read(ParseResult result)
    {
        string[] changes = result.GetRequiredValue(Set);
        long? seed = result.GetValue(Seed);
        switch (result.GetValue(Config), result.GetValue(Dataset))
        {
            case ({ } file, null):
                RunConfig config = ConfigurationFile.Read<RunConfig>(file, changes);
                return (config.Dataset, seed ?? config.Seed);
            case (null, { } kind):
                return (ConfigurationFile.Parse<DatasetOptions>(new JsonObject { [ConfigurationFile.Discriminator] = kind }.ToJsonString(), "--dataset", changes), seed ?? 0);
            default:
                throw new CommandException(ExitCode.Configuration, "--config and --dataset: accepted is exactly one of them: a run's configuration, or the kind of a dataset.");
        }
    }

    /// <summary>Loads every split.</summary>
    public TrainingData Load(ParseResult result)
    {
        (DatasetOptions options, long seed) = Read(result);
        return TrainingData.Load(options, seed);
    }
}
