using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;
using GradientDynamics.Train.Agreement;
using GradientDynamics.Train.Execution;
using GradientDynamics.Train.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Conformance;

/// <summary>Executes a case with TorchSharp, compares its outputs with those that are expected, and checks its gradients.</summary>
internal static class CaseRunner
{
    // The same points and projections in every run, and others in every case.
    private static readonly RunSeed Seed = new(0);

    /// <summary>Runs a case; whatever goes wrong in it is its result.</summary>
    public static CaseResult Run(BackendCase each)
    {
        string[] operators = [];
        try
        {
            if (each.Missing is { } missing)
            {
                return Failed(each, operators, missing);
            }

            OnnxGraph graph;
            try
            {
                graph = OnnxModelFile.Read(each.ModelFile);
            }
            catch (UnsupportedOperatorException error)
            {
                return Unsupported(each, operators, error.Message); // an opset, or a form of an operator in it, that is not read
            }

            operators = [.. graph.Nodes.Select(OperatorSupport.NameOf).Distinct().Order(StringComparer.Ordinal)];
            return UnsupportedPart(graph) is { } part ? Unsupported(each, operators, part) : Execute(each, graph, operators);
        }
        catch (Exception error) when (UnsupportedType(error) is { } type)
        {
            return Unsupported(each, operators, $"datatype: {type.Message}");
        }
        catch (Exception error) when (error is not (OperationCanceledException or OutOfMemoryException))
        {
            // What a case brings to light may be any fault of an operator: it is reported as the case's, and the others still run.
            string kind = error is IOException ? "" : $"{error.GetType().Name}: ";
            return Failed(each, operators, kind + error.Message.ReplaceLineEndings(" "));
        }
    }

    private static CaseResult Execute(BackendCase each, OnnxGraph graph, string[] operators)
    {
        double largest = 0;
        string? leftOut = null;
        for (int i = 0; i < each.DataSets.Count; i++)
        {
            string dataSet = each.DataSets[i];
            Dictionary<string, ConstantTensor> inputs = ReadInputs(graph, dataSet);
            IReadOnlyList<(string File, ConstantTensor Tensor)> expected = BackendCase.ReadTensors(dataSet, "output");
            if (expected.Count != graph.Outputs.Count)
            {
                return Failed(each, operators, $"{Path.GetFileName(dataSet)} has {expected.Count} outputs; the graph has {graph.Outputs.Count}");
            }

            (double error, string? difference) = RandomMask.Of(graph, inputs) is { } mask
                ? mask.Compare(graph, inputs, expected)
                : Compare(graph, inputs, expected);
            largest = MaximumOf(largest, error);
            if (difference is not null)
            {
                string place = each.DataSets.Count > 1 ? $"{Path.GetFileName(dataSet)}: " : "";
                return new(each.Name, CaseOutcome.Failed, operators, Number(largest), place + difference, []);
            }

            leftOut = RandomMask.Of(graph, inputs) is null ? leftOut : RandomMask.Explanation;
        }

        IReadOnlyList<InputGradientCheck> gradients = leftOut is not null
            ? []
            : GradientCheck.Run(graph, ReadInputs(graph, each.DataSets[0]), Seed.Stream($"conformance/{each.Name}"));
        InputGradientCheck? wrong = gradients.FirstOrDefault(gradient => gradient.Outcome == GradientOutcome.Differs);
        return new(each.Name, wrong is null ? CaseOutcome.Passed : CaseOutcome.Failed, operators, Number(largest), wrong?.Reason ?? leftOut, gradients);
    }

    private static (double LargestError, string? Difference) Compare(OnnxGraph graph, Dictionary<string, ConstantTensor> inputs, IReadOnlyList<(string File, ConstantTensor Tensor)> expected)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradients = no_grad();
        IReadOnlyDictionary<string, Tensor> outputs = ExecuteInTorch(graph, inputs);
        double largest = 0;
        string? difference = null;
        for (int i = 0; i < expected.Count; i++)
        {
            OutputComparison comparison = OutputComparison.Of(outputs[graph.Outputs[i].Name], expected[i].Tensor, graph.Outputs[i].Name);
            largest = MaximumOf(largest, comparison.LargestError);
            difference ??= comparison.Difference;
        }

        return (largest, difference);
    }

    /// <summary>The outputs of a graph in evaluation, in the current dispose scope.</summary>
    internal static IReadOnlyDictionary<string, Tensor> ExecuteInTorch(OnnxGraph graph, IReadOnlyDictionary<string, ConstantTensor> inputs)
    {
        using GraphModule module = new(graph);
        module.eval();
        return module.Execute(inputs.ToDictionary(pair => pair.Key, pair => InScope(pair.Value), StringComparer.Ordinal));

        static Tensor InScope(ConstantTensor constant)
        {
            using Tensor held = TorchTensors.ToTorch(constant);
            return held.alias();
        }
    }

    private static Dictionary<string, ConstantTensor> ReadInputs(OnnxGraph graph, string dataSet)
    {
        IReadOnlyList<(string File, ConstantTensor Tensor)> tensors = BackendCase.ReadTensors(dataSet, "input");
        if (tensors.Count != graph.Inputs.Count)
        {
            throw new InvalidModelException($"{Path.GetFileName(dataSet)} has {tensors.Count} inputs; the graph has {graph.Inputs.Count}");
        }

        return graph.Inputs.Zip(tensors).ToDictionary(pair => pair.First.Name, pair => pair.Second.Tensor, StringComparer.Ordinal);
    }

    private static string? UnsupportedPart(OnnxGraph graph)
    {
        if (OperatorSupport.OpsetObstacle(graph) is { } opset)
        {
            return opset;
        }

        string[] unknown = [.. graph.Nodes.Where(node => !OperatorSupport.IsExecuted(node)).Select(OperatorSupport.NameOf).Distinct().Order(StringComparer.Ordinal)];
        if (unknown.Length > 0)
        {
            return $"operator {string.Join(", ", unknown)}";
        }

        return graph.Inputs.FirstOrDefault(input => !Enum.IsDefined(input.Type.Element) || input.Type.Element == ElementType.Undefined || input.Type.Element.IsKeptOnly) is { } other
            ? $"datatype: input '{other.Name}' is a sequence, an optional value, or a tensor of elements of another type than those that are listed"
            : null;
    }

    private static UnsupportedElementTypeException? UnsupportedType(Exception error)
    {
        for (Exception? cause = error; cause is not null; cause = cause.InnerException)
        {
            if (cause is UnsupportedElementTypeException type)
            {
                return type;
            }
        }

        return null;
    }

    private static CaseResult Failed(BackendCase each, string[] operators, string reason) => new(each.Name, CaseOutcome.Failed, operators, null, reason, []);

    private static CaseResult Unsupported(BackendCase each, string[] operators, string reason) => new(each.Name, CaseOutcome.Unsupported, operators, null, reason, []);

    // NaN, of which one is enough, stays: Math.Max returns it.
    private static double MaximumOf(double one, double other) => Math.Max(one, other);

    private static double? Number(double number) => double.IsFinite(number) ? number : null;
}
