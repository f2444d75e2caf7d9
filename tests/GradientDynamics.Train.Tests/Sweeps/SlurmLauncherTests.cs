using System.Diagnostics;
using GradientDynamics.CommandLine;
using GradientDynamics.Train.Sweeps;

namespace GradientDynamics.Train.Tests.Sweeps;

/// <summary>Slurm's side of a sweep: the script, what is submitted, and a real cluster of one node where Slurm is installed.</summary>
[Collection(TorchGlobalState.Name)]
public sealed class SlurmLauncherTests
{
    [Theory]
    [InlineData(new int[] { 0, 1, 2, 3 }, "0-3")]
    [InlineData(new int[] { 5 }, "5")]
    [InlineData(new int[] { 0, 2, 3, 7, 8, 9, 11 }, "0,2-3,7-9,11")]
    public void Ranges_AreThoseOfSlurm(int[] indices, string text) => SlurmLauncher.Ranges(indices).ShouldBe(text);

    [Fact]
    public async Task Submission_OfManyTrials_IsArraysOfAThousandWithTheTrialsThatAreLeft()
    {
        Assert.SkipUnless(File.Exists("/bin/bash"), "the script is for bash, and there is none");
        using TemporaryFolder folder = new();
        // Its quotes and percent signs must reach nobody else.
        string output = folder.Combine("the sweep's 100%");
        string plan = SweepFixture.WritePlan(folder, "draws=1", $"runSeeds=[{string.Join(',', Enumerable.Range(0, 601))}]");
        string calls = FakeSlurm(folder);
        Trial[] trials = [.. TrialPlan.Read(plan).Trials];
        Directory.CreateDirectory(Path.Combine(output, "trials"));
        File.Copy(plan, Path.Combine(output, "plan.jsonl"));
        foreach ((int line, TrialState state, int code) in ((int, TrialState, int)[])[(0, TrialState.Done, 0), (3, TrialState.Failed, 5), (4, TrialState.Failed, 137)])
        {
            File.WriteAllText(Path.Combine(output, "trials", $"{trials[line].Id}.json"), ConfigurationFile.Write(new TrialOutcome { Id = trials[line].Id, State = state, ExitCode = code, Reason = "x", Attempts = 1, Seconds = 1, PeakMemoryGib = 0 }));
        }

        (int exitCode, string error) = await RunAsync(folder, "sweep", "run", "--plan", plan, "--output", output, "--launcher", "slurm", "--parallel", "4", "--memory-gib", "1.5", "--processors", "2", "--sbatch=--partition=gpu");

        exitCode.ShouldBe(0, error);
        string script = Path.Combine(output, "sweep.sbatch");
        error.ShouldContain($"Submitted 1200 trials with {script} as job 1001,1002; squeue --jobs=1001,1002 shows them, scancel 1001 1002 stops them.");
        File.ReadAllLines(calls).ShouldBe(
        [
            $"--parsable --array=1-2,4-999%4 {script} 0",
            $"--parsable --array=0-201%4 --dependency=afterany:1001 {script} 1000",
        ]);
        string[] lines = File.ReadAllLines(script);
        lines[0].ShouldBe("#!/bin/bash");
        lines.ShouldContain("#SBATCH --cpus-per-task=2");
        lines.ShouldContain("#SBATCH --mem=1536M");
        lines.ShouldContain("#SBATCH --partition=gpu");
        lines.ShouldContain($"#SBATCH --output=\"{output.Replace("%", "%%")}/logs/slurm-%A-%a.log\"");
        using Process check = Process.Start(new ProcessStartInfo("/bin/bash", ["-n", script]) { RedirectStandardError = true })!;
        await check.WaitForExitAsync(TestContext.Current.CancellationToken);
        check.ExitCode.ShouldBe(0);
        // What a task of the second array runs.
        string traced = await OutputOfAsync("/bin/bash", ["-c", $"exec() {{ printf '%s|' \"$@\"; }}; set -- 1000; SLURM_ARRAY_TASK_ID=7; source '{script.Replace("'", "'\\''")}' 1000"]);
        string[] words = traced.TrimEnd('|').Split('|');
        words[^2..].ShouldBe(["--index", "1007"]);
        words[1..7].ShouldBe(["sweep", "trial", "--plan", Path.Combine(output, "plan.jsonl"), "--output", output]);
    }

    [Fact]
    public async Task Submission_ThatSlurmRefuses_IsOneLine()
    {
        Assert.SkipUnless(File.Exists("/bin/bash"), "the programs that stand for Slurm's are scripts");
        using TemporaryFolder folder = new();
        string plan = SweepFixture.WritePlan(folder, "draws=1");
        FakeSlurm(folder, refuses: true);

        (int exitCode, string error) = await RunAsync(folder, "sweep", "run", "--plan", plan, "--output", folder.Combine("sweep"), "--launcher", "slurm");

        exitCode.ShouldBe((int)ExitCode.Server);
        error.ShouldContain("ended with exit code 1: sbatch: error: invalid partition");
    }

    [Fact]
    public async Task Cluster_OfOneNode_RunsTheSweepAsTheLocalLauncherDoes()
    {
        Assert.SkipUnless(SlurmCluster.Missing is null, SlurmCluster.Missing ?? "");
        using TemporaryFolder folder = new();
        string plan = SweepFixture.WritePlan(folder, "draws=1", "runSeeds=[0]", "all.settings.epochs=3");
        using SlurmCluster cluster = await SlurmCluster.StartAsync(folder);

        (int exitCode, string error) = await cluster.RunAsync("sweep", "run", "--plan", plan, "--output", folder.Combine("cluster"), "--launcher", "slurm", "--wait", "--parallel", "2", "--memory-gib", "1");
        CommandRun local = await CommandRun.Of("sweep", "run", "--plan", plan, "--output", folder.Combine("local"));
        (int again, string said) = await cluster.RunAsync("sweep", "run", "--plan", plan, "--output", folder.Combine("cluster"), "--launcher", "slurm", "--wait");

        exitCode.ShouldBe(0, error);
        error.ShouldContain("trial 2/2: ");
        local.ExitCode.ShouldBe(ExitCode.Done, local.Error);
        foreach (Trial trial in TrialPlan.Read(plan).Trials)
        {
            File.ReadAllBytes(folder.Combine("cluster", "runs", trial.Id, "checkpoint", "last.safetensors")).ShouldBe(File.ReadAllBytes(folder.Combine("local", "runs", trial.Id, "checkpoint", "last.safetensors")));
        }

        // Nothing is left to submit.
        again.ShouldBe(0, said);
        said.ShouldNotContain("Submitted");
    }

    // Programs of Slurm's names that write down how they were called.
    private static string FakeSlurm(TemporaryFolder folder, bool refuses = false)
    {
        string calls = folder.Combine("calls.txt");
        Directory.CreateDirectory(folder.Combine("bin"));
        string sbatch = folder.Combine("bin", "sbatch");
        File.WriteAllText(sbatch, refuses
            ? "#!/bin/bash\necho 'sbatch: error: invalid partition' >&2\nexit 1\n"
            : $"#!/bin/bash\necho \"$*\" >> '{calls}'\necho \"$((1000 + $(wc -l < '{calls}')));cluster\"\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(sbatch, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return calls;
    }

    private static async Task<(int ExitCode, string Error)> RunAsync(TemporaryFolder folder, params string[] arguments)
    {
        ProcessStartInfo info = new(Path.Combine(AppContext.BaseDirectory, "gd-train"), arguments) { RedirectStandardError = true, RedirectStandardOutput = true };
        info.Environment["PATH"] = $"{folder.Combine("bin")}:{Environment.GetEnvironmentVariable("PATH")}";
        return await SlurmCluster.EndAsync(info);
    }

    private static async Task<string> OutputOfAsync(string program, string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return output;
    }
}
