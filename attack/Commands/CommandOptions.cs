using System.CommandLine;
using GradientDynamics.Attack.Audits;
using GradientDynamics.Attack.Targets;
using GradientDynamics.CommandLine;
using GradientDynamics.EvaluationSets;

namespace GradientDynamics.Attack.Commands;

/// <summary>The options that the commands share, and what they mean.</summary>
internal sealed class CommandOptions
{
    public Option<string?> Server { get; } = new("--server") { Description = "Address of the inference server, such as http://127.0.0.1:8001." };

    public Option<string?> Model { get; } = new("--model") { Description = "The model: NAME or NAME:VERSION." };

    public Option<FileInfo?> ModelFile { get; } = new("--model-file") { Description = "The model's ONNX file: gradients are then computed here; without --server the file itself is the endpoint." };

    public Option<FileInfo> EvaluationSet { get; } = new("--evaluation-set") { Description = "The labelled examples (Parquet), as 'gd-train evaluation-set' writes them.", Required = true };

    public Option<int?> Limit { get; } = new("--limit") { Description = "Uses the first N examples only." };

    public Option<FileInfo?> Config { get; } = new("--config") { Description = "Settings of the audit (JSON); without it the defaults hold." };

    public Option<string[]> Set { get; } = new("--set") { Description = "Overrides one setting, path=value; may be repeated.", DefaultValueFactory = _ => [] };

    public Option<long?> Seed { get; } = new("--seed") { Description = "Seed of random starts and resampling." };

    public Option<DirectoryInfo> Output { get; } = new("--output") { Description = "Where the audit directory goes; it must not exist or be empty.", Required = true };

    public Option<bool> Json { get; } = new("--json") { Description = "Prints the result as JSON on standard output, everything else on standard error." };

    public Option<double?> MinimumWorstGroupAccuracy { get; } = new("--minimum-worst-group-accuracy") { Description = "Fails (exit code 1) where the worst group's accuracy is lower, from 0 to 1." };

    public Option<double?> MinimumAverageAccuracy { get; } = new("--minimum-average-accuracy") { Description = "Fails (exit code 1) where the average accuracy is lower, from 0 to 1." };

    public Option<double?> MinimumRobustAccuracy { get; } = new("--minimum-robust-accuracy") { Description = "Fails (exit code 1) where the accuracy under attack is lower at any radius, from 0 to 1." };

    public IEnumerable<Option> Gates => [MinimumWorstGroupAccuracy, MinimumAverageAccuracy, MinimumRobustAccuracy];

    /// <summary>The one target of a command.</summary>
    public TargetAddress Target(ParseResult result)
    {
        string? server = result.GetValue(Server);
        string? model = result.GetValue(Model);
        FileInfo? file = result.GetValue(ModelFile);
        return (server, model, file) switch
        {
            (not null, not null, _) => TargetAddress.Of(null, server, model),
            (null, null, not null) => TargetAddress.OfFile(file.ToString()),
            (null, null, null) => throw new CommandException(ExitCode.Configuration, "No target; accepted are --server URL with --model NAME[:VERSION], or --model-file F.onnx."),
            _ => throw new CommandException(ExitCode.Configuration, "--server and --model belong together; one of them is missing."),
        };
    }

    /// <summary>The settings: the file's, overridden by --set, --seed and the gates of the command line.</summary>
    public AuditOptions Settings(ParseResult result)
    {
        string[] overrides = result.GetValue(Set) ?? [];
        AuditOptions options = result.GetValue(Config) is { } file
            ? ConfigurationFile.Read<AuditOptions>(file.ToString(), overrides)
            : ConfigurationFile.Parse<AuditOptions>("{}", "the default configuration", overrides);
        return options with
        {
            Seed = result.GetValue(Seed) ?? options.Seed,
            Gates = new GateOptions
            {
                MinimumWorstGroupAccuracy = Share(result, MinimumWorstGroupAccuracy) ?? options.Gates.MinimumWorstGroupAccuracy,
                MinimumAverageAccuracy = Share(result, MinimumAverageAccuracy) ?? options.Gates.MinimumAverageAccuracy,
                MinimumRobustAccuracy = Share(result, MinimumRobustAccuracy) ?? options.Gates.MinimumRobustAccuracy,
            },
        };
    }

    /// <summary>The examples, at most as many as --limit says.</summary>
    public async Task<EvaluationSet> ReadSetAsync(ParseResult result, CancellationToken cancellationToken)
    {
        string path = result.GetRequiredValue(EvaluationSet).ToString();
        int? limit = result.GetValue(Limit);
        if (limit < 1)
        {
            throw new CommandException(ExitCode.Configuration, $"--limit is {limit}; accepted is a number from 1 on.");
        }

        EvaluationSet set = await EvaluationSets.EvaluationSet.ReadAsync(path, limit, cancellationToken);
        return set.Examples.Count > 0 ? set : throw new CommandException(ExitCode.File, $"{path}: has no examples.");
    }

    private static double? Share(ParseResult result, Option<double?> option)
    {
        double? value = result.GetValue(option);
        return value is null or (>= 0 and <= 1) ? value : throw new CommandException(ExitCode.Configuration, $"{option.Name} is {value}; accepted is a share from 0 to 1.");
    }
}
