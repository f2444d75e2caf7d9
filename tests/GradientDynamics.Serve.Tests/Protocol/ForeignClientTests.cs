using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Serve.Tests;
using static GradientDynamics.Onnx.Runtime.Tests.SmallModels;

namespace GradientDynamics.Protos.Tests;

/// <summary>gd-serve as a process, asked by a client that shares no line with it: Python's gRPC, generated from a schema of its own.</summary>
public class ForeignClientTests
{
    private static readonly string[] Pythons = ["/usr/bin/python3", "python3"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_client_generated_in_Python_calls_all_six_RPCs()
    {
        string? python = await FindPythonAsync();
        Assert.SkipWhen(python is null, "There is no Python with grpcio and grpcio-tools (Debian: python3-grpcio, python3-grpc-tools).");
        using var folder = new TemporaryFolder();
        OnnxGraph model = OnnxModelFile.Parse(Linear()).WithMetadata([KeyValuePair.Create("gradientdynamics.task", "classification")]);
        folder.Write("linear/1/model.onnx", OnnxModelFile.ToBytes(model));
        using Process server = StartServer(folder.Path);
        try
        {
            string ready = (await server.StandardOutput.ReadLineAsync(Token)).ShouldNotBeNull();
            string address = new Uri(ready.Split(' ').Single(word => word.StartsWith("grpc=", StringComparison.Ordinal))["grpc=".Length..]).Authority;

            string protocol = Path.Combine(AppContext.BaseDirectory, "Protocol");
            (int exitCode, string output, string error) = await RunAsync(python!, Path.Combine(protocol, "foreign_client.py"), address, protocol);

            exitCode.ShouldBe(0, error);
            JsonElement found = JsonDocument.Parse(output).RootElement;
            JsonElement expected = JsonDocument.Parse("""
                {
                  "live": true, "ready": true, "modelReady": true, "server": "gd-serve", "platform": "onnx_onnxv1", "versions": ["1"],
                  "input": ["x", "FP32", [-1, 2]], "properties": {"gradientdynamics.task": "classification"},
                  "raw": ["raw", [1, 3], [9.5, 11.5, 15.0]], "typed": ["typed", "y", [9.5, 11.5, 15.0]],
                  "absent": ["NOT_FOUND", "there is no model 'absent'; there are 'linear'"]
                }
                """).RootElement;
            JsonElement.DeepEquals(found, expected).ShouldBeTrue(output);
        }
        finally
        {
            server.Kill();
            await server.WaitForExitAsync(CancellationToken.None);
        }
    }

    [Fact]
    public async Task The_process_ends_with_zero_when_it_is_told_to_terminate()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no SIGTERM.");
        using var folder = new TemporaryFolder();
        folder.Write("linear/1/model.onnx", Linear());
        using Process server = StartServer(folder.Path);
        (await server.StandardOutput.ReadLineAsync(Token)).ShouldNotBeNull().ShouldStartWith("gd-serve ready ");

        using (Process kill = Process.Start("kill", ["-TERM", server.Id.ToString(CultureInfo.InvariantCulture)]))
        {
            await kill.WaitForExitAsync(Token);
        }

        await server.WaitForExitAsync(Token);
        server.ExitCode.ShouldBe(0);
    }

    private static Process StartServer(string repository) => Process.Start(new ProcessStartInfo(
        "dotnet",
        [Path.Combine(AppContext.BaseDirectory, "gd-serve.dll"), "--repository", repository, "--grpc", "http://127.0.0.1:0", "--http", "http://127.0.0.1:0"])
    {
        RedirectStandardOutput = true,
    })!;

    private static async Task<string?> FindPythonAsync()
    {
        foreach (string python in Pythons)
        {
            try
            {
                if ((await RunAsync(python, "-c", "import grpc, grpc_tools.protoc")).ExitCode == 0)
                {
                    return python;
                }
            }
            catch (System.ComponentModel.Win32Exception)
            {
                // No such program: the next one may be there.
            }
        }

        return null;
    }

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> error = process.StandardError.ReadToEndAsync(Token);
        string output = await process.StandardOutput.ReadToEndAsync(Token);
        await process.WaitForExitAsync(Token);
        return (process.ExitCode, output, await error);
    }
}
