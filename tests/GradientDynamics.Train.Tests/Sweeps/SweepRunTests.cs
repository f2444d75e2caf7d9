using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using GradientDynamics.CommandLine;
using GradientDynamics.Train.Sweeps;
using GradientDynamics.Train.Tests.Commands;

namespace GradientDynamics.Train.Tests.Sweeps;

/// <summary>gd-train sweep run with real processes: interrupted, killed, failing and done trials.</summary>
[Collection(TorchGlobalState.Name)]
public sealed class SweepRunTests
{
    // Enough epochs for a run to be caught in the middle: two seconds or more.
    private const string Long = "all.settings.epochs=500";
    private const string OneOfEach = "draws=1";
    private const string OneSeed = "runSeeds=[0]";

    private static readonly TimeSpan Hang = TimeSpan.FromMinutes(3);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Sweep_ThatIsKilledOrInterrupted_ResumesToTheBitsOfAnUndisturbedOne(bool interrupted)
    {
        using TemporaryFolder folder = new();
        string plan = SweepFixture.WritePlan(folder, OneOfEach, OneSeed, Long);
        string disturbed = folder.Combine("disturbed");
        string whole = folder.Combine("whole");

        Trial[] trials = [.. TrialPlan.Read(plan).Trials];
        if (interrupted)
        {
            using CancellationTokenSource interrupt = new();
            Task<CommandRun> run = CommandRun.Of(interrupt.Token, "sweep", "run", "--plan", plan, "--output", disturbed, "--parallel", "2");
            await UntilAllHaveCheckpointsAsync(disturbed, trials);
            await interrupt.CancelAsync();
            CommandRun stopped = await run;
            stopped.ExitCode.ShouldBe(ExitCode.Interrupted, stopped.Error);
            stopped.Error.ShouldContain("Stopped with 2 of 2 trials to go. The same command continues");
            // An interrupt says nothing about a trial.
            Directory.EnumerateFiles(Path.Combine(disturbed, "trials"), "*.json").ShouldAllBe(file => file.EndsWith(".configuration.json"));
        }
        else
        {
            using Process sweep = Start("sweep", "run", "--plan", plan, "--output", disturbed, "--parallel", "2");
            await UntilAllHaveCheckpointsAsync(disturbed, trials);
            sweep.Kill();
            await sweep.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        CommandRun resumed = await CommandRun.Of("sweep", "run", "--plan", plan, "--output", disturbed, "--parallel", "2");
        CommandRun undisturbed = await CommandRun.Of("sweep", "run", "--plan", plan, "--output", whole);

        resumed.ExitCode.ShouldBe(ExitCode.Done, resumed.Error);
        undisturbed.ExitCode.ShouldBe(ExitCode.Done, undisturbed.Error);
        foreach (Trial trial in trials)
        {
            // They went on, and did not begin anew.
            File.ReadAllText(Path.Combine(disturbed, "logs", $"{trial.Id}.log")).ShouldContain("Resuming after epoch");
            FitCommandTests.WeightsOf(Path.Combine(disturbed, "runs", trial.Id)).ShouldBe(FitCommandTests.WeightsOf(Path.Combine(whole, "runs", trial.Id)));
            File.ReadAllBytes(Path.Combine(disturbed, "runs", trial.Id, "checkpoint", "last.safetensors")).ShouldBe(File.ReadAllBytes(Path.Combine(whole, "runs", trial.Id, "checkpoint", "last.safetensors")));
        }
    }

    [Fact]
    public async Task Trial_ThatIsKilled_IsRecordedAndTheSweepGoesOn_AndTheNextSweepResumesIt()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the process of a trial is found through /proc");
        using TemporaryFolder folder = new();
        string plan = SweepFixture.WritePlan(folder, OneOfEach, OneSeed, Long);
        string output = folder.Combine("sweep");
        Trial[] trials = [.. TrialPlan.Read(plan).Trials];

        Task<CommandRun> first = CommandRun.Of("sweep", "run", "--plan", plan, "--output", output);
        await UntilAllHaveCheckpointsAsync(output, trials[..1]);
        Kill(output, trials[0]);
        CommandRun run = await first;
        CommandRun again = await CommandRun.Of("sweep", "run", "--plan", plan, "--output", output, "--json");

        run.ExitCode.ShouldBe(ExitCode.Done, run.Error);
        run.Error.ShouldContain($"{trials[0].Id} failed");
        run.Error.ShouldContain("the process was killed (signal 9), as systems do that run out of memory");
        run.Error.ShouldContain($"{trials[1].Id} done");
        again.ExitCode.ShouldBe(ExitCode.Done, again.Error);
        JsonNode result = JsonNode.Parse(again.Output)!;
        ((int)result["started"]!, (int)result["done"]!, result["failures"]!.AsArray().Count).ShouldBe((1, 2, 0));
        TrialOutcome outcome = ConfigurationFile.Read<TrialOutcome>(Path.Combine(output, "trials", $"{trials[0].Id}.json"), []);
        (outcome.State, outcome.Attempts, outcome.Reason).ShouldBe((TrialState.Done, 2, null));
        outcome.PeakMemoryGib.ShouldBeGreaterThan(0);
        File.ReadAllText(Path.Combine(output, "logs", $"{trials[0].Id}.log")).ShouldContain("Resuming after epoch");
    }

    [Fact]
    public async Task Sweep_WithFailingTrials_RecordsThemAndGoesOn_AndRunsNothingTwice()
    {
        using TemporaryFolder folder = new();
        string output = folder.Combine("sweep");
        Trial[] trials = [.. SweepFixture.Plan("draws=1", """runSeeds=[0,1,2]""", "all.settings.epochs=2", """methods={"ERM":{}}""").Trials];
        // The first diverges, the second is no configuration at all: a plan may be edited by hand.
        JsonObject diverging = JsonObject.Create(trials[0].Configuration)!;
        diverging["optimizer"]!["learningRate"] = 1e30;
        JsonObject wrong = JsonObject.Create(trials[1].Configuration)!;
        wrong["epochs"] = -1;
        trials[0] = trials[0] with { Configuration = JsonSerializer.SerializeToElement(diverging) };
        trials[1] = trials[1] with { Configuration = JsonSerializer.SerializeToElement(wrong) };
        string plan = folder.Combine("plan.jsonl");
        File.WriteAllText(plan, new TrialPlan(trials).ToText());

        CommandRun first = await CommandRun.Of("sweep", "run", "--plan", plan, "--output", output, "--parallel", "3");
        string after = Hash(Path.Combine(output, "runs"));
        CommandRun second = await CommandRun.Of("sweep", "run", "--plan", plan, "--output", output, "--json");
        CommandRun retried = await CommandRun.Of("sweep", "run", "--plan", plan, "--output", output, "--retry-failed", "--json");

        first.ExitCode.ShouldBe(ExitCode.Done, first.Error);
        first.Error.ShouldContain("(exit code 5, attempts 1): the loss");
        first.Error.ShouldContain("(exit code 2, attempts 1): ");
        first.Error.ShouldContain("key 'epochs' is -1");
        first.Error.ShouldContain($"{trials[2].Id} done");
        JsonNode.Parse(second.Output)!["started"]!.GetValue<int>().ShouldBe(0);
        second.Error.ShouldContain("(exit code 5, attempts 1)");
        Hash(Path.Combine(output, "runs", trials[2].Id)).ShouldNotBeEmpty();
        JsonNode.Parse(retried.Output)!["started"]!.GetValue<int>().ShouldBe(2);
        retried.Error.ShouldContain("(exit code 5, attempts 2)");
        after.ShouldNotBeEmpty();
    }

    [Fact]
    public async Task Sweep_WhoseTrialsAreDone_LeavesTheirFilesAlone()
    {
        using TemporaryFolder folder = new();
        string plan = SweepFixture.WritePlan(folder, OneOfEach, OneSeed, "all.settings.epochs=2");
        string output = folder.Combine("sweep");

        CommandRun first = await CommandRun.Of("sweep", "run", "--plan", plan, "--output", output);
        string after = Hash(output);
        // A sweep with more trials begins with those that are there.
        File.WriteAllText(plan, SweepFixture.Plan(OneOfEach, "runSeeds=[0,1]", "all.settings.epochs=2").ToText());
        CommandRun second = await CommandRun.Of("sweep", "run", "--plan", plan, "--output", output, "--json");
        CommandRun trial = await CommandRun.Of("sweep", "trial", "--plan", plan, "--output", output, "--index", "0");

        first.ExitCode.ShouldBe(ExitCode.Done, first.Error);
        second.ExitCode.ShouldBe(ExitCode.Done, second.Error);
        JsonNode.Parse(second.Output)!["started"]!.GetValue<int>().ShouldBe(2);
        trial.ExitCode.ShouldBe(ExitCode.Done);
        trial.Error.ShouldContain("is done.");
        foreach (Trial done in SweepFixture.Plan(OneOfEach, OneSeed, "all.settings.epochs=2").Trials)
        {
            Directory.EnumerateFiles(Path.Combine(output, "runs", done.Id), "*", SearchOption.AllDirectories).ShouldAllBe(file => after.Contains(HashOf(file)));
        }
    }

    [Fact]
    public async Task Trial_BeyondTheMemoryBudget_IsKilledAndRecorded()
    {
        using TemporaryFolder folder = new();
        // No process of .NET is as small as this.
        string plan = SweepFixture.WritePlan(folder, OneOfEach, OneSeed, Long);

        CommandRun run = await CommandRun.Of("sweep", "run", "--plan", plan, "--output", folder.Combine("sweep"), "--memory-gib", "0.01", "--parallel", "2");

        run.ExitCode.ShouldBe(ExitCode.System, run.Error);
        run.Error.ShouldContain("--memory-gib allows 0.01 GiB");
        run.ErrorLine.ShouldStartWith("error: all 2 trials failed; the first, drawn-digits-ERM-000-seed0: ");
    }

    [Fact]
    public async Task Sweep_WithinAMemoryBudget_RunsOneAtATimeWhereTwoHaveNoRoom()
    {
        using TemporaryFolder folder = new();
        string plan = SweepFixture.WritePlan(folder, OneOfEach, OneSeed, "all.settings.epochs=200");

        CommandRun unlimited = await CommandRun.Of("sweep", "run", "--plan", plan, "--output", folder.Combine("free"), "--parallel", "2");
        double peak = TrialPlan.Read(plan).Trials.Max(trial => ConfigurationFile.Read<TrialOutcome>(folder.Combine("free", "trials", $"{trial.Id}.json"), []).PeakMemoryGib);
        // Room for one and a half.
        CommandRun run = await CommandRun.Of("sweep", "run", "--plan", plan, "--output", folder.Combine("tight"), "--parallel", "2", "--memory-gib", (1.5 * peak).ToString("R"));

        unlimited.ExitCode.ShouldBe(ExitCode.Done, unlimited.Error);
        run.ExitCode.ShouldBe(ExitCode.Done, run.Error);
        DateTime[] begun = [.. TrialPlan.Read(plan).Trials.Select(trial => File.GetLastWriteTimeUtc(folder.Combine("tight", "trials", $"{trial.Id}.configuration.json")))];
        DateTime ended = File.GetLastWriteTimeUtc(folder.Combine("tight", "trials", $"{TrialPlan.Read(plan).Trials[0].Id}.json"));
        begun[1].ShouldBeGreaterThanOrEqualTo(ended);
    }

    [Fact]
    public async Task Trial_ThatGrowsBeyondTheBudgetBesideAnother_IsStoppedAndGoesOnWhenThereIsRoom()
    {
        using TemporaryFolder folder = new();
        // What a trial needs is learned from the first, which is small.
        const string Big = """{"settings":{"network":{"kind":"mlp","hiddenWidths":[3000,3000]}}}""";
        string big = folder.Combine("big.jsonl");
        File.WriteAllText(big, SweepFixture.Plan(OneOfEach, OneSeed, "all.settings.epochs=12", $$"""methods={"Big":{{Big}}}""").ToText());
        string plan = SweepFixture.WritePlan(folder, OneOfEach, OneSeed, "all.settings.epochs=12", $$"""methods={"Small":{},"Big":{{Big}},"Other":{{Big}}}""");

        CommandRun alone = await CommandRun.Of("sweep", "run", "--plan", big, "--output", folder.Combine("alone"));
        double peak = ConfigurationFile.Read<TrialOutcome>(folder.Combine("alone", "trials", "drawn-digits-Big-000-seed0.json"), []).PeakMemoryGib;
        CommandRun run = await CommandRun.Of("sweep", "run", "--plan", plan, "--output", folder.Combine("sweep"), "--parallel", "2", "--memory-gib", (1.5 * peak).ToString("R"), "--json");

        alone.ExitCode.ShouldBe(ExitCode.Done, alone.Error);
        run.ExitCode.ShouldBe(ExitCode.Done, run.Error);
        run.Error.ShouldContain("drawn-digits-Other-000-seed0 was stopped to stay within");
        JsonNode.Parse(run.Output)!["done"]!.GetValue<int>().ShouldBe(3, run.Error);
    }

    [Fact]
    public async Task Trial_RunsOneLineAndEndsWithItsExitCode()
    {
        using TemporaryFolder folder = new();
        string plan = SweepFixture.WritePlan(folder, OneOfEach, "runSeeds=[0,1]", "all.settings.epochs=2");
        string output = folder.Combine("sweep");

        CommandRun second = await CommandRun.Of("sweep", "trial", "--plan", plan, "--output", output, "--index", "1");
        CommandRun beyond = await CommandRun.Of("sweep", "trial", "--plan", plan, "--output", output, "--index", "4");

        second.ExitCode.ShouldBe(ExitCode.Done, second.Error);
        Directory.EnumerateDirectories(Path.Combine(output, "runs")).Select(Path.GetFileName).ShouldBe(["drawn-digits-ERM-000-seed1"]);
        beyond.ErrorLine.ShouldContain("--index: is 4; accepted are 0 to 3, the plan's lines.");
    }

    [Fact]
    public async Task Run_OfWrongArguments_IsOneLine()
    {
        using TemporaryFolder folder = new();
        string plan = SweepFixture.WritePlan(folder, OneOfEach, OneSeed);
        string other = folder.Combine("other.jsonl");
        File.WriteAllText(other, SweepFixture.Plan(OneOfEach, OneSeed, "seed=9").ToText());
        Directory.CreateDirectory(folder.Combine("full"));
        File.WriteAllText(folder.Combine("full", "x"), "");
        string begun = folder.Combine("begun");
        Directory.CreateDirectory(begun);
        File.Copy(plan, Path.Combine(begun, "plan.jsonl"));
        File.WriteAllText(folder.Combine("broken.jsonl"), File.ReadAllText(plan) + "{ }\n");

        async Task<string> ErrorOf(string planFile, string output, params string[] more)
        {
            CommandRun run = await CommandRun.Of(["sweep", "run", "--plan", planFile, "--output", output, .. more]);
            run.ExitCode.ShouldBe(ExitCode.Configuration, run.Error);
            return run.ErrorLine;
        }

        (await ErrorOf(folder.Combine("none.jsonl"), begun)).ShouldContain("none.jsonl: no such plan; gd-train sweep plan writes one.");
        (await ErrorOf(folder.Combine("broken.jsonl"), begun)).ShouldContain("broken.jsonl, line 3: required key 'id' is missing");
        (await ErrorOf(plan, folder.Combine("full"))).ShouldContain("is not empty and has no plan.jsonl");
        (await ErrorOf(other, begun)).ShouldContain("has the trial drawn-digits-ERM-000-seed0 with other settings than the plan");
        (await ErrorOf(plan, begun, "--parallel", "0")).ShouldContain("--parallel: is 0; accepted is a whole number from 1.");
        (await ErrorOf(plan, begun, "--memory-gib", "-1")).ShouldContain("--memory-gib: is -1; accepted is a number above 0.");
        (await ErrorOf(plan, begun, "--wait")).ShouldContain("--wait: is for --launcher slurm");
        (await ErrorOf(plan, begun, "--device", "tpu")).ShouldContain("--device");
        (await ErrorOf(plan, begun, "--launcher", "kubernetes")).ShouldContain("--launcher kubernetes needs --image and --volume-claim.");
        using (FileLock.Take(Path.Combine(begun, "sweep.lock"), "test"))
        {
            (await ErrorOf(plan, begun)).ShouldContain("is held by another sweep run");
        }
    }

    internal static Process Start(params string[] arguments)
    {
        ProcessStartInfo info = new(Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "gd-train.exe" : "gd-train"), arguments);
        return Process.Start(info)!;
    }

    private static async Task UntilAllHaveCheckpointsAsync(string output, Trial[] trials)
    {
        using CancellationTokenSource hang = new(Hang);
        while (!trials.All(trial => File.Exists(Path.Combine(output, "runs", trial.Id, "checkpoint", "last.safetensors"))))
        {
            await Task.Delay(20, hang.Token);
        }
    }

    // The trial's process is the one whose arguments name its run.
    private static void Kill(string output, Trial trial)
    {
        string run = Path.Combine(output, "runs", trial.Id);
        foreach (Process process in Process.GetProcessesByName("gd-train"))
        {
            using (process)
            {
                if (File.ReadAllText($"/proc/{process.Id}/cmdline").Split('\0').Contains(run))
                {
                    process.Kill();
                    return;
                }
            }
        }

        throw new InvalidOperationException($"No process runs {run}.");
    }

    private static string Hash(string folder) => string.Join('\n', Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order().Select(HashOf));

    private static string HashOf(string file) => $"{file} {File.GetLastWriteTimeUtc(file):O} {Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)))}";
}
