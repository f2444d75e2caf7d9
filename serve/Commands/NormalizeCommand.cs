using System.CommandLine;
using System.Globalization;
using GradientDynamics.CommandLine;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Networks;
using GradientDynamics.Onnx.Runtime;

namespace GradientDynamics.Serve.Commands;

/// <summary><c>gd-serve normalize</c>: puts the normalisation of a foreign model's callers into its graph, so that its inputs are pixels.</summary>
internal static class NormalizeCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        Argument<FileInfo> model = new("model") { Description = "The model's ONNX file." };
        Argument<FileInfo> normalized = new("normalized") { Description = "Where the model with its normalization goes; another file." };
        Option<double[]> mean = Numbers("--mean", "Mean, one number or one per channel, such as 0.485,0.456,0.406.", _ => true, "finite numbers");
        Option<double[]> std = Numbers("--std", "Standard deviation, one number or one per channel.", number => (float)number > 0, "positive finite numbers");
        Option<string> input = new("--input") { Description = "The input that is normalized; by default the only one of floating point." };
        Option<double> scale = new("--scale")
        {
            Description = "The brightest pixel in the units of mean and std: 1 (the default), or 255 where they are of bytes. The inputs are between 0 and 1 either way.",
            DefaultValueFactory = _ => 1,
        };
        scale.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && !(result.GetValueOrDefault<double>() is > 0 and < double.PositiveInfinity))
            {
                result.AddError($"--scale: is '{result.Tokens[0].Value}'; a positive finite number is accepted.");
            }
        });
        Option<ChannelLayout> layout = new("--layout") { Description = "Where the channels stand: nchw (the default) or nhwc." };
        Option<bool> json = new("--json") { Description = "Prints the result as JSON." };
        Option<bool> again = new("--again") { Description = "Normalizes a model whose metadata say that its inputs are pixels already." };

        Command command = new("normalize", "Puts (x - mean) / std into a model's graph: its inputs become pixels between 0 and 1.") { model, normalized, mean, std, input, scale, layout, again, json };
        command.SetAction(result =>
        {
            var normalization = new NormalizedInput
            {
                Normalization = new() { Mean = result.GetRequiredValue(mean), Std = result.GetRequiredValue(std) },
                Input = result.GetValue(input),
                Scale = result.GetValue(scale),
                Layout = result.GetValue(layout),
            };
            NormalizeResult written = Normalize(result.GetRequiredValue(model).FullName, result.GetRequiredValue(normalized).FullName, normalization, result.GetValue(again));
            OutputFile.Report(written, written.ToTable(), result.GetValue(json), result.InvocationConfiguration.Output);
            return (int)ExitCode.Done;
        });
        return command;
    }

    private static NormalizeResult Normalize(string model, string normalized, NormalizedInput normalization, bool again)
    {
        OnnxGraph graph = OnnxModelFile.Read(model);
        OutputFile.ThrowIfInput(model, graph, normalized);
        ModelMetadata metadata = ModelMetadata.Read(graph);
        if (!again && (metadata.Normalization is not null || metadata.InputBounds is not null))
        {
            string what = metadata.Normalization is { } earlier ? $"was normalized before, with {earlier}" : "states the bounds of its inputs: its normalization stands in its graph";
            throw new CommandException(ExitCode.File, $"{model}: {what}. A model without either is accepted, or --again.");
        }

        OnnxGraph withNormalization;
        try
        {
            withNormalization = normalization.Apply(graph);
        }
        catch (UnfitSettingException exception)
        {
            throw OutputFile.WrongOption(exception, graph, normalization.Input);
        }
        catch (InvalidModelException exception)
        {
            throw new InvalidModelException($"{model}: {exception.Message}", exception);
        }

        // What cannot be run is not written.
        OnnxSession.Load(withNormalization, model).Dispose();
        OutputFile.Write(withNormalization, normalized);
        string input = normalization.Input ?? graph.Inputs.Single(value => value.Type.Element.IsFloatingPoint).Name;
        return new(model, normalized, input, normalization.Normalization.Mean, normalization.Normalization.Std, normalization.Scale, normalization.Layout);
    }

    private static Option<double[]> Numbers(string name, string description, Func<double, bool> accepts, string accepted) => new(name)
    {
        Description = description,
        Required = true,
        AllowMultipleArgumentsPerToken = true,
        CustomParser = argument =>
        {
            List<double> numbers = [];
            foreach (string text in argument.Tokens.SelectMany(token => token.Value.Split(',', StringSplitOptions.TrimEntries)))
            {
                if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) || !float.IsFinite((float)number) || !accepts(number))
                {
                    argument.AddError($"{name}: has '{text}'; {accepted} are accepted, one or one per channel.");
                    return null;
                }

                numbers.Add(number);
            }

            return [.. numbers];
        },
    };
}

/// <summary>Result of <c>gd-serve normalize</c>.</summary>
/// <param name="Model">The model's file.</param>
/// <param name="Normalized">The file that was written.</param>
/// <param name="Input">The input that is normalized.</param>
/// <param name="Mean">What is subtracted, one number or one per channel.</param>
/// <param name="Std">What is divided by, one number or one per channel.</param>
/// <param name="Scale">The brightest pixel in the units of mean and standard deviation.</param>
/// <param name="Layout">Where the channels stand.</param>
internal sealed record NormalizeResult(string Model, string Normalized, string Input, IReadOnlyList<double> Mean, IReadOnlyList<double> Std, double Scale, ChannelLayout Layout)
{
    public ResultTable ToTable() => new ResultTable("input", "mean", "std", ResultColumn.Number("scale"), "file")
        .Add(Input, Text(Mean), Text(Std), Scale.ToString(CultureInfo.InvariantCulture), Normalized);

    private static string Text(IReadOnlyList<double> numbers) => string.Join(", ", numbers.Select(number => number.ToString(CultureInfo.InvariantCulture)));
}
