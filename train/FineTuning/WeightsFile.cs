using GradientDynamics.Onnx.FineTuning;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Train.Execution;
using GradientDynamics.Train.Training;
using static TorchSharp.torch;

namespace GradientDynamics.Train.FineTuning;

/// <summary>Weights from a file in place of drawn ones: safetensors, or the initializers of an ONNX model.</summary>
internal static class WeightsFile
{
    // More problems than one reads on a line.
    private const int MostShown = 8;

    /// <summary>The graph with the file's weights, in the graph's element types.</summary>
    /// <param name="graph">The network.</param>
    /// <param name="path">A file; one that ends in .onnx is an ONNX model, any other is safetensors.</param>
    /// <param name="headFromScratch">Whether the last layer keeps its weights: it may be absent from the file, or of another size in it.</param>
    /// <exception cref="InvalidDataException">A name is missing, unexpected, or has another shape or a type that is no number; the message lists them.</exception>
    public static OnnxGraph Load(OnnxGraph graph, string path, bool headFromScratch)
    {
        HashSet<string> head = headFromScratch ? HeadOf(graph) : [];
        HashSet<string> settings = [.. SettingOperands.Of(graph).Except(SettingOperands.RunningStatisticsOf(graph))];
        HashSet<string> expected = [.. graph.Initializers.Where(pair => pair.Value.Element.IsFloatingPoint && !settings.Contains(pair.Key)).Select(pair => pair.Key)];
        Dictionary<string, ConstantTensor> values = new(StringComparer.Ordinal);
        List<string> problems = [];
        foreach ((string name, ConstantTensor given) in Read(path))
        {
            string known = WeightNames.Of(name, expected);
            if (head.Contains(known) || WeightNames.IsIgnored(name) || (headFromScratch && WeightNames.IsPretrainingHead(name)))
            {
                continue;
            }

            if (!expected.Contains(known))
            {
                problems.Add($"'{name}' is not expected");
            }
            else if (!given.Element.IsFloatingPoint || !given.Sizes.SequenceEqual(graph.Initializers[known].Sizes))
            {
                problems.Add($"'{name}' is {given.Element}{given.Shape}, expected {graph.Initializers[known].Element}{graph.Initializers[known].Shape}");
            }
            else if (!values.TryAdd(known, Converted(given, graph.Initializers[known].Element)))
            {
                problems.Add($"'{known}' is given twice");
            }
        }

        string[] ofOtherShape = [.. problems];
        problems.AddRange(expected.Where(name => !values.ContainsKey(name) && !head.Contains(name) && !ofOtherShape.Any(problem => problem.StartsWith($"'{name}'", StringComparison.Ordinal)))
            .Select(name => $"'{name}' is missing"));
        if (problems.Count > 0)
        {
            throw new InvalidDataException($"{path}: its weights are not the network's: {string.Join("; ", problems.Take(MostShown))}{(problems.Count > MostShown ? $"; and {problems.Count - MostShown} more" : "")}. "
                + "Accepted are the network's names and shapes, but for the last layer with headFromScratch.");
        }

        return graph.WithInitializers(values);
    }

    private static HashSet<string> HeadOf(OnnxGraph graph)
    {
        LinearHead head = LinearHead.Find(graph);
        return head.Bias is null ? [head.Weight] : [head.Weight, head.Bias];
    }

    private static IEnumerable<KeyValuePair<string, ConstantTensor>> Read(string path)
    {
        if (!path.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase))
        {
            return SafetensorsFile.Read(path).Tensors;
        }

        // Settings and shapes are no weights, and a graph that computes the same may hold others.
        return OnnxModelFile.Read(path).Initializers.Where(pair => pair.Value.Element.IsFloatingPoint);
    }

    private static ConstantTensor Converted(ConstantTensor tensor, ElementType element)
    {
        if (tensor.Element == element)
        {
            return tensor;
        }

        using Tensor given = TorchTensors.ToTorch(tensor);
        return TorchTensors.ToConstant(given, element);
    }
}
