using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;
using OnnxProto;

namespace GradientDynamics.Onnx.Tests.Operators;

/// <summary>ONNX's own backend tests as judge: real operands, real outputs.</summary>
public class PublishedCasesTests
{
    internal static readonly string? Folder = Environment.GetEnvironmentVariable("GRADIENTDYNAMICS_DATA") is { Length: > 0 } data ? Path.Combine(data, "onnx-backend-tests") : null;

    [Fact]
    public void Types_and_shapes_are_those_of_the_published_outputs()
    {
        Assert.SkipUnless(Directory.Exists(Folder), "GRADIENTDYNAMICS_DATA names no folder with onnx-backend-tests");
        List<string> wrong = [];
        HashSet<string> operators = [];
        int held = 0;
        foreach (string folder in Directory.EnumerateDirectories(Folder!).Order(StringComparer.Ordinal))
        {
            OnnxGraph? graph = TryRead(folder);
            if (graph is null || !graph.Nodes.All(node => node.Domain.Length == 0
                && OperatorTable.All.TryGetValue(node.Operator, out OperatorSchema? schema) && schema.FirstOpset <= graph.Opset && graph.Opset <= schema.LastOpset))
            {
                continue;
            }

            try
            {
                wrong.AddRange(Differences(folder, graph));
                held++;
                operators.UnionWith(graph.Nodes.Select(node => node.Operator));
            }
            catch (Exception error) when (error is InvalidModelException)
            {
                wrong.Add($"{Path.GetFileName(folder)}: {error.Message}");
            }
        }

        wrong.ShouldBeEmpty();

        // Of the 476 cases these are the ones of the table; fewer would mean that they are no longer read.
        held.ShouldBeGreaterThan(160);
        operators.Count.ShouldBeGreaterThan(40);
    }

    internal static OnnxGraph? TryRead(string folder)
    {
        try
        {
            return OnnxModelFile.Read(Path.Combine(folder, "model.onnx"));
        }
        catch (InvalidModelException error) when (error.Message.Contains("element type"))
        {
            return null; // floats of 8 bits, integers of 4
        }
    }

    private static IEnumerable<string> Differences(string folder, OnnxGraph graph)
    {
        string name = Path.GetFileName(folder);
        ConstantTensor[] inputs = [.. Tensors(folder, "input", graph.Inputs.Count)];
        ConstantTensor[] outputs = [.. Tensors(folder, "output", graph.Outputs.Count)];

        // As declared: a contradiction would be an error.
        ShapeInference.Infer(graph, strict: true);

        // With operands as initializers and without declared outputs, every size must be found.
        OnnxGraph known = new(
            [],
            graph.Outputs.Select(output => new GraphValue(output.Name, new(ElementType.Undefined, null))),
            graph.Nodes,
            graph.Initializers.Concat(graph.Inputs.Zip(inputs, (input, tensor) => KeyValuePair.Create(input.Name, tensor))),
            graph.Opset);
        IReadOnlyDictionary<string, TensorType> types = ShapeInference.Infer(known, strict: true);
        foreach ((GraphValue output, ConstantTensor expected) in graph.Outputs.Zip(outputs))
        {
            TensorType inferred = types[output.Name];
            TensorType actual = new(expected.Element, expected.Shape);
            bool sizesAreFloats = graph.Nodes.Any(node => node.Operator is "Range" or "OneHot") && !inferred.Shape!.IsFixed;
            if (sizesAreFloats ? inferred.Element != actual.Element || inferred.Shape!.Rank != actual.Shape!.Rank : inferred != actual)
            {
                yield return $"{name}: '{output.Name}' is {actual}, inferred is {inferred}";
            }
        }
    }

    internal static IEnumerable<ConstantTensor> Tensors(string folder, string kind, int count) => Enumerable.Range(0, count)
        .Select(i => OnnxModelFile.ReadTensor(TensorProto.Parser.ParseFrom(File.ReadAllBytes(Path.Combine(folder, "test_data_set_0", $"{kind}_{i}.pb")))));
}
