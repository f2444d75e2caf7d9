using System.Diagnostics;
using System.Text.Json;
using GradientDynamics.Protos;

namespace GradientDynamics.EndToEnd.Tests;

/// <summary>Two tiny classifiers, trained and published once for the tests that serve and audit them.</summary>
public sealed class TrainedModels : IAsyncLifetime
{
    // 200 examples of 8x8 pixels: a fit takes a second or two, most of it the start of the process.
    private const string Configuration = """
        {
          "dataset": {
            "kind": "drawn-digits", "side": 8,
            "train": { "count": 200, "colorAgreement": 0.8 }, "validation": { "count": 100, "colorAgreement": 0.8 }, "test": { "count": 60, "colorAgreement": 0.5 }
          },
          "network": { "kind": "mlp", "hiddenWidths": [16] },
          "singleLogit": true,
          "objective": { "kind": "erm" },
          "optimizer": { "kind": "adam", "learningRate": 1e-2 },
          "batchSize": 50,
          "epochs": 3,
          "threads": 1
        }
        """;

    private readonly TemporaryFolder _folder = new();

    internal string Config => _folder.PathOf("fit.json");

    internal string Models => _folder.PathOf("models");

    internal string EvaluationSet => _folder.PathOf("test.parquet");

    internal string Run(string name) => _folder.PathOf("runs", name);

    internal string ModelFile(string name) => _folder.PathOf("models", name, "1", "model.onnx");

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        await File.WriteAllTextAsync(Config, Configuration);
        await Succeed("fit", "--config", Config, "--output", Run("erm"));
        await Succeed("fit", "--config", Config, "--output", Run("sd"), "--set", """objective={"kind":"spectral-decoupling","coefficient":0.1}""");
        await Succeed("publish", "--run", Run("erm"), "--repository", Models, "--name", "erm");
        await Succeed("publish", "--run", Run("sd"), "--repository", Models, "--name", "sd");
        await Succeed("evaluation-set", "--config", Config, "--split", "test", "--output", EvaluationSet);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    private static async Task Succeed(params string[] arguments)
    {
        ToolResult result = await Tool.RunAsync("train", arguments);
        result.ExitCode.ShouldBe(0, $"gd-train {string.Join(' ', arguments)}: {result.Error}");
    }
}

public sealed class ChainTests(TrainedModels models) : IClassFixture<TrainedModels>
{
    private static readonly string[] AuditFiles = ["audit.json", "junit.xml", "report.html", "report.sarif", "samples.parquet"];

    [Fact]
    public async Task Compare_OfTwoServedModels_WritesTheWholeAuditDirectory()
    {
        using TemporaryFolder folder = new();
        await using ServerProcess server = await ServerProcess.StartAsync(models.Models, "--gradients");

        ToolResult result = await Tool.RunAsync(
            "attack", "compare", "--target", $"ERM={server.Grpc}erm", "--target", $"SD={server.Grpc}sd", "--evaluation-set", models.EvaluationSet, "--output", folder.PathOf("audit"));

        result.ExitCode.ShouldBe(0, result.Error);
        Directory.EnumerateFileSystemEntries(folder.PathOf("audit")).Select(Path.GetFileName).Order().ShouldBe(AuditFiles);
        result.Output.ShouldContain("ERM");
        result.Output.ShouldContain("SD");
    }

    [Fact]
    public async Task Audit_WithTheModelFile_AgreesWithTheServedGradients()
    {
        using TemporaryFolder folder = new();
        await using ServerProcess server = await ServerProcess.StartAsync(models.Models, "--gradients");
        string[] common = ["audit", "--server", server.Grpc.ToString(), "--model", "erm:1", "--evaluation-set", models.EvaluationSet, "--limit", "20", "--json"];

        ToolResult served = await Tool.RunAsync("attack", [.. common, "--output", folder.PathOf("served")]);
        ToolResult local = await Tool.RunAsync("attack", [.. common, "--output", folder.PathOf("local"), "--model-file", models.ModelFile("erm")]);

        served.ExitCode.ShouldBe(0, served.Error);
        local.ExitCode.ShouldBe(0, local.Error);
        using JsonDocument one = JsonDocument.Parse(served.Output);
        using JsonDocument other = JsonDocument.Parse(local.Output);
        other.RootElement.EnumerateObject().Select(property => property.Name).ShouldBe(one.RootElement.EnumerateObject().Select(property => property.Name));
    }

    [Fact]
    public async Task Evaluate_OfAServedModel_ReportsTheTestMetricsOfTheRun()
    {
        using TemporaryFolder folder = new();
        await using ServerProcess server = await ServerProcess.StartAsync(models.Models);

        ToolResult result = await Tool.RunAsync(
            "attack", "evaluate", "--server", server.Grpc.ToString(), "--model", "erm", "--evaluation-set", models.EvaluationSet, "--output", folder.PathOf("audit"), "--json");

        result.ExitCode.ShouldBe(0, result.Error);
        using JsonDocument run = JsonDocument.Parse(File.ReadAllText(Path.Combine(models.Run("erm"), "run.json")));
        using JsonDocument evaluation = JsonDocument.Parse(result.Output);
        Number(evaluation.RootElement, "averageAccuracy").ShouldBe(Number(run.RootElement, "result", "test", "averageAccuracy"), 1e-12);
        Number(evaluation.RootElement, "worstGroupAccuracy").ShouldBe(Number(run.RootElement, "result", "test", "worstGroupAccuracy"), 1e-12);
    }

    [Fact]
    public async Task Server_ThatGoesAwayInTheMiddleOfAnAudit_EndsItWithOneLineAndNothingWritten()
    {
        using TemporaryFolder folder = new();
        string settings = folder.PathOf("audit.json");
        await File.WriteAllTextAsync(settings, "{}", TestContext.Current.CancellationToken);
        await using ServerProcess server = await ServerProcess.StartAsync(models.Models, "--gradients");
        using Process audit = Tool.Start(
            "attack", "audit", "--server", server.Grpc.ToString(), "--model", "erm", "--evaluation-set", models.EvaluationSet, "--output", folder.PathOf("audit"));

        // The first line of progress says that the audit is under way.
        string? first = await audit.StandardError.ReadLineAsync(TestContext.Current.CancellationToken);
        await server.KillAsync();
        ToolResult result = await Tool.EndAsync(audit);

        first.ShouldNotBeNull();
        result.ExitCode.ShouldBe(4, result.Error);
        result.Error.TrimEnd().Split('\n')[^1].ShouldContain(server.Grpc.Authority);
        Directory.EnumerateFileSystemEntries(folder.PathOf()).ShouldBe([settings]);
    }

    [Fact]
    public async Task Server_OnAPortInUse_SaysSo()
    {
        await using ServerProcess server = await ServerProcess.StartAsync(models.Models);

        ToolResult result = await Tool.RunAsync("serve", "--repository", models.Models, "--grpc", server.Grpc.ToString(), "--http", "http://127.0.0.1:0");

        result.ExitCode.ShouldBe(6, result.Error);
        result.Error.TrimEnd().Split('\n')[^1].ShouldContain($"{server.Grpc.Port}");
    }

    [Fact]
    public async Task Attack_OnAServerThatIsNotThere_SaysSo()
    {
        using TemporaryFolder folder = new();
        await using ServerProcess server = await ServerProcess.StartAsync(models.Models);
        await server.KillAsync();

        ToolResult result = await Tool.RunAsync(
            "attack", "evaluate", "--server", server.Grpc.ToString(), "--model", "erm", "--evaluation-set", models.EvaluationSet, "--output", folder.PathOf("audit"));

        result.ExitCode.ShouldBe(4);
        result.Error.TrimEnd().Split('\n').ShouldHaveSingleItem().ShouldContain(server.Grpc.Authority);
        Directory.Exists(folder.PathOf("audit")).ShouldBeFalse();
    }

    [Fact]
    public async Task Server_TellsTheMetadataThatTrainingWrote()
    {
        await using ServerProcess server = await ServerProcess.StartAsync(models.Models);
        await using InferenceClient client = InferenceClient.Connect(server.Grpc, new());

        ModelDescription description = await client.ModelMetadataAsync("sd", cancellationToken: TestContext.Current.CancellationToken);

        description.Properties["gradientdynamics.objective"].ShouldContain("spectral-decoupling");
    }

    [Fact]
    public async Task FullDisk_LeavesNothingHalfWritten()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "A full disk is made by mounting a small one, for which the test must run as root on Linux.");
        using TemporaryFolder folder = new();
        string disk = folder.PathOf("disk");
        Directory.CreateDirectory(disk);
        ToolResult mounted = await RunProgram("mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", disk);
        Assert.SkipUnless(mounted.ExitCode == 0, $"A small disk could not be mounted: {mounted.Error.Trim()}");
        try
        {
            ToolResult result = await Tool.RunAsync("train", "evaluation-set", "--config", models.Config, "--split", "train", "--output", Path.Combine(disk, "train.parquet"));

            result.ExitCode.ShouldBe(6, result.Error);
            result.Error.TrimEnd().Split('\n')[^1].ShouldContain("train.parquet");
            Directory.EnumerateFileSystemEntries(disk).ShouldBeEmpty();
        }
        finally
        {
            (await RunProgram("umount", disk)).ExitCode.ShouldBe(0);
        }
    }

    private static async Task<ToolResult> RunProgram(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        return await Tool.EndAsync(process);
    }

    private static double Number(JsonElement element, params string[] path) => path.Aggregate(element, (current, name) => current.GetProperty(name)).GetDouble();
}
