using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using GradientDynamics.CommandLine;
using GradientDynamics.Train.Sweeps;
using GradientDynamics.Train.Training;

namespace GradientDynamics.Train.Commands;

/// <summary><c>gd-train sweep run</c>: runs the trials of a plan that are not done, here or on a cluster.</summary>
internal static class SweepRunCommand
{
    public static Command Create()
    {
        Option<string> plan = PlanOption();
        Option<string> output = OutputOption();
        Option<Launcher> launcher = new("--launcher") { Description = "Who runs the trials: local, slurm or kubernetes. Default local.", DefaultValueFactory = _ => Launcher.Local };
        Option<int?> parallel = new("--parallel") { Description = "Trials at the same time, at most. Default 1 on this machine, no limit on a cluster." };
        Option<double?> memory = new("--memory-gib") { Description = "Memory in GiB: of all running trials together on this machine, of each on a cluster. Default no limit." };
        Option<int?> processors = ProcessorsOption();
        Option<string?> device = TorchDevice.Option();
        Option<bool> retry = RetryOption();
        Option<string[]> sbatch = new("--sbatch") { Description = "With --launcher slurm: a further option of sbatch, as --sbatch=--partition=gpu; may be repeated.", DefaultValueFactory = _ => [] };
        Option<bool> wait = new("--wait") { Description = "With --launcher slurm: waits until the trials have ended." };
        Option<string?> image = new("--image") { Description = "With --launcher kubernetes: the container image that has gd-train." };
        Option<string?> claim = new("--volume-claim") { Description = "With --launcher kubernetes: the persistent volume claim on which the sweep's folder lies." };
        Option<string?> folder = new("--volume-folder") { Description = "With --launcher kubernetes: the sweep's folder on that volume. Default the name of --output's folder." };
        Option<string?> data = new("--data-claim") { Description = "With --launcher kubernetes: a persistent volume claim with the data, which becomes GRADIENTDYNAMICS_DATA." };
        Option<bool> json = CommandOutput.JsonOption();
        parallel.Validators.Add(AtLeastOne);
        memory.Validators.Add(result =>
        {
            if (!(double.IsFinite(result.GetValueOrDefault<double?>() ?? 1) && (result.GetValueOrDefault<double?>() ?? 1) > 0))
            {
                result.AddError($"--memory-gib: is {result.Tokens[0].Value}; accepted is a number above 0.");
            }
        });

        Command command = new("run", "Runs the trials of a plan that are not done. What was killed goes on from its checkpoint; what failed is recorded, and the rest goes on.")
        {
            plan, output, launcher, parallel, memory, processors, device, retry, sbatch, wait, image, claim, folder, data, json,
        };
        command.SetAction(async (result, cancellationToken) =>
        {
            CommandOutput console = CommandOutput.Of(result, json);
            Launcher kind = result.GetValue(launcher);
            Option? misplaced = command.Options.FirstOrDefault(option => result.GetResult(option) is { Implicit: false }
                && ((kind != Launcher.Slurm && (option == sbatch || option == wait)) || (kind != Launcher.Kubernetes && (option == image || option == claim || option == folder || option == data))));
            if (misplaced is not null)
            {
                string belongs = misplaced == sbatch || misplaced == wait ? "slurm" : "kubernetes";
                throw new CommandException(ExitCode.Configuration, $"{misplaced.Name}: is for --launcher {belongs}; accepted without it is none.");
            }

            LaunchOptions options = new(result.GetValue(parallel), result.GetValue(memory), result.GetValue(processors), result.GetValue(device), result.GetValue(retry));
            if (kind == Launcher.Local && options.Device is { } name)
            {
                // A device that is not here would fail every trial.
                TorchDevice.Parse(name);
            }

            TrialPlan trials = TrialPlan.Read(result.GetRequiredValue(plan));
            if (kind == Launcher.Kubernetes && (result.GetValue(image) is null || result.GetValue(claim) is null))
            {
                throw new CommandException(ExitCode.Configuration, "--launcher kubernetes needs --image and --volume-claim.");
            }

            SweepFolder sweep = SweepFolder.Open(result.GetRequiredValue(output), trials);
            Trial[] pending = [.. trials.Trials.Where(trial => options.IsPending(sweep.OutcomeOf(trial)))];
            string? written = null;
            switch (kind)
            {
                case Launcher.Local:
                    await RunHereAsync(sweep, pending, options, console, cancellationToken);
                    break;
                case Launcher.Slurm:
                    written = await SubmitAsync(sweep, pending, options, result.GetRequiredValue(sbatch), result.GetValue(wait), console, cancellationToken);
                    break;
                default:
                    string place = result.GetValue(folder) ?? Path.GetFileName(sweep.FolderPath);
                    KubernetesOptions cluster = new("gd-train-sweep", result.GetValue(image)!, result.GetValue(claim)!, place, result.GetValue(data));
                    written = KubernetesLauncher.Write(sweep, options, cluster);
                    console.Error.WriteLine($"kubectl apply -f {written} runs the trials, once {sweep.FolderPath} is on the volume as {place}.");
                    break;
            }

            SweepRunResult state = SweepRunResult.Of(sweep, pending.Length, written);
            foreach (TrialOutcome failure in state.Failures)
            {
                console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"failed: {failure.Id} (exit code {failure.ExitCode}, attempts {failure.Attempts}): {failure.Reason}"));
            }

            console.Write(state, state.ToTable());
            bool waited = kind == Launcher.Local || (kind == Launcher.Slurm && result.GetValue(wait));
            return waited && pending.Length > 0 && state.Done == 0 && state.Failures.Count == trials.Trials.Count
                ? throw new CommandException(FirstExitCode(state), $"all {state.Trials} trials failed; the first, {state.Failures[0].Id}: {state.Failures[0].Reason}")
                : (int)ExitCode.Done;
        });
        return command;
    }

    /// <summary>The plan that a command takes.</summary>
    public static Option<string> PlanOption() => new("--plan") { Description = "The plan that gd-train sweep plan has written.", Required = true };

    /// <summary>The folder that a command writes.</summary>
    public static Option<string> OutputOption() => new("--output") { Description = "The sweep's folder: new, empty, or one in which trials of this plan were run.", Required = true };

    /// <summary>The processors of a trial.</summary>
    public static Option<int?> ProcessorsOption()
    {
        Option<int?> processors = new("--processors") { Description = "Processors of each trial, the threads of those whose configuration names no number. Default an equal share on this machine, 1 on a cluster." };
        processors.Validators.Add(AtLeastOne);
        return processors;
    }

    /// <summary>Whether trials that failed are run again.</summary>
    public static Option<bool> RetryOption() => new("--retry-failed") { Description = "Runs trials again that failed by themselves; those that were killed go on in any case." };

    private static void AtLeastOne(OptionResult result)
    {
        if (result.GetValueOrDefault<int?>() is < 1)
        {
            result.AddError($"{result.Option.Name}: is {result.Tokens[0].Value}; accepted is a whole number from 1.");
        }
    }

    private static async Task RunHereAsync(SweepFolder sweep, Trial[] pending, LaunchOptions options, CommandOutput console, CancellationToken cancellationToken)
    {
        if (pending.Length == 0)
        {
            return;
        }

        if (pending.Length < sweep.Plan.Trials.Count)
        {
            console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{pending.Length} of {sweep.Plan.Trials.Count} trials are to be run; the others have ended."));
        }

        using ProgressReporter progress = console.Progress("trial", pending.Length);
        try
        {
            await LocalLauncher.RunAsync(sweep, pending, options, progress, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            int left = pending.Count(trial => options.IsPending(sweep.OutcomeOf(trial)));
            progress.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Stopped with {left} of {pending.Length} trials to go. The same command continues; trials go on from their checkpoints."));
            throw;
        }
    }

    private static async Task<string?> SubmitAsync(SweepFolder sweep, Trial[] pending, LaunchOptions options, string[] directives, bool wait, CommandOutput console, CancellationToken cancellationToken)
    {
        if (pending.Length == 0)
        {
            return null;
        }

        SlurmSubmission submission = await SlurmLauncher.SubmitAsync(sweep, pending, options, directives, cancellationToken);
        string jobs = string.Join(',', submission.Jobs);
        console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Submitted {pending.Length} trials with {submission.Script} as job {jobs}; squeue --jobs={jobs} shows them, scancel {string.Join(' ', submission.Jobs)} stops them."));
        if (wait)
        {
            using ProgressReporter progress = console.Progress("trial", pending.Length);
            HashSet<string> reported = [];
            try
            {
                await SlurmLauncher.WaitAsync(submission, () => Report(sweep, pending, options, reported, progress), cancellationToken);
            }
            catch (OperationCanceledException)
            {
                progress.WriteLine($"No longer waiting; the jobs go on. scancel {string.Join(' ', submission.Jobs)} stops them.");
                throw;
            }
        }

        return submission.Script;
    }

    private static void Report(SweepFolder sweep, Trial[] pending, LaunchOptions options, HashSet<string> reported, ProgressReporter progress)
    {
        foreach (Trial trial in pending.Where(trial => !reported.Contains(trial.Id)))
        {
            // A trial that is tried again has its old outcome until it ends.
            if (sweep.OutcomeOf(trial) is { } outcome && (!options.IsPending(outcome) || outcome.Attempts > 1))
            {
                reported.Add(trial.Id);
                progress.Report(reported.Count, TrialSummary.Of(sweep, trial, outcome));
            }
        }
    }

    private static ExitCode FirstExitCode(SweepRunResult state) =>
        Enum.IsDefined((ExitCode)state.Failures[0].ExitCode) && state.Failures[0].ExitCode != 0 ? (ExitCode)state.Failures[0].ExitCode : ExitCode.System;
}

/// <summary>Result of <c>gd-train sweep run</c>.</summary>
/// <param name="Folder">The sweep's folder.</param>
/// <param name="Trials">Trials of the plan.</param>
/// <param name="Started">Trials that were to be run this time.</param>
/// <param name="Done">Trials that are done.</param>
/// <param name="Unfinished">Trials that have not ended.</param>
/// <param name="Failures">Trials that failed.</param>
/// <param name="Written">What was written for a cluster; null where nothing was.</param>
internal sealed record SweepRunResult(string Folder, int Trials, int Started, int Done, int Unfinished, IReadOnlyList<TrialOutcome> Failures, string? Written)
{
    public static SweepRunResult Of(SweepFolder sweep, int started, string? written)
    {
        TrialOutcome?[] outcomes = [.. sweep.Plan.Trials.Select(sweep.OutcomeOf)];
        return new(
            sweep.FolderPath,
            outcomes.Length,
            started,
            outcomes.Count(outcome => outcome?.State == TrialState.Done),
            outcomes.Count(outcome => outcome is null),
            [.. outcomes.OfType<TrialOutcome>().Where(outcome => outcome.State == TrialState.Failed)],
            written);
    }

    public ResultTable ToTable() => new ResultTable("sweep", ResultColumn.Number("trials"), ResultColumn.Number("run this time"), ResultColumn.Number("done"), ResultColumn.Number("failed"), ResultColumn.Number("unfinished"))
        .Add([Written ?? Folder, .. new[] { Trials, Started, Done, Failures.Count, Unfinished }.Select(count => count.ToString(CultureInfo.InvariantCulture))]);
}
