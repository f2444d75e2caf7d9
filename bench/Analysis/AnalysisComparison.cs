using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using GradientDynamics.Analysis.DoubleDescent;
using GradientDynamics.Analysis.GradientStarvation;
using GradientDynamics.Analysis.Numerics;
using MathNet.Numerics.LinearAlgebra;

namespace GradientDynamics.Bench.Analysis;

/// <summary>
/// The theory's computations against the same in NumPy (a process of its own, analysis.py, the two taking turns), and against their targets: exact dynamics of one draw, the scalar formulas,
/// eigendecompositions. With <c>--features N M</c> the starvation analysis of N examples by M parameters instead, and its peak memory.
/// </summary>
public static class AnalysisComparison
{
    private const int Rounds = 7;

    /// <summary>Prints the table.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        if (args is ["--features", var examples, var parameters])
        {
            Features(int.Parse(examples, CultureInfo.InvariantCulture), int.Parse(parameters, CultureInfo.InvariantCulture));
            return 0;
        }

        TeacherStudent problem = TeacherStudent.Bipartite(120, 100, 80, 40) with { NoiseVariance = 0.04 };
        double[] many = Totals(10_000);
        double[] few = Totals(100);
        double[] errors = new double[many.Length];
        (string Name, Action Run)[] work =
        [
            ("published 10000", () => PublishedScalarFormulas.GeneralizationErrors(problem, many, errors)),
            ("published 100 x 100", () => Repeat(() => PublishedScalarFormulas.GeneralizationErrors(problem, few, errors))),
            ("joint 10000", () => JointEquivalent.GeneralizationErrors(problem, many, errors)),
            ("joint 100 x 100", () => Repeat(() => JointEquivalent.GeneralizationErrors(problem, few, errors))),
            ("eigh 400", Eigen(400)),
            ("eigh 1000", Eigen(1000)),
            ("exact 1000 x 1000", Exact(1200, 1000, 1000)),
        ];

        using NumPy python = new();
        Console.WriteLine($"NumPy {await python.AskAsync("version")}");
        Console.WriteLine("| computation | here, ms | NumPy, ms | NumPy / here | processor time here, ms | of NumPy, ms | ratio |");
        Console.WriteLine("| --- | ---: | ---: | ---: | ---: | ---: | ---: |");
        foreach ((string name, Action run) in work)
        {
            // The runtime compiles a method anew after thirty calls; before that nothing is measured.
            for (int i = 0; i < (name.Contains("eigh", StringComparison.Ordinal) || name.Contains("exact", StringComparison.Ordinal) ? 1 : 50); i++)
            {
                run();
            }

            List<(double Wall, double Processor)> here = [];
            List<(double Wall, double Processor)> there = [];
            for (int round = 0; round < Rounds; round++)
            {
                here.Add(Measure(run));
                there.Add(Parse(await python.AskAsync(name)));
            }

            (double wall, double processor) = Median(here);
            (double otherWall, double otherProcessor) = Median(there);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"| {name} | {wall:F2} | {otherWall:F2} | {otherWall / wall:F2} | {processor:F2} | {otherProcessor:F2} | {otherProcessor / processor:F2} |"));
        }

        return 0;
    }

    private static double[] Totals(int count) => [.. Enumerable.Range(0, count).Select(i => 1 / Math.Pow(10, 6.0 * i / (count - 1)))];

    private static void Repeat(Action action)
    {
        for (int i = 0; i < 100; i++)
        {
            action();
        }
    }

    private static Action Eigen(int size)
    {
        Matrix<double> inputs = new GaussianSource(1).Matrix(2 * size, size);
        Matrix<double> gram = inputs.TransposeThisAndMultiply(inputs);
        return () => SymmetricEigen.Of(gram);
    }

    // The whole of it: decomposition of a draw, then R and Q at every time.
    private static Action Exact(int examples, int dimension, int times)
    {
        TeacherStudent problem = TeacherStudent.Bipartite(examples, dimension, 7 * dimension / 10, 50, 1) with { NoiseVariance = 0.04 };
        TeacherStudentDraw draw = TeacherStudentDraw.Sample(problem, ModulationMatrix.Diagonal(problem), new GaussianSource(1));
        double[] at = [.. Enumerable.Range(0, times).Select(i => Math.Pow(10, 6.0 * i / (times - 1)))];
        return () =>
        {
            StudentSpectrum spectrum = StudentSpectrum.Of(draw);
            spectrum.OfDraw([.. at.Select(time => spectrum.GradientDescent(time, spectrum.LearningRate()))]);
        };
    }

    private static (double Wall, double Processor) Measure(Action run)
    {
        // Short work is repeated to 20 ms, well above the clock's and the scheduler's grain.
        int repeats = 1;
        while (true)
        {
            TimeSpan processor = Process.GetCurrentProcess().TotalProcessorTime;
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < repeats; i++)
            {
                run();
            }

            double wall = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            if (wall > 20)
            {
                return (wall / repeats, (Process.GetCurrentProcess().TotalProcessorTime - processor).TotalMilliseconds / repeats);
            }

            repeats *= 4;
        }
    }

    private static (double Wall, double Processor) Parse(string answer)
    {
        string[] parts = answer.Split(' ');
        return (double.Parse(parts[0], CultureInfo.InvariantCulture), double.Parse(parts[1], CultureInfo.InvariantCulture));
    }

    private static (double Wall, double Processor) Median(List<(double Wall, double Processor)> rounds)
        => (rounds.Select(round => round.Wall).Order().ElementAt(Rounds / 2), rounds.Select(round => round.Processor).Order().ElementAt(Rounds / 2));

    private static void Features(int examples, int parameters)
    {
        SyntheticRows rows = new(examples, parameters);
        TimeSpan processor = Process.GetCurrentProcess().TotalProcessorTime;
        long start = Stopwatch.GetTimestamp();
        TangentFeatures features = TangentFeatures.Of(rows, null, SyntheticRows.Rank, FeatureMethod.Streaming);
        LinearizedNetwork network = new(features.LeftVectors, features.Strengths, lambda: 0.01);
        FixedPoint optimum = FixedPoint.Find(network);
        Matrix<double> starvation = Starvation.Matrix(network);
        Process self = Process.GetCurrentProcess();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{examples} examples x {parameters} parameters: {Stopwatch.GetElapsedTime(start).TotalSeconds:F0} s, processor time {(self.TotalProcessorTime - processor).TotalSeconds:F0} s, {rows.Passes:F1} passes, peak memory {self.PeakWorkingSet64 / (double)(1 << 20):F0} MiB"));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"strengths against those of the construction: largest relative difference {rows.LargestDifference(features.Strengths):G2}; residual {optimum.Residual:G2}, {starvation.Enumerate().Count(value => value < 0)} starving pairs"));
    }

    /// <summary>analysis.py: a line asks for a computation, a line answers with its wall and processor time in milliseconds.</summary>
    private sealed class NumPy : IDisposable
    {
        private readonly Process _process;

        public NumPy()
        {
            // Debian's own interpreter has Debian's NumPy.
            _process = Process.Start(new ProcessStartInfo(File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3", [Path.Combine(AppContext.BaseDirectory, "Analysis", "analysis.py")]) { RedirectStandardInput = true, RedirectStandardOutput = true })
                ?? throw new InvalidOperationException("python3 did not start.");
        }

        public async Task<string> AskAsync(string question)
        {
            await _process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(question));
            await _process.StandardInput.FlushAsync();
            return await _process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("analysis.py ended; it needs NumPy (python3-numpy).");
        }

        public void Dispose()
        {
            _process.StandardInput.Close();
            _process.WaitForExit();
            _process.Dispose();
        }
    }
}
