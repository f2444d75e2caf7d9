using System.CommandLine;
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

        Command command = new("derive-gradient", "Writes the companion that yields losses and input gradients.") { model, companion, input, cut, logits };
        command.SetAction(result =>
        {
            var options = new InputGradientOptions { Input = result.GetValue(input), Cut = result.GetValue(cut), Logits = result.GetValue(logits) };
            Derive(result.GetRequiredValue(model).FullName, result.GetRequiredValue(companion).FullName, options);
            return (int)ExitCode.Done;
        });
        return command;
    }

    private static void Derive(string model, string companion, InputGradientOptions options)
    {
        OnnxGraph graph = OnnxModelFile.Read(model);
        OnnxGraph derived;
        try
        {
            derived = InputGradientGraph.Derive(graph, options);
        }
        catch (InvalidModelException exception)
        {
            throw new InvalidModelException($"{model}: no gradient can be derived: {exception.Message}", exception);
        }

        // What cannot be run is not written.
        OnnxSession.Load(derived, companion).Dispose();
        if (OnnxModelFile.FitsOneFile(derived))
        {
            AtomicFile.Write(companion, stream => OnnxModelFile.Write(derived, stream));
            return;
        }

        // The tensors' file gets its name first: a companion that is there has them.
        string data = companion + ".data";
        AtomicFile.Write(companion, stream => AtomicFile.Write(data, tensors => OnnxModelFile.Write(derived, stream, tensors, Path.GetFileName(data))));
    }
}
