using System.CommandLine;
using System.Globalization;
using GradientDynamics.CommandLine;
using GradientDynamics.Train.Sweeps;
using GradientDynamics.Train.Training;

namespace GradientDynamics.Train.Commands;

/// <summary><c>gd-train sweep trial</c>: runs one line of a plan, as a cluster's job array does.</summary>
internal static class SweepTrialCommand
{
    public static Command Create()
    {
        Option<string> plan = SweepRunCommand.PlanOption();
        Option<string> output = SweepRunCommand.OutputOption();
        Option<int> index = new("--index") { Description = "Number of the plan's line, from 0.", Required = true };
        Option<int?> processors = SweepRunCommand.ProcessorsOption();
        Option<string?> device = TorchDevice.Option();
        Option<bool> retry = SweepRunCommand.RetryOption();

        Command command = new("trial", "Runs one trial of a plan, from its checkpoint where it has one; one that is done it leaves alone. Ends with the trial's exit code.") { plan, output, index, processors, device, retry };
        command.SetAction((result, cancellationToken) =>
        {
            TrialPlan trials = TrialPlan.Read(result.GetRequiredValue(plan));
            int line = result.GetValue(index);
            if (line < 0 || line >= trials.Trials.Count)
            {
                throw new CommandException(ExitCode.Configuration, string.Create(CultureInfo.InvariantCulture, $"--index: is {line}; accepted are 0 to {trials.Trials.Count - 1}, the plan's lines."));
            }

            LaunchOptions options = new(Parallel: 1, MemoryGib: null, result.GetValue(processors), result.GetValue(device), result.GetValue(retry));
            string folder = result.GetRequiredValue(output);
            // A job array's tasks find the plan in the folder itself.
            SweepFolder sweep = Path.GetFullPath(result.GetRequiredValue(plan)) == SweepFolder.PlanIn(Path.GetFullPath(folder)) ? SweepFolder.Of(folder, trials) : SweepFolder.Open(folder, trials);
            return RunAsync(sweep, trials.Trials[line], options, result.InvocationConfiguration.Error, cancellationToken);
        });
        return command;
    }

    private static async Task<int> RunAsync(SweepFolder sweep, Trial trial, LaunchOptions options, TextWriter error, CancellationToken cancellationToken)
    {
        if (sweep.OutcomeOf(trial) is { } before && !options.IsPending(before))
        {
            error.WriteLine($"{trial.Id} {(before.State == TrialState.Done ? "is done" : $"failed before: {before.Reason}; --retry-failed tries it again")}.");
            return before.ExitCode;
        }

        TrialProcess process = await TrialProcess.StartAsync(sweep, trial, options.Processors ?? 1, options.Device, cancellationToken);
        using (process)
        {
            Task<TrialOutcome?> end = process.EndAsync();
            while (!end.IsCompleted)
            {
                await Task.WhenAny(end, Task.Delay(TimeSpan.FromSeconds(1), cancellationToken));
                process.MeasureMemory();
                if (cancellationToken.IsCancellationRequested)
                {
                    await process.StopAsync();
                    await end;
                }
            }

            if (await end is not { } outcome || (cancellationToken.IsCancellationRequested && outcome.State != TrialState.Done))
            {
                error.WriteLine($"{trial.Id} was interrupted; the same command goes on with it.");
                return (int)ExitCode.Interrupted;
            }

            sweep.Write(trial, outcome);
            error.WriteLine($"{TrialSummary.Of(sweep, trial, outcome)}.");
            return outcome.ExitCode;
        }
    }
}
