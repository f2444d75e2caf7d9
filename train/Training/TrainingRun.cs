using System.Collections.Immutable;
using System.Globalization;
using GradientDynamics.CommandLine;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Train.Datasets;
using GradientDynamics.Train.Procedures;
using GradientDynamics.Train.Training.TensorBoard;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Training;

/// <summary>A run that has ended, in its directory.</summary>
internal sealed record FittedRun(RunDirectory Directory, RunRecord Record);

/// <summary>Takes a run from its configuration, or from where it was left, to model.onnx.</summary>
internal static class TrainingRun
{
    /// <summary>Runs to the end. What is in the directory at any moment is enough to continue.</summary>
    /// <param name="config">What to run.</param>
    /// <param name="directory">Where; with a run in it, that run is continued.</param>
    /// <param name="device">Where to compute: cpu or cuda:N; null is where the run began, or the CPU.</param>
    /// <param name="say">Takes lines for the user.</param>
    /// <param name="startProgress">Begins progress over a number of epochs.</param>
    /// <param name="cancellationToken">Interrupts the run; its last checkpoint stays.</param>
    public static FittedRun Execute(RunConfig config, RunDirectory directory, string? device, Action<string> say, Func<string, long, ProgressReporter> startProgress, CancellationToken cancellationToken)
    {
        RunRecord? previous = File.Exists(directory.RunFile) ? directory.ReadRecord() : null;
        if (previous is not null)
        {
            ThrowIfDifferent(config, previous.Configuration, directory);
        }

        int threads = config.Threads ?? previous?.Threads ?? Environment.ProcessorCount;
        if (previous is not null && previous.Threads != threads)
        {
            throw new CommandException(ExitCode.Configuration, $"threads: the run in {directory.Path} has {previous.Threads}, this configuration {threads}; accepted is the same number, without which it would not continue bit for bit.");
        }

        string deviceName = device ?? previous?.Device ?? TorchDevice.Cpu;
        if (previous is not null && previous.Device != deviceName)
        {
            throw new CommandException(ExitCode.Configuration, $"--device: the run in {directory.Path} is on {previous.Device}; accepted is the same device, without which it would not continue bit for bit.");
        }

        Device torchDevice = TorchDevice.Parse(deviceName);
        TrainingData data = TrainingData.Load(config);
        if (previous is not null && previous.DatasetHashes.Any(pair => data.ContentHashes.GetValueOrDefault(pair.Key) != pair.Value))
        {
            throw new CommandException(ExitCode.File, $"{directory.RunFile}: the dataset is not the one that the run began with: its content hash differs.");
        }

        foreach (GroupedDataset split in data.Splits.Values)
        {
            split.Source.Prepare(say, cancellationToken);
        }

        Checkpoint? checkpoint = previous is not null && File.Exists(directory.LastCheckpoint) ? Checkpoint.Read(directory.LastCheckpoint) : null;
        using TrainingLoop loop = new(config, data, threads, checkpoint, torchDevice, say);
        RunRecord record = new()
        {
            Configuration = config,
            Seed = config.Seed,
            Threads = threads,
            Device = deviceName,
            DatasetHashes = data.ContentHashes,
            ParameterCount = loop.ParameterCount,
            Versions = RunVersions.Current,
        };
        directory.WriteRecord(record);
        directory.TruncateMetrics(loop.Epoch);
        NameEmptyGroups(data, say);
        if (checkpoint is not null)
        {
            say($"Resuming after epoch {loop.Epoch}.");
        }

        try
        {
            Train(config, directory, loop, startProgress, cancellationToken);
        }
        catch (OperationCanceledException) when (File.Exists(directory.LastCheckpoint))
        {
            say($"Stopped; the state after epoch {Checkpoint.Read(directory.LastCheckpoint).Epoch} is kept. The same command with --resume continues.");
            throw;
        }
        catch (CommandException error) when (error.ExitCode == ExitCode.Numerics && File.Exists(directory.LastCheckpoint))
        {
            say($"The last good state, after epoch {Checkpoint.Read(directory.LastCheckpoint).Epoch}, is kept in {directory.LastCheckpoint}.");
            throw;
        }

        Checkpoint best = Checkpoint.Read(directory.BestCheckpoint);
        (LastLayerFit Fit, Dictionary<string, double> Metrics)? finished = loop.Finish(best, cancellationToken);
        IReadOnlyDictionary<string, ConstantTensor> weights = finished?.Fit.Weights ?? best.ModelWeights;
        Dictionary<string, double> metrics = (finished?.Metrics ?? best.Metrics)
            .Concat(loop.Evaluate(config.Dataset.LoadTestEnvironments(config.Seed), weights, cancellationToken))
            .ToDictionary(StringComparer.Ordinal);
        OnnxGraph model = loop.Network.WithInitializers(weights).WithMetadata(Describe(config, data, threads, best.Epoch, metrics).ToEntries());
        AtomicFile.Write(directory.ModelFile, stream => OnnxModelFile.Write(model, stream));
        record = record with
        {
            Result = new()
            {
                Epochs = loop.Epoch,
                StoppedEarly = loop.HasStoppedEarly && loop.Epoch < config.Epochs,
                SelectedEpoch = best.Epoch,
                SelectedBy = config.Selection,
                SelectedByOracle = config.Selection.IsOracle(),
                LastLayer = finished?.Fit.Result,
                State = loop.State,
                Metrics = metrics,
            },
        };
        directory.WriteRecord(record);
        return new(directory, record);
    }

    private static void Train(RunConfig config, RunDirectory directory, TrainingLoop loop, Func<string, long, ProgressReporter> startProgress, CancellationToken cancellationToken)
    {
        if (loop.IsFinished)
        {
            return;
        }

        using EventFile events = EventFile.Create(directory.EventFolder, loop.Step, TimeProvider.System);
        using ProgressReporter progress = startProgress("epoch", config.Epochs);
        loop.Say = progress.WriteLine;
        while (!loop.IsFinished)
        {
            (EpochMetrics metrics, Checkpoint state, bool isBest) = loop.RunToNextEvaluation(cancellationToken);
            // In this order a crash between any two loses nothing: lines after the checkpoint's epoch are cut on resume and written again, equal.
            directory.AppendMetrics(metrics);
            events.WriteScalars(metrics.Step, MetricNames.All(metrics));
            if (isBest)
            {
                state.Write(directory.BestCheckpoint);
            }

            state.Write(directory.LastCheckpoint);
            progress.Report(metrics.Epoch, Summary(metrics));
        }
    }

    // Figures over groups leave an empty one out; whoever reads them should know.
    private static void NameEmptyGroups(TrainingData data, Action<string> say)
    {
        long[] counts = data.Train.GroupCounts();
        string[] empty = [.. Enumerable.Range(0, counts.Length).Where(group => counts[group] == 0).Select(data.Description.GroupName)];
        if (empty.Length > 0)
        {
            say($"The training set has no example of {string.Join(" and ", empty.Select(name => $"'{name}'"))}: nothing is learned of {(empty.Length == 1 ? "that group" : "these groups")}, and samplers and group weights leave {(empty.Length == 1 ? "it" : "them")} out.");
        }
    }

    private static string Summary(EpochMetrics metrics)
    {
        (string name, SplitMetrics split) = metrics.Validation is { } validation ? ("validation", validation) : metrics.Test is { } test ? ("test", test) : ("train", metrics.Train);
        return string.Create(CultureInfo.InvariantCulture, $"loss {metrics.Loss:G4}, {name} average {100 * split.AverageAccuracy:F1} %, worst group {100 * split.WorstGroupAccuracy:F1} %");
    }

    private static ModelMetadata Describe(RunConfig config, TrainingData data, int threads, int epoch, IReadOnlyDictionary<string, double> metrics) => new()
    {
        Task = "classification",
        Classes = data.Description.Classes,
        Attributes = data.Description.Attributes.Count == 0 ? null : data.Description.Attributes,
        InputBounds = data.Description.Bounds,
        Layout = data.Description.InputShape.Count == 3 ? "CHW" : null,
        Preprocessing = data.Description.Preprocessing is { } preprocessing ? ConfigurationKind.Compact(preprocessing) : null,
        Objective = ConfigurationKind.Of(config.Objective),
        Sampler = ConfigurationKind.Of(config.Sampler),
        Dataset = data.Description.Name,
        DatasetHash = data.ContentHashes[Datasets.Split.Train],
        Seed = config.Seed,
        Threads = threads,
        Epoch = epoch,
        Selection = ConfigurationKind.Name(config.Selection),
        Metrics = metrics.ToImmutableSortedDictionary(StringComparer.Ordinal),
        RunConfiguration = ConfigurationKind.Compact(config with { Threads = threads }),
    };

    // A run may be continued beyond its last epoch; anything else would make it another run.
    private static void ThrowIfDifferent(RunConfig config, RunConfig previous, RunDirectory directory)
    {
        if (config.Epochs != previous.Epochs && config.Optimizer.Schedule.EndsWithTheRun)
        {
            throw new CommandException(
                ExitCode.Configuration,
                $"epochs: the run in {directory.Path} has {previous.Epochs} epochs, this configuration {config.Epochs}; its learning rate ends with the last epoch, so accepted is the same number.");
        }

        string[] now = ConfigurationFile.Write(config with { Epochs = previous.Epochs, Threads = previous.Threads }).Split('\n');
        string[] then = ConfigurationFile.Write(previous).Split('\n');
        foreach ((string left, string right) in now.Zip(then))
        {
            if (left != right)
            {
                throw new CommandException(ExitCode.Configuration, $"{directory.RunFile}: the run has {right.Trim().TrimEnd(',')}, this configuration has {left.Trim().TrimEnd(',')}; to resume, accepted is the configuration that it began with (epochs may grow).");
            }
        }
    }
}
