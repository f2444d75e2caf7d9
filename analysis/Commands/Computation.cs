using System.CommandLine;
using GradientDynamics.Analysis.Numerics;
using GradientDynamics.CommandLine;

namespace GradientDynamics.Analysis.Commands;

/// <summary>A command that computes one result from one configuration: <c>--config C.json [--set path=value] [--json]</c>.</summary>
internal static class Computation
{
    public static Command Create<TConfiguration, TResult>(string name, string description, Func<TConfiguration, TResult> compute, Func<TResult, ResultTable> table)
    {
        Option<FileInfo> config = new("--config") { Description = "What to compute (JSON).", Required = true };
        Option<string[]> set = Overrides();
        Option<bool> json = new("--json") { Description = "Prints the result as JSON." };
        Command command = new(name, description) { config, set, json };
        command.SetAction(parsed =>
        {
            string path = parsed.GetRequiredValue(config).ToString();
            TConfiguration configuration = ConfigurationFile.Read<TConfiguration>(path, parsed.GetValue(set) ?? []);
            TResult result = Run(path, () => compute(configuration));
            TextWriter output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json))
            {
                ResultOutput.WriteJson(result, output);
            }
            else
            {
                ResultOutput.WriteTable(table(result), output);
            }

            return (int)ExitCode.Done;
        });
        return command;
    }

    public static Option<string[]> Overrides() => new("--set")
    {
        Description = "Overrides one key, as path=value; may be given several times.",
        AllowMultipleArgumentsPerToken = false,
    };

    /// <summary>Runs a computation whose whole input is a configuration: wrong data are the configuration's fault too.</summary>
    public static T Run<T>(string source, Func<T> compute)
    {
        try
        {
            return RunKeepingFileErrors(source, compute);
        }
        catch (InvalidDataException exception)
        {
            throw new CommandException(ExitCode.Configuration, $"{source}: {exception.Message}", exception);
        }
    }

    /// <summary>Runs a computation on a file: wrong arguments are the command line's fault, what did not converge the numbers', wrong data stay the file's.</summary>
    public static T RunKeepingFileErrors<T>(string source, Func<T> compute)
    {
        try
        {
            return compute();
        }
        catch (NonConvergenceException exception)
        {
            throw new CommandException(ExitCode.Numerics, $"{source}: {exception.Message}", exception);
        }
        catch (ArgumentException exception)
        {
            string message = exception.Message.Replace($" (Parameter '{exception.ParamName}')", "", StringComparison.Ordinal);
            throw new CommandException(ExitCode.Configuration, $"{source}: {message}", exception);
        }
    }
}
