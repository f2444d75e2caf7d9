using System.CommandLine;
using System.Globalization;
using GradientDynamics.CommandLine;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Runtime;

namespace GradientDynamics.Serve.Commands;

/// <summary><c>gd-serve inspect</c>: what a model is.</summary>
internal static class InspectCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        Argument<FileInfo> file = new("file") { Description = "The ONNX file." };
        Option<bool> json = new("--json") { Description = "Prints the result as JSON." };

        Command command = new("inspect", "Prints a model's inputs, outputs, operators, parameters and metadata, and whether it can be served.") { file, json };
        command.SetAction(result =>
        {
            ModelInspection inspection = Inspect(result.GetRequiredValue(file).FullName);
            if (result.GetValue(json))
            {
                ResultOutput.WriteJson(inspection, result.InvocationConfiguration.Output);
            }
            else
            {
                Write(inspection, result.InvocationConfiguration.Output);
            }

            return (int)ExitCode.Done;
        });
        return command;
    }

    private static ModelInspection Inspect(string path)
    {
        OnnxGraph graph = OnnxModelFile.Read(path);
        string? reason = null;
        try
        {
            using OnnxSession session = OnnxSession.Load(path);
        }
        catch (InvalidModelException exception)
        {
            reason = exception.Message;
        }

        return new ModelInspection(
            path,
            graph.Opset,
            [.. graph.Inputs.Select(Describe)],
            [.. graph.Outputs.Select(Describe)],
            graph.Nodes.GroupBy(node => node.Domain.Length > 0 ? $"{node.Domain}.{node.Operator}" : node.Operator).OrderBy(group => group.Key, StringComparer.Ordinal)
                .ToDictionary(group => group.Key, group => group.Count()),
            graph.Initializers.Where(entry => entry.Value.Element.IsFloatingPoint).Sum(entry => entry.Value.ElementCount),
            graph.Metadata,
            reason);
    }

    private static InspectedTensor Describe(GraphValue value) =>
        new(value.Name, $"{value.Type.Element}", value.Type.Shape is null ? null : [.. value.Type.Shape.Select(size => size.ToString())]);

    private static void Write(ModelInspection inspection, TextWriter output)
    {
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{inspection.File}: operator set {inspection.Opset}, {inspection.Parameters:N0} parameters"));
        output.WriteLine(inspection.CannotBeServed is { } reason ? $"It cannot be served: {reason}" : "It can be served.");
        var tensors = new ResultTable("", "name", "elements", "shape");
        foreach ((string kind, InspectedTensor tensor) in inspection.Inputs.Select(tensor => ("input", tensor)).Concat(inspection.Outputs.Select(tensor => ("output", tensor))))
        {
            tensors.Add(kind, tensor.Name, tensor.ElementType, tensor.Shape is null ? "unknown" : $"[{string.Join(", ", tensor.Shape)}]");
        }

        var operators = new ResultTable("operator", ResultColumn.Number("nodes"));
        foreach ((string name, int count) in inspection.Operators)
        {
            operators.Add(name, $"{count}");
        }

        foreach (ResultTable table in (ResultTable[])[tensors, operators])
        {
            if (table.Rows.Count > 0)
            {
                output.WriteLine();
                ResultOutput.WriteTable(table, output);
            }
        }

        // Values may be whole configurations: lines of their own, not cells that widen a table.
        if (inspection.Metadata.Count > 0)
        {
            output.WriteLine();
        }

        foreach ((string key, string value) in inspection.Metadata)
        {
            output.WriteLine($"{key} = {value}");
        }
    }
}

/// <summary>What <c>gd-serve inspect</c> finds in a model.</summary>
/// <param name="File">The file.</param>
/// <param name="Opset">Version of the standard operator set.</param>
/// <param name="Inputs">Inputs, in the file's order.</param>
/// <param name="Outputs">Outputs, in the file's order.</param>
/// <param name="Operators">How many nodes each operator has.</param>
/// <param name="Parameters">Number of floating-point elements in initializers.</param>
/// <param name="Metadata">The file's <c>metadata_props</c>.</param>
/// <param name="CannotBeServed">Why ONNX Runtime does not run it; none where it does.</param>
internal sealed record ModelInspection(
    string File,
    int Opset,
    IReadOnlyList<InspectedTensor> Inputs,
    IReadOnlyList<InspectedTensor> Outputs,
    IReadOnlyDictionary<string, int> Operators,
    long Parameters,
    IReadOnlyDictionary<string, string> Metadata,
    string? CannotBeServed);

/// <summary>An input or output of an inspected model.</summary>
/// <param name="Name">Its name.</param>
/// <param name="ElementType">The type of its elements.</param>
/// <param name="Shape">Sizes as numbers, names, or <c>?</c>; none where the file states no shape.</param>
internal sealed record InspectedTensor(string Name, string ElementType, IReadOnlyList<string>? Shape);
