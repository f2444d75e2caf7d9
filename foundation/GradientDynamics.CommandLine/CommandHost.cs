using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using System.Runtime.InteropServices;

namespace GradientDynamics.CommandLine;

/// <summary>Runs a command line: parse errors and exceptions become one line on standard error and an exit code, Ctrl-C and SIGTERM cancel.</summary>
public static class CommandHost
{
    /// <summary>Name of the option that adds the stack trace to an error; every command has it.</summary>
    public const string VerboseOption = "--verbose";

    /// <summary>Runs the command that <paramref name="args"/> name and returns the exit code of the process.</summary>
    public static Task<int> RunAsync(RootCommand root, string[] args) => RunAsync(root, args, Console.Out, Console.Error, CancellationToken.None);

    /// <summary>Runs the command with writers in place of the console's; <paramref name="interrupt"/> does what Ctrl-C does.</summary>
    public static async Task<int> RunAsync(RootCommand root, string[] args, TextWriter output, TextWriter error, CancellationToken interrupt)
    {
        ArgumentNullException.ThrowIfNull(root);
        ArgumentNullException.ThrowIfNull(args);
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(error);
        Option<bool> verbose = root.Options.OfType<Option<bool>>().FirstOrDefault(option => option.Name == VerboseOption) ?? AddVerbose(root);

        ParseResult parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            error.WriteLine($"error: {ParseMessage(parsed)}");
            return (int)ExitCode.Configuration;
        }

        using CancellationTokenSource cancellation = CancellationTokenSource.CreateLinkedTokenSource(interrupt);
        using PosixSignalRegistration interruptSignal = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel);
        using PosixSignalRegistration terminateSignal = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);
        try
        {
            return await parsed.InvokeAsync(
                new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null, Output = output, Error = error },
                cancellation.Token);
        }
        catch (Exception exception)
        {
            Failure failure = Failure.Of(exception);
            if (cancellation.IsCancellationRequested)
            {
                failure = failure with { ExitCode = ExitCode.Interrupted };
            }
            else if (failure.ExitCode == ExitCode.Interrupted)
            {
                // Nobody asked to stop: a cancellation that the program caused itself.
                failure = new Failure(ExitCode.Fault, $"a fault of this program, please report it: {Failure.Line(exception.Message)}");
            }

            error.WriteLine($"error: {failure.Message}");
            if (parsed.GetValue(verbose))
            {
                error.WriteLine(exception);
            }

            return (int)failure.ExitCode;
        }

        void Cancel(PosixSignalContext context)
        {
            context.Cancel = true;
            if (cancellation.IsCancellationRequested)
            {
                Environment.Exit((int)ExitCode.Interrupted);
            }

            cancellation.Cancel();
        }
    }

    private static Option<bool> AddVerbose(RootCommand root)
    {
        Option<bool> verbose = new(VerboseOption) { Description = "Adds the stack trace to an error.", Recursive = true };
        root.Add(verbose);
        return verbose;
    }

    private static string ParseMessage(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        List<string> path = [];
        for (SymbolResult? result = parsed.CommandResult; result is not null; result = result.Parent)
        {
            if (result is CommandResult { Command: var named })
            {
                path.Insert(0, named.Name);
            }
        }

        string[] names = [.. command.Subcommands.Select(sub => sub.Name), .. command.Options.Where(option => option is not HelpOption).SelectMany(option => option.Aliases.Prepend(option.Name))];
        string? nearest = parsed.UnmatchedTokens.Select(token => NearestName.Find(token, names)).FirstOrDefault(name => name is not null);
        string messages = string.Join(' ', parsed.Errors.Select(parseError => Failure.Line(parseError.Message).TrimEnd('.') + ".").Distinct());
        string suggestion = nearest is null ? "" : $" Did you mean '{nearest}'?";
        string subcommands = parsed.UnmatchedTokens.Count == 0 && command.Subcommands.Count > 0 ? $" Accepted: {string.Join(", ", command.Subcommands.Select(sub => $"'{sub.Name}'"))}." : "";
        return $"{messages}{suggestion}{subcommands} See '{string.Join(' ', path)} --help'.";
    }
}
