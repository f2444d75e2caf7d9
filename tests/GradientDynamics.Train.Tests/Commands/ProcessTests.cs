using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using GradientDynamics.CommandLine;
using GradientDynamics.Train.Training;

namespace GradientDynamics.Train.Tests.Commands;

/// <summary>gd-train as a process: killed, interrupted, and started anew for large pages.</summary>
[Collection(TorchGlobalState.Name)]
public sealed class ProcessTests
{
    // Far more epochs than are ever run: the process ends when the test says so.
    private const string Endless = "epochs=1000000";

    public static bool IsLinux => OperatingSystem.IsLinux();

    [Theory]
    [InlineData("standard", """{"kind":"standard"}""")]
    [InlineData("jtt", """{"kind":"jtt","firstStageEpochs":2,"factor":3}""")]
    [InlineData("lff", """{"kind":"lff"}""")]
    [InlineData("deep-feature-reweighting", """{"kind":"deep-feature-reweighting","draws":2}""")]
    public async Task Fit_ThatIsKilled_ResumesToTheBitsOfAnUndisturbedRun(string what, string procedure)
    {
        using TemporaryFolder folder = new();
        string config = TinyRun.Write(folder, json =>
        {
            json["network"] = JsonNode.Parse("""{ "kind": "mlp", "hiddenWidths": [16], "dropout": 0.3 }""");
            json["objective"] = JsonNode.Parse("""{ "kind": "erm" }""");
            json["selection"] = "validation-worst-group";
            json["procedure"] = JsonNode.Parse(procedure);
        });
        string killed = folder.Combine("killed");
        string whole = folder.Combine("whole");

        using (Process process = Start([], "fit", "--config", config, "--output", killed, "--set", Endless))
        {
            await ReadUntilAsync(process, "epoch 4/");
            process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        int epochs = Checkpoint.Read(Path.Combine(killed, "checkpoint", "last.safetensors")).Epoch + 3;
        string end = string.Create(CultureInfo.InvariantCulture, $"epochs={epochs}");
        CommandRun resumed = await CommandRun.Of("fit", "--config", config, "--output", killed, "--resume", "--set", end);
        CommandRun undisturbed = await CommandRun.Of("fit", "--config", config, "--output", whole, "--set", end);

        resumed.ExitCode.ShouldBe(ExitCode.Done, $"{what}: {resumed.Error}");
        undisturbed.ExitCode.ShouldBe(ExitCode.Done, undisturbed.Error);
        FitCommandTests.WeightsOf(killed).ShouldBe(FitCommandTests.WeightsOf(whole));
        File.ReadAllBytes(Path.Combine(killed, "checkpoint", "last.safetensors")).ShouldBe(File.ReadAllBytes(Path.Combine(whole, "checkpoint", "last.safetensors")));
    }

    [Fact(Skip = "Only Linux has glibc's allocator and its settings.", SkipUnless = nameof(IsLinux))]
    public async Task Fit_OnLinux_RunsWithLargePagesInTheSameProcessAndIsInterruptedAsEver()
    {
        // A shell that starts the tests in the background, or nohup, has them ignore the interrupt, and a child inherits that.
        const ulong Interrupt = 1 << 1;
        string? ignored = File.Exists("/proc/self/status") ? File.ReadLines("/proc/self/status").FirstOrDefault(line => line.StartsWith("SigIgn:", StringComparison.Ordinal)) : null;
        Assert.SkipWhen(ignored is not null && (Convert.ToUInt64(ignored["SigIgn:".Length..].Trim(), 16) & Interrupt) != 0, "the interrupt signal is ignored by whoever started the tests");

        using TemporaryFolder folder = new();
        string run = folder.Combine("a run with spaces, ü and ''");
        using Process process = Start(["GLIBC_TUNABLES=glibc.malloc.check=0"], "fit", "--config", TinyRun.Write(folder), "--output", run, "--set", Endless, "--json");

        await ReadUntilAsync(process, "epoch 2/");
        string[] environment = (await File.ReadAllTextAsync($"/proc/{process.Id}/environ", TestContext.Current.CancellationToken)).Split('\0');
        using Process interrupt = Process.Start("kill", ["-INT", process.Id.ToString(CultureInfo.InvariantCulture)]);
        string error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        // glibc writes zeros over the colons while it reads them.
        environment.ShouldContain(entry => entry == "glibc.malloc.hugetlb=1" || entry == "GLIBC_TUNABLES=glibc.malloc.check=0:glibc.malloc.hugetlb=1");
        environment.ShouldContain(entry => entry.StartsWith("GLIBC_TUNABLES=glibc.malloc.check=0", StringComparison.Ordinal));
        process.ExitCode.ShouldBe((int)ExitCode.Interrupted);
        error.ShouldContain("--resume continues");
        output.ShouldBeEmpty();
        File.Exists(Path.Combine(run, "checkpoint", "last.safetensors")).ShouldBeTrue();
    }

    [Theory(Skip = "Only Linux has glibc's allocator and its settings.", SkipUnless = nameof(IsLinux))]
    [InlineData("GRADIENTDYNAMICS_NO_RESTART=1", null)]
    [InlineData("GLIBC_TUNABLES=glibc.malloc.hugetlb=0", "GLIBC_TUNABLES=glibc.malloc.hugetlb=0")]
    public async Task Fit_OfAUserWhoChose_StaysAsItWasStarted(string variable, string? expected)
    {
        using TemporaryFolder folder = new();
        using Process process = Start([variable], "fit", "--config", TinyRun.Write(folder), "--output", folder.Combine("run"), "--set", Endless);

        await ReadUntilAsync(process, "epoch 1/");
        string[] environment = (await File.ReadAllTextAsync($"/proc/{process.Id}/environ", TestContext.Current.CancellationToken)).Split('\0');
        process.Kill();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        environment.FirstOrDefault(entry => entry.StartsWith("GLIBC_TUNABLES=", StringComparison.Ordinal)).ShouldBe(expected);
    }

    [Theory]
    [InlineData("objective.coefficient=-1", ExitCode.Configuration)]
    [InlineData("""optimizer={"kind":"sgd","learningRate":1e30}""", ExitCode.Numerics)]
    [InlineData("epochs=1", ExitCode.Done)]
    public async Task Fit_AsAProcess_EndsWithItsExitCodeAndItsStreams(string change, ExitCode exitCode)
    {
        using TemporaryFolder folder = new();
        using Process process = Start([], "fit", "--config", TinyRun.Write(folder), "--output", folder.Combine("run"), "--json", "--set", change);

        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        process.ExitCode.ShouldBe((int)exitCode, await error);
        (await error).Contains("error: ", StringComparison.Ordinal).ShouldBe(exitCode != ExitCode.Done);
        (output.Length > 0 && JsonNode.Parse(output) is not null).ShouldBe(exitCode == ExitCode.Done);
    }

    [Fact]
    public async Task Prepare_WithAProxyInTheEnvironment_AsksTheProxy()
    {
        using TemporaryFolder folder = new();
        using TcpListener proxy = new(IPAddress.Loopback, 0);
        proxy.Start();
        using Process process = Start(
            [$"http_proxy=http://{proxy.LocalEndpoint}", "no_proxy=", "NO_PROXY="], "datasets", "prepare", "waterbirds", "--output", folder.Combine("data"), "--mirror", "http://data.example/mirror");

        using TcpClient asked = await proxy.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        await using NetworkStream stream = asked.GetStream();
        using StreamReader reader = new(stream, leaveOpen: true);
        string? request = await reader.ReadLineAsync(TestContext.Current.CancellationToken);
        await stream.WriteAsync("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        string error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        request.ShouldBe("GET http://data.example/mirror/waterbird_complete95_forest2water2.tar.gz HTTP/1.1");
        process.ExitCode.ShouldBe((int)ExitCode.Server, error);
        error.ShouldContain("404");
    }

    private static Process Start(string[] environment, params string[] arguments)
    {
        string program = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "gd-train.exe" : "gd-train");
        ProcessStartInfo info = new(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string[] variable in environment.Select(entry => entry.Split('=', 2)))
        {
            info.Environment[variable[0]] = variable[1];
        }

        return Process.Start(info)!;
    }

    private static async Task ReadUntilAsync(Process process, string beginning)
    {
        List<string> lines = [];
        while (await process.StandardError.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            lines.Add(line);
            if (line.StartsWith(beginning, StringComparison.Ordinal))
            {
                return;
            }
        }

        throw new InvalidOperationException($"gd-train ended before '{beginning}': {string.Join('\n', lines)}");
    }
}
