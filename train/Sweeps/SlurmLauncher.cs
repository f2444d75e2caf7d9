using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using GradientDynamics.CommandLine;

namespace GradientDynamics.Train.Sweeps;

/// <summary>
/// Submits trials to Slurm as job arrays: a script in the sweep's folder runs the trial whose line of the plan the array's index names, and sbatch gets the indices of the trials that are not done.
/// The folder must be on a file system that the nodes share, at the same path.
/// </summary>
/// <remarks>https://slurm.schedmd.com/job_array.html.</remarks>
internal sealed class SlurmLauncher
{
    // Slurm's default MaxArraySize is 1001: indices 0 to 1000. Arrays of one thousand fit everywhere; the script's argument says which thousand.
    private const int ArraySize = 1000;

    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(2);

    private readonly SweepFolder _folder;
    private readonly LaunchOptions _options;
    private readonly string _plan;

    private SlurmLauncher(SweepFolder folder, LaunchOptions options)
    {
        _folder = folder;
        _options = options;
        _plan = folder.PlanFile;
    }

    /// <summary>Writes the script and submits it.</summary>
    /// <param name="folder">The sweep.</param>
    /// <param name="pending">The trials that are to be run.</param>
    /// <param name="options">Trials at the same time, memory and processors of each.</param>
    /// <param name="directives">Further options for sbatch, such as --partition=gpu.</param>
    /// <param name="cancellationToken">Interrupts the submission.</param>
    public static async Task<SlurmSubmission> SubmitAsync(SweepFolder folder, IReadOnlyList<Trial> pending, LaunchOptions options, IReadOnlyList<string> directives, CancellationToken cancellationToken)
    {
        SlurmLauncher launcher = new(folder, options);
        string script = Path.Combine(folder.FolderPath, "sweep.sbatch");
        Directory.CreateDirectory(Path.Combine(folder.FolderPath, "logs"));
        AtomicFile.WriteText(script, launcher.Script(directives));

        Dictionary<string, int> lines = folder.Plan.Trials.Index().ToDictionary(pair => pair.Item.Id, pair => pair.Index);
        List<string> jobs = [];
        foreach (IGrouping<int, int> thousand in pending.Select(trial => lines[trial.Id]).Order().GroupBy(line => line / ArraySize))
        {
            List<string> arguments = ["--parsable", $"--array={Ranges([.. thousand.Select(line => line % ArraySize)])}{(options.Parallel is { } parallel ? string.Create(CultureInfo.InvariantCulture, $"%{parallel}") : "")}"];
            if (options.Parallel is not null && jobs.Count > 0)
            {
                // The limit holds within an array; arrays go one after the other to keep it.
                arguments.Add($"--dependency=afterany:{jobs[^1]}");
            }

            string answer = await RunAsync("sbatch", [.. arguments, script, (thousand.Key * ArraySize).ToString(CultureInfo.InvariantCulture)], cancellationToken);
            // JOB or JOB;CLUSTER.
            jobs.Add(answer.Trim().Split(';')[0]);
        }

        return new(script, jobs);
    }

    /// <summary>Waits until the jobs have left the queue.</summary>
    public static async Task WaitAsync(SlurmSubmission submission, Action observe, CancellationToken cancellationToken)
    {
        while (await IsQueuedAsync(submission.Jobs, cancellationToken))
        {
            observe();
            await Task.Delay(PollInterval, cancellationToken);
        }

        observe();
    }

    /// <summary>Indices as Slurm writes them: 0-3,7,9-11.</summary>
    internal static string Ranges(ReadOnlySpan<int> ascending)
    {
        StringBuilder text = new();
        for (int first = 0; first < ascending.Length;)
        {
            int last = first;
            while (last + 1 < ascending.Length && ascending[last + 1] == ascending[last] + 1)
            {
                last++;
            }

            text.Append(CultureInfo.InvariantCulture, $"{(first == 0 ? "" : ",")}{ascending[first]}");
            text.Append(last == first ? "" : string.Create(CultureInfo.InvariantCulture, $"-{ascending[last]}"));
            first = last + 1;
        }

        return text.ToString();
    }

    private string Script(IReadOnlyList<string> directives)
    {
        List<string> trial = ["sweep", "trial", "--plan", _plan, "--output", _folder.FolderPath];
        if (_options.Device is not null)
        {
            trial.AddRange(["--device", _options.Device]);
        }

        if (_options.RetryFailed)
        {
            trial.Add("--retry-failed");
        }

        int processors = _options.Processors ?? 1;
        // A percent sign is Slurm's own in file names.
        string log = Path.Combine(_folder.FolderPath, "logs", "slurm-").Replace("%", "%%", StringComparison.Ordinal);
        List<string> own =
        [
            "--job-name=gd-train-sweep",
            $"--output=\"{log}%A-%a.log\"",
            string.Create(CultureInfo.InvariantCulture, $"--cpus-per-task={processors}"),
            // At its time limit a trial gets a minute to write its last state, from which it goes on; a requeued one appends to its log.
            "--signal=B:TERM@60",
            "--open-mode=append",
        ];
        if (_options.MemoryGib is { } gib)
        {
            own.Add(string.Create(CultureInfo.InvariantCulture, $"--mem={Math.Ceiling(gib * 1024)}M"));
        }

        StringBuilder text = new("#!/bin/bash\n");
        foreach (string directive in own.Concat(directives))
        {
            text.Append(CultureInfo.InvariantCulture, $"#SBATCH {directive}\n");
        }

        return text
            .Append("# One trial: the line of the plan whose number is the array's index plus the first argument.\n")
            .Append(CultureInfo.InvariantCulture, $"exec {ShellText.Quote(ToolProcess.Command)} {ShellText.Quote(trial)} --processors {processors} --index \"$(( SLURM_ARRAY_TASK_ID + ${{1:-0}} ))\"\n")
            .ToString();
    }

    private static async Task<bool> IsQueuedAsync(IReadOnlyList<string> jobs, CancellationToken cancellationToken)
    {
        try
        {
            return (await RunAsync("squeue", ["--noheader", $"--jobs={string.Join(',', jobs)}", "--format=%i"], cancellationToken)).Trim().Length > 0;
        }
        catch (CommandException error) when (error.Message.Contains("Invalid job id", StringComparison.OrdinalIgnoreCase))
        {
            // Slurm forgets jobs some minutes after their end.
            return false;
        }
    }

    private static async Task<string> RunAsync(string program, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        ProcessStartInfo info = new(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        Process process;
        try
        {
            process = Process.Start(info)!;
        }
        catch (Win32Exception error)
        {
            throw new CommandException(ExitCode.Server, $"{program}: could not be started: {error.Message}; accepted is a machine from which jobs can be submitted to Slurm.", error);
        }

        using (process)
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            Task<string> errors = process.StandardError.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            string said = await errors;
            return process.ExitCode == 0
                ? await output
                : throw new CommandException(ExitCode.Server, string.Create(CultureInfo.InvariantCulture, $"{program} {string.Join(' ', arguments)} ended with exit code {process.ExitCode}: {said.Trim()}"));
        }
    }
}

/// <summary>What was submitted.</summary>
/// <param name="Script">The script.</param>
/// <param name="Jobs">Numbers of the job arrays.</param>
internal sealed record SlurmSubmission(string Script, IReadOnlyList<string> Jobs);
