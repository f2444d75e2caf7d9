using System.CommandLine;
using System.Globalization;
using System.Text;
using GradientDynamics.CommandLine;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Train.Datasets;
using GradientDynamics.Train.Execution;
using GradientDynamics.Train.Training;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Commands;

/// <summary><c>gd-train predict</c>: writes what a run's model predicts for a split, as CSV.</summary>
internal static class PredictCommand
{
    public static Command Create()
    {
        Option<string> run = new("--run") { Description = "Run directory that gd-train fit has written.", Required = true };
        Option<string?> model = new("--model") { Description = "Another model for the run's data (ONNX). Default the run's own." };
        Option<Split> split = new("--split") { Description = "train, validation or test.", Required = true };
        Option<string> output = new("--output") { Description = "The CSV file; one of that name is replaced.", Required = true };
        Option<string[]> set = new("--set") { Description = "Overrides one key of the run's configuration, as path.to.key=value, to predict on other data; may be repeated.", DefaultValueFactory = _ => [] };
        Option<string?> device = TorchDevice.Option();
        Option<bool> json = CommandOutput.JsonOption();

        Command command = new("predict", "Writes a model's predictions as CSV.") { run, model, split, output, set, device, json };
        command.SetAction((result, cancellationToken) =>
        {
            PredictResult predicted = Run(
                result.GetRequiredValue(run), result.GetValue(model), result.GetRequiredValue(split), result.GetRequiredValue(output), result.GetRequiredValue(set), result.GetValue(device), cancellationToken);
            CommandOutput.Of(result, json).Write(predicted, predicted.ToTable());
            return Task.FromResult((int)ExitCode.Done);
        });
        return command;
    }

    private static PredictResult Run(string runPath, string? modelPath, Split split, string output, string[] changes, string? device, CancellationToken cancellationToken)
    {
        Device torchDevice = TorchDevice.Parse(device ?? TorchDevice.Cpu);
        (RunDirectory run, RunRecord record) = RunDirectory.Read(runPath);
        RunConfig config = ConfigurationFile.Parse<RunConfig>(ConfigurationFile.Write(record.Configuration), run.RunFile, changes);
        if (!config.Dataset.Splits.Contains(split))
        {
            throw new CommandException(
                ExitCode.Configuration,
                $"--split: the dataset configuration has no {ConfigurationKind.Name(split)} set; accepted are {string.Join(", ", config.Dataset.Splits.Select(ConfigurationKind.Name))}.");
        }

        string file = modelPath ?? run.ModelFile;
        if (!File.Exists(file))
        {
            throw new CommandException(ExitCode.File, modelPath is null ? $"{file}: the run has not ended; gd-train fit --resume takes it to its end." : $"{file}: no such file; accepted is an ONNX model.");
        }

        OnnxGraph model = OnnxModelFile.Read(file);
        GroupedDataset data = config.Dataset.Load(split, config.Seed);
        TorchThreads.Use(record.Threads);
        using GraphModule module = new(model);
        TorchDevice.Move(module, torchDevice);
        using SplitTensors tensors = new(data, torchDevice);
        Predictions predictions = SplitEvaluation.Predict(module, tensors, LogitCount(model, file, data.Description), cancellationToken);
        AtomicFile.Write(output, stream => WriteCsv(stream, data, predictions));
        return new(Path.GetFullPath(output), data.Description.Name, split, predictions.Count, predictions.Correct(data.Labels).Count(correct => correct));
    }

    private static int LogitCount(OnnxGraph model, string file, DatasetDescription data)
    {
        long? logits = model.Outputs is [{ Type.Shape: { Rank: 2 } shape }, ..] ? shape[1].Value : null;
        return logits == data.Classes.Count || (logits == 1 && data.Classes.Count == 2)
            ? (int)logits.Value
            : throw new CommandException(ExitCode.File, $"{file}: its output is {model.Outputs[0]}; accepted for {data.Name} are logits [batch, {data.Classes.Count}]{(data.Classes.Count == 2 ? " or [batch, 1]" : "")}.");
    }

    private static void WriteCsv(Stream stream, GroupedDataset data, Predictions predictions)
    {
        using StreamWriter writer = new(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true) { NewLine = "\n" };
        writer.WriteLine($"id,label,attribute,group,prediction,{string.Join(',', Enumerable.Range(0, predictions.LogitCount).Select(logit => $"logit{logit}"))}");
        int[] groups = data.Groups();
        string split = ConfigurationKind.Name(data.Split);
        for (int i = 0; i < predictions.Count; i++)
        {
            string attribute = data.Attributes.IsEmpty ? "" : data.Attributes[i].ToString(CultureInfo.InvariantCulture);
            // Nine digits give every float32 back.
            string logits = string.Join(',', predictions[i].ToArray().Select(logit => logit.ToString("G9", CultureInfo.InvariantCulture)));
            writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{split}-{i},{data.Labels[i]},{attribute},{groups[i]},{predictions.Class(i)},{logits}"));
        }
    }
}

/// <summary>Result of <c>gd-train predict</c>.</summary>
internal sealed record PredictResult(string File, string Dataset, Split Split, int Examples, int Correct)
{
    public ResultTable ToTable() => new ResultTable("split", ResultColumn.Number("examples"), ResultColumn.Number("average %"), "file")
        .Add(ConfigurationKind.Name(Split), Examples.ToString(CultureInfo.InvariantCulture), (100.0 * Correct / Examples).ToString("F1", CultureInfo.InvariantCulture), File);
}
