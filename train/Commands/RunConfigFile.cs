using System.CommandLine;
using GradientDynamics.CommandLine;

namespace GradientDynamics.Train.Commands;

/// <summary>The options that name a run's configuration, the same for every command that reads one.</summary>
internal sealed record RunConfigFile
{
    public Option<string> Config { get; } = new("--config") { Description = "Configuration of the run (JSON).", Required = true };

    public Option<string[]> Set { get; } = new("--set") { Description = "Overrides one key, as path.to.key=value; may be repeated.", DefaultValueFactory = _ => [] };

    public Option<long?> Seed { get; } = new("--seed") { Description = "Seed of the run, in place of the configuration's." };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(Config);
        command.Add(Set);
        command.Add(Seed);
    }

    /// <summary>Reads the configuration that the command line names.</summary>
    public RunConfig Read(ParseResult result)
    {
        RunConfig config = ConfigurationFile.Read<RunConfig>(result.GetRequiredValue(Config), result.GetRequiredValue(Set));
        return result.GetValue(Seed) is { } seed ? config with { Seed = seed } : config;
    }
}
