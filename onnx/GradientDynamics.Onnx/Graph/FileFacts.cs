namespace GradientDynamics.Onnx.Graph;

/// <summary>What the file of a graph says beyond the graph.</summary>
/// <param name="Opset">Version of the standard operator set that the file follows, before it was raised; 0 where it states none.</param>
/// <param name="OtherDomains">Operator sets of other domains, each with its version.</param>
/// <param name="Producer">Name and version of the program that wrote it; empty where it says nothing.</param>
/// <param name="Functions">Names of the functions that it defines, with their domains.</param>
/// <param name="ExternalFiles">Names of the files that hold its weights, each once.</param>
public sealed record FileFacts(int Opset, IReadOnlyList<string> OtherDomains, string Producer, IReadOnlyList<string> Functions, IReadOnlyList<string> ExternalFiles)
{
    /// <summary>The facts of a graph's file; of a graph that did not come from one, those of the file that would be written.</summary>
    public static FileFacts Of(OnnxGraph graph)
    {
        ArgumentNullException.ThrowIfNull(graph);
        if (graph.Source is not { } source)
        {
            return new(graph.Opset, [], "", [], []);
        }

        return new(
            OnnxModelFile.StandardOpset(source.OpsetImport),
            [.. source.OpsetImport.Where(import => import.Domain is not ("" or "ai.onnx")).Select(import => $"{import.Domain} {import.Version}")],
            $"{source.ProducerName} {source.ProducerVersion}".Trim(),
            [.. source.Functions.Select(function => $"{function.Domain}.{function.Name}".TrimStart('.'))],
            graph.ExternalFiles);
    }
}
