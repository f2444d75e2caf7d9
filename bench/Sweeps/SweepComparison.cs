using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using GradientDynamics.CommandLine;
using GradientDynamics.Train.Sweeps;
using GradientDynamics.Train.Training;

namespace GradientDynamics.Bench.Sweeps;

/// <summary>
/// Planning and collecting a sweep, as a user does: gd-train sweep plan, and gd-train sweep collect on run directories of that size, which are written beforehand and not timed. The target is 5 s for both
/// with 1,000 trials. <c>sweeps TRIALS EPOCHS ROUNDS</c> chooses the size.
/// </summary>
public static class SweepComparison
{
    private const int Groups = 8;
    private const int Seeds = 5;
    private const int Methods = 4;

    /// <summary>Prints the table.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        int trials = args.CountAt(0, absent: 1000);
        int epochs = args.CountAt(1, absent: 20);
        int rounds = args.CountAt(2, absent: 5);
        DirectoryInfo folder = Directory.CreateTempSubdirectory("gradientdynamics-bench-");
        try
        {
            string config = Path.Combine(folder.FullName, "sweep.json");
            string plan = Path.Combine(folder.FullName, "sweep", "plan.jsonl");
            string collection = Path.Combine(folder.FullName, "collection.json");
            Directory.CreateDirectory(Path.GetDirectoryName(plan)!);
            File.WriteAllText(config, Sweep(trials / (Methods * Seeds)));
            await TimeAsync("sweep", "plan", "--config", config, "--output", plan);
            TrialPlan planned = TrialPlan.Read(plan);
            WriteRuns(Path.GetDirectoryName(plan)!, planned, epochs);

            List<double> planning = [];
            List<double> collecting = [];
            double processor = ProcessorSeconds();
            for (int round = 0; round < rounds; round++)
            {
                planning.Add(await TimeAsync("sweep", "plan", "--config", config, "--output", plan));
                collecting.Add(await TimeAsync("sweep", "collect", Path.GetDirectoryName(plan)!, "--output", collection));
            }

            processor = (ProcessorSeconds() - processor) / rounds;
            Console.WriteLine("| trials | epochs each | plan, s | collect, s | together, s | processor time of both, s | target |");
            Console.WriteLine("| ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
            double together = Median.Of(planning.Zip(collecting, (first, second) => first + second));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {planned.Trials.Count} | {epochs} | {Median.Of(planning):F2} | {Median.Of(collecting):F2} | {together:F2} | {processor:F2} | 5 |"));
            return 0;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static string Sweep(int draws) => $$"""
        {
          "draws": {{draws}}, "runSeeds": [0, 1, 2, 3, 4],
          "all": {
            "settings": {
              "dataset": { "kind": "drawn-digits" }, "network": { "kind": "mlp" }, "objective": { "kind": "erm" }, "optimizer": { "kind": "sgd", "momentum": 0.9 }, "epochs": 20
            },
            "search": {
              "optimizer.learningRate": { "kind": "log-uniform", "lower": 1e-5, "upper": 1e-1 },
              "optimizer.weightDecay": { "kind": "choice", "values": [1e-4, 1e-3, 1e-2, 1e-1, 1] },
              "batchSize": { "kind": "choice", "values": [2, 4, 8, 16, 32, 64, 128] }
            }
          },
          "methods": { {{string.Join(", ", Enumerable.Range(0, Methods).Select(method => $"\"M{method}\": {{}}"))}} }
        }
        """;

    private static void WriteRuns(string sweep, TrialPlan plan, int epochs)
    {
        Random random = new(1);
        foreach (Trial trial in plan.Trials)
        {
            string run = Directory.CreateDirectory(Path.Combine(sweep, "runs", trial.Id)).FullName;
            File.WriteAllText(Path.Combine(run, "run.json"), $$"""{ "configuration": {{trial.Configuration.GetRawText()}}, "result": { "selectedEpoch": 1, "selectedBy": "validation-worst-group", "lastLayer": null, "metrics": {} } }""");
            File.WriteAllLines(Path.Combine(run, "metrics.jsonl"), Enumerable.Range(1, epochs).Select(epoch => JsonSerializer.Serialize(
                new EpochMetrics(epoch, epoch, 0.1, 0, Split(random), Split(random), Split(random), new Dictionary<string, double>(), 60), RunDirectory.LineOptions)));
        }
    }

    private static SplitMetrics Split(Random random) => new(
        random.NextDouble(),
        [.. Enumerable.Range(0, Groups).Select(group => new GroupAccuracy(group, $"group {group}", 1000, random.Next(1000)))],
        [.. Enumerable.Repeat(1.0 / Groups, Groups)],
        attributeCount: 2)
    {
        AreaUnderRoc = random.NextDouble(),
        CalibrationError = random.NextDouble(),
        Entropy = random.NextDouble(),
    };

    private static async Task<double> TimeAsync(params string[] arguments)
    {
        ProcessStartInfo info = ToolProcess.Start(arguments);
        info.RedirectStandardOutput = true;
        long began = Stopwatch.GetTimestamp();
        using Process process = Process.Start(info)!;
        await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == (int)ExitCode.Done ? Stopwatch.GetElapsedTime(began).TotalSeconds : throw new InvalidOperationException($"gd-train {string.Join(' ', arguments)} ended with exit code {process.ExitCode}.");
    }

    // Of the processes that have ended, in the hundredths of a second that Linux counts in; elsewhere it is not known.
    private static double ProcessorSeconds()
    {
        const string Self = "/proc/self/stat";
        if (!File.Exists(Self))
        {
            return double.NaN;
        }

        // The name of the program, in parentheses, may have spaces. User and system time of children are fields 16 and 17, the state after the name being field 3.
        string[] fields = File.ReadAllText(Self).Split(") ")[^1].Split(' ');
        return (double.Parse(fields[13], CultureInfo.InvariantCulture) + double.Parse(fields[14], CultureInfo.InvariantCulture)) / 100;
    }
}
