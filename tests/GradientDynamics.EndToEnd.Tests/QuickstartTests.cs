using System.Diagnostics;

namespace GradientDynamics.EndToEnd.Tests;

/// <summary>What can go wrong with quickstart.cs; that it goes right is ChainTests' matter, step by step.</summary>
public sealed class QuickstartTests
{
    [Theory]
    [InlineData("--sed", "--sed")]
    [InlineData("--seed", "'many'", "--seed", "many")]
    [InlineData("empty", "--output", "README.md")]
    public async Task Quickstart_WithAWrongArgument_SaysWhatIsAccepted(string named, params string[] arguments)
    {
        ProcessStartInfo info = new("dotnet", ["run", Repository.PathOf("quickstart.cs"), "--", .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Repository.Root,
        };
        using Process process = Process.Start(info)!;

        ToolResult result = await Tool.EndAsync(process);

        result.ExitCode.ShouldBe(2);
        result.Error.TrimEnd().Split('\n')[^1].ShouldContain(named);
    }
}
