using GradientDynamics.CommandLine;
using GradientDynamics.Train.Commands;

namespace GradientDynamics.Train.Tests;

/// <summary>A command run in this process, its arguments as text.</summary>
internal sealed record CommandRun(ExitCode ExitCode, string Output, string Error)
{
    public static async Task<CommandRun> Of(params string[] arguments) => await Of(CancellationToken.None, arguments);

    public static async Task<CommandRun> Of(CancellationToken interrupt, params string[] arguments)
    {
        using StringWriter output = new();
        using StringWriter error = new();
        int exitCode = await CommandHost.RunAsync(TrainCommands.Create(), arguments, output, error, interrupt);
        return new((ExitCode)exitCode, output.ToString(), error.ToString());
    }

    /// <summary>The error's only line.</summary>
    public string ErrorLine
    {
        get
        {
            string[] lines = Error.TrimEnd('\n').Split('\n');
            lines.Count(line => line.StartsWith("error: ", StringComparison.Ordinal)).ShouldBe(1, Error);
            lines[^1].ShouldStartWith("error: ");
            return lines[^1];
        }
    }
}
