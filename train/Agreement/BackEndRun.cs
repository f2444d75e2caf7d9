using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;
using GradientDynamics.Onnx.Runtime;
using GradientDynamics.Train.Execution;
using TorchSharp;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Agreement;

/// <summary>A value of a graph in both back ends.</summary>
/// <param name="Value">Its name.</param>
/// <param name="LargestDifference">Largest absolute difference of its elements; null where it is no number.</param>
/// <param name="Tolerance">What rounding may account for.</param>
/// <param name="Agrees">Whether the back ends agree.</param>
internal sealed record ValueAgreement(string Value, double? LargestDifference, double Tolerance, bool Agrees);

/// <summary>Runs a graph in TorchSharp and in ONNX Runtime, and finds the node at which they part.</summary>
internal static class BackEndRun
{
    /// <summary>The outputs in both; of a graph that TorchSharp cannot execute as a whole the values up to where it can.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="inputs">Values of its inputs.</param>
    public static IReadOnlyList<ValueAgreement> Compare(OnnxGraph graph, string name, IReadOnlyDictionary<string, ConstantTensor> inputs)
    {
        // As it will be served: with ONNX Runtime's own rewriting where the outputs are the model's.
        return graph.Nodes.All(OperatorSupport.IsExecuted)
            ? Compare(graph, graph, name, inputs, GraphOptimization.All)
            : CompareValues(graph, graph, name, inputs);
    }

    /// <summary>The first node with an output in which the back ends differ; null where they differ in none once ONNX Runtime rewrites nothing.</summary>
    public static (GraphNode Node, ValueAgreement Value)? FindFirst(OnnxGraph graph, string name, IReadOnlyDictionary<string, ConstantTensor> inputs) =>
        CompareValues(graph, graph, name, inputs).FirstOrDefault(value => !value.Agrees) is { } first
            ? (graph.Nodes.First(node => node.Outputs.Contains(first.Value)), first)
            : null;

    /// <summary>The outputs in TorchSharp, in evaluation.</summary>
    public static IReadOnlyDictionary<string, ConstantTensor> InTorchSharp(OnnxGraph graph, IReadOnlyDictionary<string, ConstantTensor> inputs)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradients = no_grad();
        using GraphModule module = new(graph);
        module.eval();
        Dictionary<string, Tensor> values = new(StringComparer.Ordinal);
        foreach (GraphValue input in graph.Inputs)
        {
            using Tensor held = TorchTensors.ToTorch(inputs[input.Name]);
            values.Add(input.Name, held.alias());
        }

        return module.Execute(values).ToDictionary(pair => pair.Key, pair => TorchTensors.ToConstant(pair.Value), StringComparer.Ordinal);
    }

    /// <summary>The outputs in ONNX Runtime.</summary>
    public static IReadOnlyDictionary<string, ConstantTensor> InOnnxRuntime(OnnxGraph graph, string name, IReadOnlyDictionary<string, ConstantTensor> inputs, GraphOptimization optimization)
    {
        using OnnxSession session = OnnxSession.Load(OnnxModelFile.ToBytes(graph), name, new() { Optimization = optimization });
        OnnxTensor[] values = [.. session.Inputs.Select(input => OnnxTensor.CreateRaw(input.Name, inputs[input.Name].Element, inputs[input.Name].Sizes, inputs[input.Name].Bytes))];
        return session.Run(values).ToDictionary(output => output.Name, output => new ConstantTensor(output.ElementType, output.Shape, output.Data), StringComparer.Ordinal);
    }

    /// <summary>Every value that TorchSharp can compute, in the order of the nodes, with ONNX Runtime's graph as the file has it.</summary>
    internal static IReadOnlyList<ValueAgreement> CompareValues(OnnxGraph graph, OnnxGraph runtime, string name, IReadOnlyDictionary<string, ConstantTensor> inputs)
    {
        IReadOnlyDictionary<string, TensorType> types = ShapeInference.Infer(graph);
        HashSet<string> reached = [.. graph.Inputs.Select(input => input.Name), .. graph.Initializers.Keys];
        List<GraphNode> executed = [];
        List<GraphValue> values = [];
        foreach (GraphNode node in graph.Nodes.Where(node => OperatorSupport.IsExecuted(node) && node.Uses.All(reached.Contains)))
        {
            executed.Add(node);
            foreach (string output in node.Outputs.Where(output => output.Length > 0))
            {
                reached.Add(output);
                if (types[output].Element is not (ElementType.Undefined or ElementType.String))
                {
                    values.Add(new(output, types[output]));
                }
            }
        }

        OnnxGraph part = new(graph.Inputs, values, executed, graph.Initializers, graph.Opset, name: graph.Name);
        return values.Count == 0 ? [] : Compare(part, runtime.WithOutputs(values), name, inputs, GraphOptimization.None);
    }

    private static IReadOnlyList<ValueAgreement> Compare(OnnxGraph torch, OnnxGraph runtime, string name, IReadOnlyDictionary<string, ConstantTensor> inputs, GraphOptimization optimization)
    {
        IReadOnlyDictionary<string, ConstantTensor> left = InTorchSharp(torch, inputs);
        IReadOnlyDictionary<string, ConstantTensor> right = InOnnxRuntime(runtime, name, inputs, optimization);
        return
        [
            .. torch.Outputs.Select(output =>
            {
                BackEndAgreement agreement = BackEndAgreement.Of(left[output.Name], right[output.Name]);
                return new ValueAgreement(output.Name, double.IsFinite(agreement.LargestDifference) ? agreement.LargestDifference : null, agreement.Tolerance, agreement.Holds);
            }),
        ];
    }
}
