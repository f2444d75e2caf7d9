using System.CommandLine;
using System.Globalization;
using GradientDynamics.CommandLine;
using GradientDynamics.Onnx.Gradients;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;
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

        FileFacts facts = FileFacts.Of(graph);
        bool isKnown = OperatorSupport.OpsetObstacle(graph) is null;
        return new ModelInspection(
            path,
            facts.Opset,
            [.. graph.Inputs.Select(Describe)],
            [.. graph.Outputs.Select(Describe)],
            graph.Nodes.GroupBy(OperatorSupport.NameOf).OrderBy(group => group.Key, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.Count()),
            graph.Nodes.DistinctBy(OperatorSupport.NameOf).OrderBy(OperatorSupport.NameOf, StringComparer.Ordinal)
                .ToDictionary(OperatorSupport.NameOf, node => isKnown ? new InspectedOperator(OperatorSupport.IsExecuted(node), OperatorSupport.IsTrained(node), OperatorSupport.GradientOf(node)) : new(false, false, GradientSupport.None)),
            graph.Initializers.Where(entry => entry.Value.Element.IsFloatingPoint).Sum(entry => entry.Value.ElementCount),
            facts.OtherDomains,
            facts.Functions,
            facts.ExternalFiles,
            facts.Producer,
            graph.Metadata,
            reason,
            NotExecuted(graph),
            NoGradient(graph));
    }

    private static string? NotExecuted(OnnxGraph graph)
    {
        if (OperatorSupport.OpsetObstacle(graph) is { } opset)
        {
            return opset;
        }

        string[] unknown = [.. graph.Nodes.Where(node => !OperatorSupport.IsExecuted(node)).Select(OperatorSupport.NameOf).Distinct().Order(StringComparer.Ordinal)];
        return unknown.Length == 0 ? null : $"TorchSharp's side has no operator {string.Join(", ", unknown)}";
    }

    private static string? NoGradient(OnnxGraph graph)
    {
        try
        {
            InputGradientGraph.Derive(graph);
            return null;
        }
        catch (InvalidModelException exception)
        {
            return exception.Message;
        }
    }

    private static InspectedTensor Describe(GraphValue value) =>
        new(value.Name, $"{value.Type.Element}", value.Type.Shape is null ? null : [.. value.Type.Shape.Select(size => size.ToString())]);

    private static string GradientText(GradientSupport gradient) => gradient switch
    {
        GradientSupport.Rule => "rule",
        GradientSupport.StraightThrough => "straight through",
        GradientSupport.Constant => "constant",
        _ => "none",
    };

    private static void Write(ModelInspection inspection, TextWriter output)
    {
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{inspection.File}: operator set {inspection.Opset}, {inspection.Parameters:N0} parameters"));
        foreach ((string what, IReadOnlyList<string> names) in new[]
        {
            ("Written by", inspection.Producer.Length > 0 ? [inspection.Producer] : []), ("Other operator sets", inspection.OtherDomains), ("Functions", inspection.Functions), ("Weights in other files", inspection.ExternalFiles),
        })
        {
            if (names.Count > 0)
            {
                output.WriteLine($"{what}: {string.Join(", ", names)}");
            }
        }

        foreach ((string can, string? cannot) in new[]
        {
            ("served", inspection.CannotBeServed), ("executed and trained by TorchSharp", inspection.CannotBeTrained), ("served with its input gradients", inspection.CannotBeDifferentiated),
        })
        {
            output.WriteLine(cannot is null ? $"It can be {can}." : $"It cannot be {can}: {cannot}");
        }

        var tensors = new ResultTable("", "name", "elements", "shape");
        foreach ((string kind, InspectedTensor tensor) in inspection.Inputs.Select(tensor => ("input", tensor)).Concat(inspection.Outputs.Select(tensor => ("output", tensor))))
        {
            tensors.Add(kind, tensor.Name, tensor.ElementType, tensor.Shape is null ? "unknown" : $"[{string.Join(", ", tensor.Shape)}]");
        }

        var operators = new ResultTable("operator", ResultColumn.Number("nodes"), "executed", "trained", "gradient");
        foreach ((string name, int count) in inspection.Operators)
        {
            InspectedOperator support = inspection.OperatorSupport[name];
            operators.Add(name, $"{count}", support.Executed ? "yes" : "no", support.Trained ? "yes" : support.Gradient == GradientSupport.Constant ? "constant" : "no", GradientText(support.Gradient));
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

/// <summary>What can be done with an operator.</summary>
/// <param name="Executed">Whether TorchSharp executes it.</param>
/// <param name="Trained">Whether gradients pass it in training.</param>
/// <param name="Gradient">How a gradient graph passes it.</param>
internal sealed record InspectedOperator(bool Executed, bool Trained, GradientSupport Gradient);

/// <summary>What <c>gd-serve inspect</c> finds in a model.</summary>
/// <param name="File">The file.</param>
/// <param name="Opset">Version of the standard operator set that the file follows.</param>
/// <param name="Inputs">Inputs, in the file's order.</param>
/// <param name="Outputs">Outputs, in the file's order.</param>
/// <param name="Operators">How many nodes each operator has, once the file is raised to the operator set that is written.</param>
/// <param name="OperatorSupport">What can be done with each.</param>
/// <param name="Parameters">Number of floating-point elements in initializers.</param>
/// <param name="OtherDomains">Operator sets of other domains.</param>
/// <param name="Functions">Functions that the file defines.</param>
/// <param name="ExternalFiles">Files that hold its weights.</param>
/// <param name="Producer">The program that wrote it; empty where it says nothing.</param>
/// <param name="Metadata">The file's <c>metadata_props</c>.</param>
/// <param name="CannotBeServed">Why ONNX Runtime does not run it; none where it does.</param>
/// <param name="CannotBeTrained">Why TorchSharp does not execute it; none where it does.</param>
/// <param name="CannotBeDifferentiated">Why it has no companion that yields input gradients; none where it has.</param>
internal sealed record ModelInspection(
    string File,
    int Opset,
    IReadOnlyList<InspectedTensor> Inputs,
    IReadOnlyList<InspectedTensor> Outputs,
    IReadOnlyDictionary<string, int> Operators,
    IReadOnlyDictionary<string, InspectedOperator> OperatorSupport,
    long Parameters,
    IReadOnlyList<string> OtherDomains,
    IReadOnlyList<string> Functions,
    IReadOnlyList<string> ExternalFiles,
    string Producer,
    IReadOnlyDictionary<string, string> Metadata,
    string? CannotBeServed,
    string? CannotBeTrained,
    string? CannotBeDifferentiated);

/// <summary>An input or output of an inspected model.</summary>
/// <param name="Name">Its name.</param>
/// <param name="ElementType">The type of its elements.</param>
/// <param name="Shape">Sizes as numbers, names, or <c>?</c>; none where the file states no shape.</param>
internal sealed record InspectedTensor(string Name, string ElementType, IReadOnlyList<string>? Shape);
