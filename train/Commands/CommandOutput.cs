using System.CommandLine;
using GradientDynamics.CommandLine;

namespace GradientDynamics.Train.Commands;

/// <summary>Where a command writes: its result to standard output, as a table or as JSON; everything else to standard error.</summary>
internal sealed record CommandOutput(TextWriter Output, TextWriter Error, bool Json)
{
    public static CommandOutput Of(ParseResult result, Option<bool> json) => new(result.InvocationConfiguration.Output, result.InvocationConfiguration.Error, result.GetValue(json));

    /// <summary>The option that every command with a result has.</summary>
    public static Option<bool> JsonOption() => new("--json") { Description = "Prints the result as JSON on standard output, everything else on standard error." };

    /// <summary>Progress of long work: a bar where standard error is the terminal, lines elsewhere.</summary>
    public ProgressReporter Progress(string activity, long total) =>
        ReferenceEquals(Error, Console.Error) ? ProgressReporter.Create(activity, total, Json) : ProgressReporter.Create(activity, total, Error);

    /// <summary>Writes the result.</summary>
    public void Write<T>(T result, ResultTable table)
    {
        if (Json)
        {
            ResultOutput.WriteJson(result, Output);
        }
        else if (ReferenceEquals(Output, Console.Out))
        {
            ResultOutput.WriteTable(table);
        }
        else
        {
            ResultOutput.WriteTable(table, Output);
        }
    }
}
