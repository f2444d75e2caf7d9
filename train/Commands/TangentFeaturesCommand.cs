using System.CommandLine;
using System.Globalization;
using GradientDynamics.CommandLine;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Train.Datasets;
using GradientDynamics.Train.Execution;
using GradientDynamics.Train.TangentFeatures;
using GradientDynamics.Train.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Commands;

/// <summary><c>gd-train tangent-features</c>: the per-example gradients of a network's logit, or their Gram matrix, with labels and logits: what <c>gd-analyze starvation --features</c> reads.</summary>
internal static class TangentFeaturesCommand
{
    // A Gram matrix of 46,000 examples; what reads it holds it whole.
    private const long LargestGramBytes = 16L << 30;

    // Examples of one forward pass for logits: few enough that activations of an image network stay small.
    private const int LogitBatch = 256;

    public static Command Create()
    {
        Option<string?> run = new("--run") { Description = "Run directory of gd-train fit: its model, on its dataset." };
        Option<string?> config = new("--config") { Description = "Configuration of a run (JSON) instead of a run directory: its dataset, and without --model its network before training." };
        Option<string[]> set = new("--set") { Description = "With --config: overrides one key, as path.to.key=value; may be repeated.", DefaultValueFactory = _ => [] };
        Option<long?> seed = new("--seed") { Description = "With --config: seed of the run, in place of the configuration's." };
        Option<string?> model = new("--model") { Description = "With --config: a trained ONNX model of one input." };
        Option<bool> initial = new("--initial") { Description = "With --run: the network before training." };
        Option<Split> split = new("--split") { Description = "train, validation or test. Default train.", DefaultValueFactory = _ => Split.Train };
        Option<int?> limit = new("--limit") { Description = "The first N examples only. Default all." };
        Option<int?> logit = new("--logit") { Description = "Position of the class whose logit is differentiated, against all others. Default for two classes: the difference of their logits, or the single one." };
        Option<bool> gram = new("--gram") { Description = "Writes the Gram matrix of the features alone." };
        Option<int> memory = new("--memory") { Description = "With --gram: MiB for a slice of the features; each slice costs a pass over the examples. Default 1024.", DefaultValueFactory = _ => 1024 };
        Option<bool> trajectory = new("--trajectory") { Description = "Trains the run anew, bit for bit, and writes the logits before training and at each evaluation." };
        Option<string> output = new("--output") { Description = "The folder to write.", Required = true };
        Option<bool> replace = new("--replace") { Description = "Replaces the folder if it exists." };
        Option<bool> json = CommandOutput.JsonOption();

        Command command = new("tangent-features", "Writes the gradients of a network's logit by its parameters, example by example.")
        {
            run, config, set, seed, model, initial, split, limit, logit, gram, memory, trajectory, output, replace, json,
        };
        command.SetAction((result, cancellationToken) =>
        {
            Source source = Source.Of(result.GetValue(run), result.GetValue(config), result.GetRequiredValue(set), result.GetValue(seed), result.GetValue(model), result.GetValue(initial));
            CommandOutput console = CommandOutput.Of(result, json);
            using AtomicDirectory folder = AtomicDirectory.Create(result.GetRequiredValue(output), result.GetValue(replace));
            Request request = new(result.GetValue(split), result.GetValue(limit), result.GetValue(logit), result.GetValue(gram), (long)result.GetValue(memory) << 20, result.GetValue(trajectory));
            TangentRecord record = Run(source, request, folder.Path, console, cancellationToken);
            folder.Commit();
            TangentResult written = new(Path.GetFullPath(result.GetRequiredValue(output)), record.File, record.Examples, record.Parameters, record.Logit, record.Epochs?.Count ?? 1);
            console.Write(written, written.ToTable());
            return Task.FromResult((int)ExitCode.Done);
        });
        return command;
    }

    private static TangentRecord Run(Source source, Request request, string folder, CommandOutput console, CancellationToken cancellationToken)
    {
        RunConfig config = source.Config;
        string splitName = ConfigurationKind.Name(request.Split);
        if (!config.Dataset.Splits.Contains(request.Split))
        {
            throw new CommandException(ExitCode.Configuration, $"--split: the dataset configuration has no {splitName} set; accepted are {string.Join(", ", config.Dataset.Splits.Select(ConfigurationKind.Name))}.");
        }

        if (request.Limit < 1 || request.SliceBytes < 1)
        {
            throw new CommandException(ExitCode.Configuration, $"--limit and --memory: are {request.Limit?.ToString(CultureInfo.InvariantCulture) ?? "not given"} and {request.SliceBytes >> 20}; accepted are numbers from 1.");
        }

        int threads = source.Threads;
        TorchThreads.Use(threads);
        GroupedDataset data = config.Dataset.Load(request.Split, config.Seed);
        TangentLogit logit = TangentLogit.Parse(request.Class, data.Description);
        int count = Math.Min(request.Limit ?? int.MaxValue, data.Count);
        long gramBytes = (long)count * count * sizeof(double);
        if (request.Gram && gramBytes > LargestGramBytes)
        {
            throw new CommandException(ExitCode.Configuration, $"--gram: the matrix of {count} examples takes {gramBytes / (double)(1L << 30):F1} GiB, accepted are {LargestGramBytes >> 30}; --limit takes fewer examples, and without --gram the features are written row by row.");
        }

        using SplitTensors split = new(data);
        OnnxGraph graph = source.ModelFile is { } path ? OnnxModelFile.Read(path) : TrainingLoop.CreateNetwork(config, data.Description);
        float[] now;
        string written;
        IReadOnlyList<ParameterColumns> columns;
        long parameters;
        using (GraphModule module = new(graph))
        {
            using PerExampleGradients gradients = new(module, split, logit);
            columns = gradients.Columns;
            parameters = gradients.ParameterCount;
            if (parameters == 0)
            {
                throw new CommandException(ExitCode.File, $"{source.Name}: the network has no parameters, so there is nothing to differentiate by.");
            }

            written = request.Gram
                ? WriteGram(gradients, count, request.SliceBytes, folder, console, cancellationToken)
                : WriteFeatures(gradients, count, folder, console, cancellationToken);
            now = LogitsOf(module, split, logit, count, cancellationToken);
        }

        using (NpyWriter labels = NpyWriter.Create(Path.Combine(folder, "labels.npy"), "<i8", count))
        {
            labels.Write<long>([.. data.Labels[..count].ToArray().Select(logit.Sign)]);
        }

        (List<int>? epochs, List<float[]> logits) = request.Trajectory ? Follow(config, threads, split, logit, count, console, cancellationToken) : (null, [now]);
        using (NpyWriter file = NpyWriter.Create(Path.Combine(folder, "logits.npy"), "<f4", logits.Count, count))
        {
            foreach (float[] row in logits)
            {
                file.Write<float>(row);
            }
        }

        TangentRecord record = new()
        {
            Model = source.ModelFile is { } modelFile ? Path.GetFullPath(modelFile) : null,
            Dataset = data.Description.Name,
            Split = splitName,
            Examples = count,
            Parameters = parameters,
            Logit = logit.Name,
            File = written,
            Columns = columns,
            Epochs = epochs,
            Seed = config.Seed,
            Threads = threads,
        };
        File.WriteAllText(Path.Combine(folder, "tangent-features.json"), ConfigurationFile.Write(record));
        return record;
    }

    private static string WriteFeatures(PerExampleGradients gradients, int count, string folder, CommandOutput console, CancellationToken cancellationToken)
    {
        const string Name = "features.npy";
        if (gradients.ParameterCount > Array.MaxLength)
        {
            throw new CommandException(ExitCode.Configuration, $"the network has {gradients.ParameterCount} parameters; accepted are {Array.MaxLength} for a row of features, and --gram for more.");
        }

        using NpyWriter file = NpyWriter.Create(Path.Combine(folder, Name), "<f4", count, gradients.ParameterCount);
        using ProgressReporter progress = console.Progress("example", count);
        float[] row = new float[gradients.ParameterCount];
        for (int example = 0; example < count; example++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            gradients.Read(example, 0, row);
            file.Write<float>(row);
            Report(progress, example + 1, count);
        }

        return Name;
    }

    private static string WriteGram(PerExampleGradients gradients, int count, long sliceBytes, string folder, CommandOutput console, CancellationToken cancellationToken)
    {
        const string Name = "gram.npy";
        long total = count * TangentGram.SliceCount(gradients.ParameterCount, count, sliceBytes);
        long done = 0;
        using ProgressReporter progress = console.Progress("gradient", total);
        using Tensor gram = TangentGram.Of(gradients, count, sliceBytes, () =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            Report(progress, ++done, total);
        });
        using NpyWriter file = NpyWriter.Create(Path.Combine(folder, Name), "<f8", count, count);
        for (int row = 0; row < count; row++)
        {
            using Tensor values = gram[row];
            file.Write<double>(values.data<double>().ToArray());
        }

        return Name;
    }

    // A line for each tenth, not for each example.
    private static void Report(ProgressReporter progress, long done, long total)
    {
        if (done == total || done % Math.Max(1, total / 10) == 0)
        {
            progress.Report(done, string.Create(CultureInfo.InvariantCulture, $"{100 * done / total} %"));
        }
    }

    // The same run once more: what it was bit for bit, with its logits on these examples.
    private static (List<int> Epochs, List<float[]> Logits) Follow(RunConfig config, int threads, SplitTensors split, TangentLogit logit, int count, CommandOutput console, CancellationToken cancellationToken)
    {
        TrainingData data = TrainingData.Load(config);
        OnnxGraph graph = TrainingLoop.CreateNetwork(config, data.Description);
        using TrainingLoop loop = new(config, data, threads, checkpoint: null);
        using ProgressReporter progress = console.Progress("epoch", config.Epochs);
        List<int> epochs = [0];
        List<float[]> logits = [LogitsOf(graph, split, logit, count, cancellationToken)];
        while (!loop.IsFinished)
        {
            (EpochMetrics metrics, Checkpoint state, _) = loop.RunToNextEvaluation(cancellationToken);
            epochs.Add(metrics.Epoch);
            logits.Add(LogitsOf(graph.WithInitializers(state.ModelWeights), split, logit, count, cancellationToken));
            progress.Report(metrics.Epoch, string.Create(CultureInfo.InvariantCulture, $"loss {metrics.Loss:G4}"));
        }

        return (epochs, logits);
    }

    private static float[] LogitsOf(OnnxGraph graph, SplitTensors split, TangentLogit logit, int count, CancellationToken cancellationToken)
    {
        using GraphModule module = new(graph);
        module.eval();
        return LogitsOf(module, split, logit, count, cancellationToken);
    }

    private static float[] LogitsOf(GraphModule module, SplitTensors split, TangentLogit logit, int count, CancellationToken cancellationToken)
    {
        using IDisposable noGradients = no_grad();
        float[] values = new float[count];
        for (int start = 0; start < count; start += LogitBatch)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using DisposeScope scope = NewDisposeScope();
            int length = Math.Min(LogitBatch, count - start);
            Tensor part = logit.Of(split.Range(start, length, step: 0).Forward(module)).to(ScalarType.Float32, CPU).contiguous();
            part.data<float>().CopyTo(values.AsSpan(start, length));
        }

        return values;
    }

    private sealed record Request(Split Split, int? Limit, int? Class, bool Gram, long SliceBytes, bool Trajectory);

    /// <summary>Which network, on which data.</summary>
    private sealed record Source(string Name, RunConfig Config, string? ModelFile, int Threads)
    {
        public static Source Of(string? run, string? config, string[] set, long? seed, string? model, bool initial)
        {
            if ((run is null) == (config is null))
            {
                throw new CommandException(ExitCode.Configuration, "accepted is either --run, or --config (with --model for a trained network).");
            }

            if (run is not null)
            {
                if (model is not null || set.Length > 0 || seed is not null)
                {
                    throw new CommandException(ExitCode.Configuration, "--run has its own model, configuration and seed; --model, --set and --seed go with --config.");
                }

                (RunDirectory directory, RunRecord record) = RunDirectory.Read(run);
                return initial || File.Exists(directory.ModelFile)
                    ? new(run, record.Configuration, initial ? null : directory.ModelFile, record.Threads)
                    : throw new CommandException(ExitCode.File, $"{directory.ModelFile}: the run has not ended; gd-train fit --resume takes it to its end, and --initial takes the network before training.");
            }

            if (initial)
            {
                throw new CommandException(ExitCode.Configuration, "--initial goes with --run; --config without --model is the network before training.");
            }

            RunConfig read = ConfigurationFile.Read<RunConfig>(config!, set);
            read = seed is { } number ? read with { Seed = number } : read;
            return new(model ?? config!, read, model, read.Threads ?? Environment.ProcessorCount);
        }
    }
}

/// <summary>Result of <c>gd-train tangent-features</c>.</summary>
internal sealed record TangentResult(string Folder, string File, int Examples, long Parameters, string Logit, int LogitRows)
{
    public ResultTable ToTable() => new ResultTable("file", ResultColumn.Number("examples"), ResultColumn.Number("parameters"), "logit", ResultColumn.Number("rows of logits"))
        .Add(Path.Combine(Folder, File), Examples.ToString(CultureInfo.InvariantCulture), Parameters.ToString(CultureInfo.InvariantCulture), Logit, LogitRows.ToString(CultureInfo.InvariantCulture));
}
