using System.CommandLine;
using System.Globalization;
using System.Text.RegularExpressions;
using GradientDynamics.CommandLine;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Preprocessing;
using GradientDynamics.Train.Agreement;
using GradientDynamics.Train.Datasets;
using GradientDynamics.Train.Training;

namespace GradientDynamics.Train.Commands;

/// <summary><c>gd-train publish</c>: puts a run's model into a repository as the next version, after TorchSharp and ONNX Runtime agreed on real examples: on logits, and on input gradients.</summary>
internal static partial class PublishCommand
{
    private const string VocabularyFile = "vocab.txt";

    // Enough examples to meet every branch of a network, few enough to cost a second.
    private const int ExampleCount = 256;

    // 32 images of 3 x 224 x 224, for which a ResNet-50 takes seconds.
    private const long ExampleElements = 32L * 3 * 224 * 224;

    // A BERT-base takes a second for a few texts.
    private const int TextCount = 32;

    // A gradient costs two to three times the logits.
    private const int GradientExampleCount = 64;

    public static Command Create()
    {
        Option<string> run = new("--run") { Description = "Run directory that gd-train fit has written.", Required = true };
        Option<string> repository = new("--repository") { Description = "Model repository: NAME/VERSION/model.onnx.", Required = true };
        Option<string> name = new("--name") { Description = "Name of the model.", Required = true };
        Option<bool> json = CommandOutput.JsonOption();

        Command command = new("publish", "Publishes a run's model as the next version.") { run, repository, name, json };
        command.SetAction(result =>
        {
            PublishResult published = Run(result.GetRequiredValue(run), result.GetRequiredValue(repository), result.GetRequiredValue(name));
            CommandOutput output = CommandOutput.Of(result, json);
            output.Write(published, published.ToTable());
            if (published.GradientNotChecked is { } reason)
            {
                output.Error.WriteLine($"{published.Model}: its input gradient was not checked, and gd-serve --gradients will not serve one: {reason}");
            }

            return (int)ExitCode.Done;
        });
        return command;
    }

    private static PublishResult Run(string runPath, string repository, string name)
    {
        if (!ModelName().IsMatch(name))
        {
            throw new CommandException(ExitCode.Configuration, $"--name: is '{name}'; accepted are letters, digits, '.', '_' and '-', beginning with a letter or digit.");
        }

        (RunDirectory run, RunRecord record) = RunDirectory.Read(runPath);
        if (record.Result is null || !File.Exists(run.ModelFile))
        {
            throw new CommandException(ExitCode.File, $"{run.ModelFile}: the run has not ended; gd-train fit --resume takes it to its end.");
        }

        OnnxGraph model = OnnxModelFile.Read(run.ModelFile);
        GroupedDataset examples = LoadExamples(record);
        int count = (int)Math.Clamp(ExampleElements / examples.Description.InputSize, 1, Math.Min(examples.Description.IsText ? TextCount : ExampleCount, examples.Count));
        Dictionary<string, ConstantTensor> inputs = NetworkInputs.Read(model, examples, count);
        BackEndAgreement agreement = BackEndAgreement.Measure(model, run.ModelFile, inputs);
        agreement.ThrowIfDifferent(run.ModelFile);
        GradientAgreement gradient = examples.Description.IsText
            ? new(0, "its inputs are tokens, which have no gradient")
            : OfGradients(model, run.ModelFile, inputs.Values.Single(), examples, Math.Min(GradientExampleCount, count));
        gradient.ThrowIfDifferent(run.ModelFile);

        string folder = Path.Combine(Path.GetFullPath(repository), name);
        int version = NextVersion(folder);
        string preprocessingFile = Path.Combine(folder, "preprocessing.json");
        (InputPreprocessing? needed, string? vocabulary) = PreprocessingOf(examples);
        string? preprocessing = needed is null ? null : PreprocessingFile.Write(needed);
        string vocabularyFile = Path.Combine(folder, VocabularyFile);
        if (preprocessing is not null && File.Exists(preprocessingFile) && (PreprocessingFile.Write(PreprocessingFile.Read(preprocessingFile)) != preprocessing
            || (vocabulary is not null && File.Exists(vocabularyFile) && !File.ReadAllBytes(vocabularyFile).SequenceEqual(File.ReadAllBytes(vocabulary)))))
        {
            throw new CommandException(ExitCode.File, $"{preprocessingFile}: is not the preprocessing that the run was trained with, and it holds for every version of the model; accepted is another --name, or the same preprocessing.");
        }

        string target = Path.Combine(folder, version.ToString(CultureInfo.InvariantCulture));
        using (AtomicDirectory directory = AtomicDirectory.Create(target, replace: false))
        {
            File.Copy(run.ModelFile, Path.Combine(directory.Path, "model.onnx"));
            directory.Commit();
        }

        if (vocabulary is not null)
        {
            AtomicFile.Write(vocabularyFile, stream => stream.Write(File.ReadAllBytes(vocabulary)));
        }

        if (preprocessing is not null)
        {
            AtomicFile.WriteText(preprocessingFile, preprocessing);
        }

        return new(name, version, Path.Combine(target, "model.onnx"), count, agreement.LargestDifference, agreement.Tolerance, gradient.Obstacle is null ? gradient.RelativeDifference : null, gradient.Obstacle);
    }

    private static GradientAgreement OfGradients(OnnxGraph model, string name, ConstantTensor inputs, GroupedDataset examples, int count)
    {
        float[] first = inputs.AsSpan<float>()[..checked((int)(count * examples.Description.InputSize))].ToArray();
        return GradientAgreement.Measure(model, name, first, [count, .. examples.Description.InputShape], examples.Labels[..count]);
    }

    // What preprocessing.json names lies beside it.
    private static (InputPreprocessing? Preprocessing, string? Vocabulary) PreprocessingOf(GroupedDataset examples) => examples.Description.Preprocessing is TextPreprocessing text
        ? (text with { Vocabulary = VocabularyFile }, text.Vocabulary)
        : (examples.Description.Preprocessing, null);

    // The test set where there is one: every dataset kind has it, and nothing is chosen here.
    private static GroupedDataset LoadExamples(RunRecord record)
    {
        RunConfig config = record.Configuration;
        Split split = config.Dataset.Splits.Contains(Split.Test) ? Split.Test : Split.Train;
        return config.Dataset.Load(split, config.Seed);
    }

    private static int NextVersion(string folder) => !Directory.Exists(folder)
        ? 1
        : 1 + Directory.EnumerateDirectories(folder)
            .Select(path => int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out int version) ? version : 0)
            .DefaultIfEmpty()
            .Max();

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._-]*\z")]
    private static partial Regex ModelName();
}

/// <summary>Result of <c>gd-train publish</c>.</summary>
/// <param name="Name">Name of the model.</param>
/// <param name="Version">The version that was written.</param>
/// <param name="Model">Its file.</param>
/// <param name="ComparedExamples">Number of examples on which the back ends were compared.</param>
/// <param name="LargestDifference">Largest absolute difference of a logit between TorchSharp and ONNX Runtime.</param>
/// <param name="Tolerance">What rounding may account for in a logit.</param>
/// <param name="GradientDifference">Difference of the input gradients of the cross-entropy, TorchSharp's autograd to the gradient companion in ONNX Runtime, relative in the Euclidean norm; null where the model has no companion.</param>
/// <param name="GradientNotChecked">Why there is no companion; null where there is.</param>
internal sealed record PublishResult(string Name, int Version, string Model, int ComparedExamples, double LargestDifference, double Tolerance, double? GradientDifference, string? GradientNotChecked)
{
    public ResultTable ToTable() => new ResultTable(
            "model", ResultColumn.Number("version"), ResultColumn.Number("largest difference of logits, TorchSharp to ONNX Runtime"), ResultColumn.Number("of input gradients, relative"), "file")
        .Add(
            Name,
            Version.ToString(CultureInfo.InvariantCulture),
            LargestDifference.ToString("G2", CultureInfo.InvariantCulture),
            GradientDifference?.ToString("G2", CultureInfo.InvariantCulture) ?? "not checked",
            Model);
}
