using System.Text.RegularExpressions;
using GradientDynamics.CommandLine;
using GradientDynamics.Protos;
using GradientDynamics.Serve.Tests;
using static GradientDynamics.Onnx.Runtime.Tests.SmallModels;

namespace GradientDynamics.Serve.Commands.Tests;

public partial class ServeCommandTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_says_where_it_listens_serves_and_ends_with_zero_when_told_to_stop()
    {
        using var folder = new TemporaryFolder();
        folder.Write("linear/1/model.onnx", Linear());
        folder.Write("broken/1/model.onnx", "broken"u8);
        using var stop = new CancellationTokenSource();
        using var output = new FirstLineWriter();
        using var error = new StringWriter();

        Task<int> running = CommandHost.RunAsync(
            ServeCommand.CreateRoot(), ["--repository", folder.Path, "--grpc", "http://127.0.0.1:0", "--http", "http://127.0.0.1:0"], output, error, stop.Token);
        (await Task.WhenAny(output.Line, running)).ShouldBe(output.Line, error.ToString());
        Match ready = ReadyLine().Match(await output.Line);
        ready.Success.ShouldBeTrue();
        ready.Groups["models"].Value.ShouldBe("1");
        await using (InferenceClient client = InferenceClient.Connect(new Uri(ready.Groups["grpc"].Value)))
        {
            (await client.ServerReadyAsync(Token)).ShouldBeTrue();
        }

        await stop.CancelAsync();

        (await running).ShouldBe(0);
        error.ToString().ShouldBeEmpty();
    }

    [Theory]
    [InlineData("no repository", 2, "--repository")]
    [InlineData("missing folder", 3, "absent: there is no such folder; a model repository holds NAME/VERSION/model.onnx.")]
    [InlineData("empty folder", 3, "there is no model; a model repository holds NAME/VERSION/model.onnx.")]
    [InlineData("broken only", 3, "model.onnx: this is no ONNX model, or it is cut off (1 more are unavailable)")]
    [InlineData("strict", 3, "Model 'broken' cannot be served: ")]
    [InlineData("no address", 2, "--grpc here: accepted is http://ADDRESS:PORT with an IP address or localhost.")]
    [InlineData("address", 2, "--grpc https://127.0.0.1:1: accepted is http://ADDRESS:PORT with an IP address or localhost.")]
    public async Task What_keeps_it_from_starting_is_one_line_and_an_exit_code(string kind, int exitCode, string message)
    {
        using var folder = new TemporaryFolder();
        string[] arguments = kind switch
        {
            "no repository" => [],
            "missing folder" => ["--repository", Path.Combine(folder.Path, "absent")],
            "strict" => ["--repository", folder.Path, "--strict"],
            "no address" => ["--repository", folder.Path, "--grpc", "here"],
            "address" => ["--repository", folder.Path, "--grpc", "https://127.0.0.1:1"],
            _ => ["--repository", folder.Path],
        };
        if (kind is "broken only" or "strict")
        {
            folder.Write("broken/1/model.onnx", "broken"u8);
            folder.Write(kind == "strict" ? "linear/1/model.onnx" : "worse/1/model.onnx", kind == "strict" ? Linear() : "worse"u8);
        }
        else if (kind == "address")
        {
            folder.Write("linear/1/model.onnx", Linear());
        }

        using var output = new StringWriter();
        using var error = new StringWriter();
        int result = await CommandHost.RunAsync(ServeCommand.CreateRoot(), arguments, output, error, Token);

        error.ToString().TrimEnd().ShouldNotContain("\n");
        error.ToString().ShouldContain(message);
        result.ShouldBe(exitCode);
        output.ToString().ShouldBeEmpty();
    }

    [GeneratedRegex(@"^gd-serve ready grpc=(?<grpc>http://127\.0\.0\.1:[1-9]\d*) http=http://127\.0\.0\.1:[1-9]\d* models=(?<models>\d+) seconds=\d+\.\d\d$")]
    private static partial Regex ReadyLine();

    /// <summary>Hands over the first line that is written.</summary>
    private sealed class FirstLineWriter : StringWriter
    {
        private readonly TaskCompletionSource<string> _line = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<string> Line => _line.Task;

        public override void WriteLine(string? value) => _line.TrySetResult(value ?? "");
    }
}
