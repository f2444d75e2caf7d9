#!/usr/bin/env dotnet
#:property PublishAot=false

// The whole chain once: train a classifier with ERM and one with Spectral Decoupling on the same drawn digits, publish both, serve
// both, compare the two endpoints, and say where the report is. The tools are built and started as processes, as a user would.
//
//   dotnet run quickstart.cs
//   dotnet run quickstart.cs -- --seed 3 --output comparison-3
//
// Without --output everything goes to artifacts/quickstart, which each run replaces.

using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

const int Done = 0;
const int WrongCommandLine = 2;
const int Interrupted = 130;

if (!TryReadArguments(args, out int seed, out string output, out string problem))
{
    Console.Error.WriteLine($"{problem} Usage: dotnet run quickstart.cs -- [--seed N] [--output DIR]");
    return WrongCommandLine;
}

string root = RepositoryRoot();
string work = Path.GetFullPath(output);
string models = Path.Combine(work, "models");
string evaluationSet = Path.Combine(work, "test.parquet");
string audit = Path.Combine(work, "comparison");
Stopwatch clock = Stopwatch.StartNew();
List<Process> started = [];

using CancellationTokenSource stop = new();
using PosixSignalRegistration onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using PosixSignalRegistration onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);

try
{
    Say("Building gd-train, gd-serve and gd-attack");
    foreach (string tool in (string[])["train", "serve", "attack"])
    {
        await Run("dotnet", ["build", Path.Combine(root, tool), "-c", "Release", "--nologo", "-v", "quiet", "-clp:ErrorsOnly"]);
    }

    clock.Restart();
    if (Directory.Exists(work))
    {
        Directory.Delete(work, recursive: true); // the default folder of an earlier run, or an empty one: TryReadArguments refused others
    }

    Directory.CreateDirectory(work);
    foreach (string objective in (string[])["erm", "sd"])
    {
        Say($"Training with {(objective == "erm" ? "cross-entropy alone (ERM)" : "Spectral Decoupling (SD)")}, seed {seed}");
        string run = Path.Combine(work, "runs", objective);
        await Tool("train", ["fit", "--config", Recipe(objective), "--output", run, "--seed", $"{seed}"]);
        await Tool("train", ["publish", "--run", run, "--repository", models, "--name", $"digits-{objective}"]);
    }

    Say("Writing the evaluation set: the test split, in which colour says nothing about the digit");
    await Tool("train", ["evaluation-set", "--config", Recipe("erm"), "--split", "test", "--output", evaluationSet, "--limit", "1000", "--seed", $"{seed}"]);

    Say("Serving both models");
    string server = await Serve();

    Say("Comparing the two endpoints: accuracy per group, margins, robust accuracy");
    await Tool("attack",
    [
        "compare", "--target", $"ERM={server}/digits-erm", "--target", $"SD={server}/digits-sd",
        "--evaluation-set", evaluationSet, "--output", audit, "--seed", $"{seed}",
    ]);

    Say($"The report: {Path.Combine(audit, "report.html")}");
    return Done;
}
catch (OperationCanceledException)
{
    Console.Error.WriteLine("Interrupted; everything that was started has been stopped.");
    return Interrupted;
}
catch (StepFailedException failure)
{
    Console.Error.WriteLine($"Stopped: {failure.Message}");
    return failure.ExitCode;
}
finally
{
    foreach (Process process in started.Where(process => !process.HasExited))
    {
        process.Kill(entireProcessTree: true);
        process.WaitForExit();
    }
}

string Recipe(string objective) => Path.Combine(root, "recipes", $"drawn-digits-{objective}.json");

void Say(string text) => Console.WriteLine($"[{clock.Elapsed.TotalSeconds,5:F1} s] {text}");

void Stop(PosixSignalContext context)
{
    context.Cancel = true;
    stop.Cancel();
}

Task Tool(string part, string[] arguments) => Run(ToolPath(part), arguments);

string ToolPath(string part)
{
    string project = $"GradientDynamics.{char.ToUpperInvariant(part[0])}{part[1..]}";
    return Path.Combine(root, "artifacts", "bin", project, "release", OperatingSystem.IsWindows() ? $"gd-{part}.exe" : $"gd-{part}");
}

async Task Run(string program, string[] arguments)
{
    Process process = Start(program, arguments, redirect: false);
    await process.WaitForExitAsync(stop.Token);
    if (process.ExitCode != 0)
    {
        throw new StepFailedException($"{Path.GetFileName(program)} {arguments[0]} ended with exit code {process.ExitCode}.", process.ExitCode);
    }
}

// Port 0 is any free port; the server says on its ready line which one it took.
async Task<string> Serve()
{
    Process server = Start(ToolPath("serve"), ["--repository", models, "--grpc", "http://127.0.0.1:0", "--http", "http://127.0.0.1:0", "--gradients"], redirect: true);
    while (await server.StandardOutput.ReadLineAsync(stop.Token) is { } line)
    {
        string? address = line.StartsWith("gd-serve ready", StringComparison.Ordinal)
            ? line.Split(' ').FirstOrDefault(word => word.StartsWith("grpc=", StringComparison.Ordinal))
            : null;
        if (address is not null)
        {
            _ = server.StandardOutput.ReadToEndAsync(CancellationToken.None); // keeps the pipe from filling
            return address["grpc=".Length..];
        }
    }

    await server.WaitForExitAsync(stop.Token);
    throw new StepFailedException($"gd-serve ended with exit code {server.ExitCode} before it was ready.", server.ExitCode);
}

Process Start(string program, string[] arguments, bool redirect)
{
    stop.Token.ThrowIfCancellationRequested();
    ProcessStartInfo info = new(program, arguments) { RedirectStandardOutput = redirect, WorkingDirectory = root };
    Process process = Process.Start(info) ?? throw new StepFailedException($"{program} could not be started.", exitCode: 6);
    started.Add(process);
    return process;
}

static bool TryReadArguments(string[] arguments, out int seed, out string output, out string problem)
{
    seed = 1;
    output = Path.Combine(RepositoryRoot(), "artifacts", "quickstart");
    problem = "";
    for (int i = 0; i < arguments.Length && problem.Length == 0; i += 2)
    {
        string value = i + 1 < arguments.Length ? arguments[i + 1] : "";
        switch (arguments[i])
        {
            case "--seed" when int.TryParse(value, out seed) && seed >= 0:
                break;
            case "--seed":
                problem = $"--seed is '{value}'; accepted is a whole number from 0.";
                break;
            case "--output" when value.Length > 0 && !(Directory.Exists(value) && Directory.EnumerateFileSystemEntries(value).Any()) && !File.Exists(value):
                output = value;
                break;
            case "--output":
                problem = $"--output is '{value}'; accepted is a folder that is empty or does not exist yet.";
                break;
            default:
                problem = $"'{arguments[i]}' is not an option.";
                break;
        }
    }

    return problem.Length == 0;
}

static string RepositoryRoot([CallerFilePath] string thisFile = "") => Path.GetDirectoryName(thisFile)!;

internal sealed class StepFailedException(string message, int exitCode) : Exception(message)
{
    public int ExitCode { get; } = exitCode;
}
