using System.CommandLine;
using System.Globalization;
using GradientDynamics.CommandLine;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Train.Agreement;
using GradientDynamics.Train.Sampling;

namespace GradientDynamics.Train.Commands;

/// <summary><c>gd-train check-model</c>: whether TorchSharp can execute a model, and agrees with ONNX Runtime on random inputs within its bounds.</summary>
internal static class CheckModelCommand
{
    // Two batch sizes would show a graph that fixes its batch; several examples meet more branches than one.
    private const int ExampleCount = 16;

    public static Command Create()
    {
        Argument<string> model = new("model") { Description = "An ONNX model with one float input, [batch, …]." };
        Option<long> seed = new("--seed") { Description = "Seed of the random inputs. Default 0." };
        Option<bool> json = CommandOutput.JsonOption();

        Command command = new("check-model", "Compares TorchSharp and ONNX Runtime on a model.") { model, seed, json };
        command.SetAction(result =>
        {
            CheckResult check = Run(result.GetRequiredValue(model), result.GetValue(seed));
            CommandOutput.Of(result, json).Write(check, check.ToTable());
            return (int)ExitCode.Done;
        });
        return command;
    }

    private static CheckResult Run(string path, long seed)
    {
        OnnxGraph model = OnnxModelFile.Read(path);
        if (model.Inputs is not [{ Type: { Element: ElementType.Float, Shape: { Rank: > 1 } shape } }] || shape.Skip(1).Any(dimension => dimension.Value is null))
        {
            throw new CommandException(ExitCode.File, $"{path}: has the inputs {string.Join(", ", model.Inputs)}; accepted is one Float input [batch, …] whose other dimensions are fixed.");
        }

        InputBounds bounds = ModelMetadata.Read(model).InputBounds ?? new([0], [1]);
        long[] sizes = [shape[0].Value ?? ExampleCount, .. shape.Skip(1).Select(dimension => dimension.Value!.Value)];
        float[] inputs = new float[sizes.Aggregate(1L, (product, size) => checked(product * size))];
        long channelSize = sizes.Skip(2).Aggregate(1L, (product, size) => product * size);
        Random random = new RunSeed(seed).Stream("check-model");
        for (int i = 0; i < inputs.Length; i++)
        {
            int channel = bounds.Lower.Count == 1 ? 0 : (int)(i / channelSize % sizes[1]);
            inputs[i] = (float)(bounds.Lower[channel] + ((bounds.Upper[channel] - bounds.Lower[channel]) * random.NextDouble()));
        }

        BackEndAgreement agreement = BackEndAgreement.Measure(model, path, inputs, sizes);
        agreement.ThrowIfDifferent(path);
        return new(Path.GetFullPath(path), sizes[0], agreement.LargestDifference, agreement.Tolerance);
    }
}

/// <summary>Result of <c>gd-train check-model</c>.</summary>
internal sealed record CheckResult(string Model, long Examples, double LargestDifference, double Tolerance)
{
    public ResultTable ToTable() => new ResultTable("model", ResultColumn.Number("examples"), ResultColumn.Number("largest difference of logits"), ResultColumn.Number("tolerance"))
        .Add(Model, Examples.ToString(CultureInfo.InvariantCulture), LargestDifference.ToString("G2", CultureInfo.InvariantCulture), Tolerance.ToString("G2", CultureInfo.InvariantCulture));
}
