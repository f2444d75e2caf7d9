using System.CommandLine;
using System.Globalization;
using GradientDynamics.CommandLine;
using GradientDynamics.Onnx.Gradients;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Runtime;

namespace GradientDynamics.Serve.Commands;

/// <summary><c>gd-serve derive-gradient</c>: writes a model's gradient companion as a file, for another server or an audit without one.</summary>
internal static class DeriveGradientCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        Argument<FileInfo> model = new("model") { Description = "The classifier's ONNX file." };
        Argument<FileInfo> companion = new("companion") { Description = "Where the companion's ONNX file goes." };
        Option<string> input = new("--input") { Description = "The input that is differentiated; by default the only one of floating point." };
        Option<string> cut = new("--cut")
        {
            Description = "A value between the inputs and the logits at which the graph is cut: it becomes an input and is differentiated, as token embeddings are; inputs that only led to it disappear.",
        };
        Option<string> logits = new("--logits") { Description = "The value that holds the logits; by default the output, or what stands before its Softmax or Sigmoid." };

        Option<bool> json = new("--json") { Description = "Prints the result as JSON." };

        Command command = new("derive-gradient", "Writes the companion that yields losses and input gradients.") { model, companion, input, cut, logits, json };
        command.SetAction(result =>
        {
            var options = new InputGradientOptions { Input = result.GetValue(input), Cut = result.GetValue(cut), Logits = result.GetValue(logits) };
            DeriveGradientResult derived = Derive(result.GetRequiredValue(model).FullName, result.GetRequiredValue(companion).FullName, options);
            OutputFile.Report(derived, derived.ToTable(), result.GetValue(json), result.InvocationConfiguration.Output);
            return (int)ExitCode.Done;
        });
        return command;
    }

    private static DeriveGradientResult Derive(string model, string companion, InputGradientOptions options)
    {
        OnnxGraph graph = OnnxModelFile.Read(model);
        OutputFile.ThrowIfInput(model, graph, companion);
        OnnxGraph derived;
        try
        {
            derived = InputGradientGraph.Derive(graph, options);
        }
        catch (UnfitSettingException exception)
        {
            throw OutputFile.WrongOption(exception, graph, exception.Setting switch { "cut" => options.Cut, "logits" => options.Logits, _ => options.Input });
        }
        catch (InvalidModelException exception)
        {
            throw new InvalidModelException($"{model}: no gradient can be derived: {exception.Message}", exception);
        }

        // What cannot be run is not written.
        OnnxSession.Load(derived, model).Dispose();
        OutputFile.Write(derived, companion);
        return DeriveGradientResult.Of(model, companion, derived);
    }
}

/// <summary>Result of <c>gd-serve derive-gradient</c>.</summary>
/// <param name="Model">The model's file.</param>
/// <param name="Companion">The file that was written.</param>
/// <param name="Input">The input that is differentiated, or the value at which the graph was cut.</param>
/// <param name="Logits">Which value of the model the logits are.</param>
/// <param name="Inputs">The companion's inputs, in order.</param>
/// <param name="Outputs">The companion's outputs, in order.</param>
/// <param name="ClassCount">Number of classes; 2 with a single logit.</param>
/// <param name="LossKinds">Values of <c>loss_kind</c> that the number of classes allows.</param>
/// <param name="TargetedLossKinds">Those that it allows with a target.</param>
/// <param name="StraightThrough">The nodes that the gradient passes straight through.</param>
internal sealed record DeriveGradientResult(
    string Model,
    string Companion,
    string Input,
    string Logits,
    IReadOnlyList<string> Inputs,
    IReadOnlyList<string> Outputs,
    int ClassCount,
    IReadOnlyList<int> LossKinds,
    IReadOnlyList<int> TargetedLossKinds,
    IReadOnlyList<string> StraightThrough)
{
    public static DeriveGradientResult Of(string model, string file, OnnxGraph companion)
    {
        int[] Kinds(string key) => [.. companion.Metadata[key].Split(',').Select(kind => int.Parse(kind, CultureInfo.InvariantCulture))];
        return new(
            model,
            file,
            companion.Metadata[InputGradientGraph.DifferentiatedInputKey],
            companion.Metadata[InputGradientGraph.LogitsOriginKey],
            [.. companion.Inputs.Select(input => input.Name)],
            [.. companion.Outputs.Select(output => output.Name)],
            int.Parse(companion.Metadata[InputGradientGraph.ClassCountKey], CultureInfo.InvariantCulture),
            Kinds(InputGradientGraph.LossKindsKey),
            Kinds(InputGradientGraph.TargetedLossKindsKey),
            InputGradientGraph.StraightThroughOf(companion.Metadata));
    }

    public ResultTable ToTable() => new ResultTable("differentiated", "logits", ResultColumn.Number("classes"), "losses", "straight through", "file")
        .Add(Input, Logits, $"{ClassCount}", string.Join(", ", LossKinds), StraightThrough.Count == 0 ? "nothing" : string.Join(", ", StraightThrough), Companion);
}
