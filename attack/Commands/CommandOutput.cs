using System.CommandLine;
using GradientDynamics.Attack.Reports;
using GradientDynamics.CommandLine;

namespace GradientDynamics.Attack.Commands;

/// <summary>Where a command writes: its result to standard output, as tables or as JSON; everything else to standard error.</summary>
internal sealed record CommandOutput(TextWriter Output, TextWriter Error, bool Json)
{
    public static CommandOutput Of(ParseResult result, Option<bool> json) => new(result.InvocationConfiguration.Output, result.InvocationConfiguration.Error, result.GetValue(json));

    /// <summary>Progress of long work: a bar where standard error is the terminal, lines elsewhere.</summary>
    public ProgressReporter Progress(string activity, long total) =>
        ReferenceEquals(Error, Console.Error) ? ProgressReporter.Create(activity, total, Json) : ProgressReporter.Create(activity, total, Error);

    /// <summary>Writes the result.</summary>
    public void Write<T>(T result, IEnumerable<ResultTable> tables)
    {
        if (Json)
        {
            ResultOutput.WriteJson(result, Output);
            return;
        }

        foreach (ResultTable table in tables)
        {
            if (ReferenceEquals(Output, Console.Out))
            {
                ResultOutput.WriteTable(table);
            }
            else
            {
                ResultOutput.WriteTable(table, Output);
            }

            Output.WriteLine();
        }
    }

    /// <summary>Says which gates failed and gives the exit code.</summary>
    public int Judge(IReadOnlyList<GateResult> gates)
    {
        foreach (GateResult gate in gates.Where(gate => !gate.Passed))
        {
            Error.WriteLine($"gate failed: {JunitReport.Message(gate)}");
        }

        return (int)(gates.All(gate => gate.Passed) ? ExitCode.Done : ExitCode.GateFailed);
    }
}
