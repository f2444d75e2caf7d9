using System.Diagnostics;
using System.Text.Json;

namespace GradientDynamics.Analysis.Tests.Commands;

/// <summary>The tool as other programs use it: a process, its exit code, one JSON object on standard output, one line on standard error.</summary>
public sealed class ProcessTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("double-descent scalar", """{ "n": 10, "d": 4, "blocks": [ { "dimension": 3, "singularValue": 0.5 }, { "dimension": 1, "singularValue": 0.1 } ], "noiseVariance": 0.1, "lambda": 0.01, "eta": 1, "times": [0, 2.5] }""", "points")]
    [InlineData("double-descent exact", """{ "Z": [[1, 0], [0, 2]], "F": [[1, 0], [0, 0.5]], "w": [1, -1], "noise": [0, 0.5], "lambda": 0.1, "eta": 0.25, "times": [0, 1] }""", "points")]
    [InlineData("starvation fixed-point", """{ "singularValues": [3, 2], "U": [[0.8, -0.6], [0.6, 0.8]], "lambda": 0.01, "regularizer": "spectral-decoupling", "method": "primal" }""", "alpha", "z", "residual", "attractive")]
    [InlineData("statistics alexander-govern", """{ "groups": [[1, 2, 4], [2, 5, 6]] }""", "statistic", "pValue")]
    [InlineData("lambert-w", """{ "x": -0.2, "branch": -1 }""", "w")]
    public async Task EveryCommandForPrograms_PrintsOneObject(string command, string json, params string[] keys)
    {
        (int code, string output, string error) = await Run([.. command.Split(' '), "--config", _folder.Write("c.json", json), "--json"]);

        code.ShouldBe(0, error);
        error.ShouldBeEmpty();
        using JsonDocument result = JsonDocument.Parse(output);
        foreach (string key in keys)
        {
            result.RootElement.TryGetProperty(key, out _).ShouldBeTrue(key);
        }
    }

    [Theory]
    [InlineData("double-descent scalar", """{ "n": 10, "d": 4, "blocks": [], "times": [1] }""", 2, "add up to 0")]
    [InlineData("double-descent scalar", """{ "n": "10", "d": 4, "blocks": [], "times": [1] }""", 2, "n:")]
    [InlineData("double-descent scalar", """{ "n": 10, "d": 4, "blocks": [ { "dimension": 4, "singularValue": 1, "p": 3 } ], "times": [1] }""", 2, "blocks[0].p")]
    [InlineData("double-descent scalar", "{ ", 2, "c.json")]
    [InlineData("double-descent exact", """{ "Z": [[1, 0]], "F": [[1, 0], [0, 1]], "w": [1, 1], "eta": 3, "times": [1] }""", 2, "largest stable one is 2")]
    [InlineData("double-descent exact", """{ "Z": [[1, 0]], "F": [[1, 0], [0, 1]], "w": [1, 1], "times": [-1] }""", 2, "time is finite and not negative")]
    [InlineData("starvation fixed-point", """{ "singularValues": [3, 2], "U": [[1, 1], [0, 1]], "lambda": 0.01 }""", 2, "not orthonormal")]
    [InlineData("starvation fixed-point", """{ "singularValues": [3, 0], "U": [[1, 0], [0, 1]], "lambda": 0.01 }""", 2, "positive and finite")]
    [InlineData("starvation fixed-point", """{ "singularValues": [3, 2], "U": [[1, 0], [0, 1]], "lambda": 0 }""", 2, "lambda is positive")]
    [InlineData("starvation fixed-point", """{ "singularValues": [3, 2], "U": [[1, 0], [0, 1]], "lambda": 0.01, "method": "guess" }""", 2, "method")]
    [InlineData("statistics alexander-govern", """{ "groups": [[1, 2, 4]] }""", 2, "must be greater than or equal to '2'")]
    [InlineData("lambert-w", """{ "x": -0.2, "branch": 3 }""", 2, "branch")]
    public async Task WrongConfigurations_EndWithTwo_AndOneLine(string command, string json, int expected, string message)
    {
        (int code, string output, string error) = await Run([.. command.Split(' '), "--config", _folder.Write("c.json", json), "--json"]);

        code.ShouldBe(expected, error);
        output.ShouldBeEmpty();
        error.ShouldStartWith("error: ");
        error.TrimEnd('\n').ShouldNotContain('\n');
        error.ShouldContain(message);
    }

    private static async Task<(int Code, string Output, string Error)> Run(string[] arguments)
    {
        string tool = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "gd-analyze.exe" : "gd-analyze");
        using Process process = Process.Start(new ProcessStartInfo(tool, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, output, await error);
    }
}
