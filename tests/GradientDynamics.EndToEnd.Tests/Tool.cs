using System.Diagnostics;
using System.Text;

namespace GradientDynamics.EndToEnd.Tests;

/// <summary>What a tool's process left behind.</summary>
internal sealed record ToolResult(int ExitCode, string Output, string Error);

/// <summary>Starts the built tools as a user does: as processes, with their arguments as text.</summary>
internal static class Tool
{
    /// <summary>Longer than any command of these tests takes on a slow machine: a hang ends the test instead of the build.</summary>
    private static readonly TimeSpan Hang = TimeSpan.FromMinutes(5);

    /// <summary>Runs gd-train, gd-serve, gd-attack or gd-analyze ("train", "serve", …) to its end.</summary>
    public static async Task<ToolResult> RunAsync(string part, params string[] arguments)
    {
        using Process process = Start(part, arguments);
        return await EndAsync(process);
    }

    /// <summary>Starts a tool with its output redirected.</summary>
    public static Process Start(string part, params string[] arguments)
    {
        string project = $"GradientDynamics.{char.ToUpperInvariant(part[0])}{part[1..]}";
        string program = Repository.PathOf("artifacts", "bin", project, Repository.Configuration, OperatingSystem.IsWindows() ? $"gd-{part}.exe" : $"gd-{part}");
        ProcessStartInfo info = new(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        return Process.Start(info)!;
    }

    /// <summary>Waits for the end of a process and collects what it still writes.</summary>
    public static async Task<ToolResult> EndAsync(Process process)
    {
        using CancellationTokenSource hang = new(Hang);
        Task<string> output = process.StandardOutput.ReadToEndAsync(hang.Token);
        Task<string> error = process.StandardError.ReadToEndAsync(hang.Token);
        try
        {
            await process.WaitForExitAsync(hang.Token);
            return new(process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{process.StartInfo.FileName} {string.Join(' ', process.StartInfo.ArgumentList)} did not end within {Hang}.");
        }
    }
}

/// <summary>A gd-serve process on free ports, ready to be asked.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private readonly Process _process;

    private ServerProcess(Process process, Uri grpc, Uri http)
    {
        _process = process;
        Grpc = grpc;
        Http = http;
    }

    /// <summary>Address of the inference service.</summary>
    public Uri Grpc { get; }

    /// <summary>Address of the health checks.</summary>
    public Uri Http { get; }

    /// <summary>Starts a server and waits for its ready line.</summary>
    public static async Task<ServerProcess> StartAsync(string repository, params string[] arguments)
    {
        Process process = Tool.Start("serve", ["--repository", repository, "--grpc", "http://127.0.0.1:0", "--http", "http://127.0.0.1:0", .. arguments]);
        StringBuilder errors = new();
        process.ErrorDataReceived += (_, line) => errors.AppendLine(line.Data);
        process.BeginErrorReadLine();
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.StartsWith("gd-serve ready", StringComparison.Ordinal))
            {
                Dictionary<string, string> facts = line.Split(' ').Where(word => word.Contains('=')).Select(word => word.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
                return new(process, new(facts["grpc"]), new(facts["http"]));
            }
        }

        await process.WaitForExitAsync();
        throw new InvalidOperationException($"gd-serve ended with {process.ExitCode} before it was ready: {errors}");
    }

    /// <summary>Ends the server at once, as a crash would.</summary>
    public async Task KillAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
    }
}

/// <summary>A folder that lives as long as a test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("gradientdynamics-");

    /// <summary>A path below the folder.</summary>
    public string PathOf(params ReadOnlySpan<string> parts) => Path.Combine([_folder.FullName, .. parts]);

    /// <inheritdoc/>
    public void Dispose() => _folder.Delete(recursive: true);
}
