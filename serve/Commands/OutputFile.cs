using GradientDynamics.CommandLine;
using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Serve.Commands;

/// <summary>The file that a command makes of a model's file.</summary>
internal static class OutputFile
{
    // More names than one reads on a line.
    private const int MostShown = 5;

    private const string DataSuffix = ".data";

    /// <summary>Refuses to write over the model itself, also by a link, or over a file that holds its weights.</summary>
    /// <exception cref="CommandException">The output is one of them.</exception>
    public static void ThrowIfInput(string model, OnnxGraph graph, string output)
    {
        string real = RealPath(model);
        string[] written = [RealPath(output), RealPath(output + DataSuffix)];
        if (written[0] == real)
        {
            throw new CommandException(ExitCode.Configuration, $"{output}: is the model itself, which stays as it is; accepted is the name of another file.");
        }

        if (FileFacts.Of(graph).ExternalFiles.FirstOrDefault(file => written.Contains(Path.GetFullPath(Path.Combine(Path.GetDirectoryName(real)!, file)))) is { } weights)
        {
            throw new CommandException(ExitCode.Configuration, $"{output}: the model's weights are in '{weights}' beside it, which would be written over; accepted is the name of another file.");
        }
    }

    /// <summary>Writes a model whole or not at all; one that does not fit in one file has its tensors beside it, in <c>NAME.data</c>.</summary>
    public static void Write(OnnxGraph graph, string path)
    {
        if (OnnxModelFile.FitsOneFile(graph))
        {
            AtomicFile.Write(path, stream => OnnxModelFile.Write(graph, stream));
            return;
        }

        // The tensors' file gets its name first: a model that is there has them.
        string data = path + DataSuffix;
        AtomicFile.Write(path, stream => AtomicFile.Write(data, tensors => OnnxModelFile.Write(graph, stream, tensors, Path.GetFileName(data))));
    }

    /// <summary>Says what was written, as JSON or as a table.</summary>
    public static void Report<T>(T result, ResultTable table, bool json, TextWriter output)
    {
        if (json)
        {
            ResultOutput.WriteJson(result, output);
        }
        else
        {
            ResultOutput.WriteTable(table, output);
        }
    }

    /// <summary>The error of an option that does not fit the model, with the names that are near where the model has no such value.</summary>
    /// <param name="error">What does not fit; its setting is the option.</param>
    /// <param name="model">The model.</param>
    /// <param name="given">What the option was given; null where it was not.</param>
    public static CommandException WrongOption(UnfitSettingException error, OnnxGraph model, string? given)
    {
        string near = "";
        HashSet<string> names = [.. model.Nodes.SelectMany(node => node.Outputs).Where(name => name.Length > 0)];
        if (error.Setting is "cut" or "logits" && given is not null && names.Count > 0 && !names.Contains(given))
        {
            near = $" Near are {string.Join(", ", NearestName.FindSeveral(given, names, MostShown).Select(name => $"'{name}'"))}.";
        }

        return new(ExitCode.Configuration, $"--{error.Setting}: {error.Message}{near}", error);
    }

    private static string RealPath(string path) => File.Exists(path) ? File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? Path.GetFullPath(path) : Path.GetFullPath(path);
}
