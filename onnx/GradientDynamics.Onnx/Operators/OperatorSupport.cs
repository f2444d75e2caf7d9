using GradientDynamics.Onnx.Gradients;
using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Operators;

/// <summary>How a gradient passes through an operator.</summary>
public enum GradientSupport
{
    /// <summary>By its derivative.</summary>
    Rule,

    /// <summary>As if the operator were the identity within its range: rounding and quantization, whose derivative is 0 almost everywhere.</summary>
    StraightThrough,

    /// <summary>Not at all, by definition: the output is constant almost everywhere, or does not depend on the values of the inputs.</summary>
    Constant,

    /// <summary>There is no rule; a gradient graph stops here by name.</summary>
    None,
}

/// <summary>What can be done with an operator: the columns of docs/operators.md.</summary>
public static class OperatorSupport
{
    /// <summary>Why no operator of the graph can be executed, trained or differentiated: it follows a newer opset than those that are known. Null where it does not.</summary>
    public static string? OpsetObstacle(OnnxGraph graph)
    {
        ArgumentNullException.ThrowIfNull(graph);
        return graph.Opset > OperatorSchema.NewestOpset
            ? $"the model follows opset {graph.Opset}; opsets {OperatorSchema.OldestOpset} to {OperatorSchema.NewestOpset} are accepted"
            : null;
    }

    /// <summary>Whether the node's operator is in <see cref="OperatorTable"/>: TorchSharp executes what stands there, and a test holds the two tables against each other.</summary>
    public static bool IsExecuted(GraphNode node)
    {
        ArgumentNullException.ThrowIfNull(node);
        return node.Domain.Length == 0 && OperatorTable.All.ContainsKey(node.Operator);
    }

    /// <summary>Whether gradients reach what stands before the node in training, and its own weights.</summary>
    public static bool IsTrained(GraphNode node) => IsExecuted(node) && GradientOf(node) != GradientSupport.Constant;

    /// <summary>How a gradient passes through the node's operator.</summary>
    public static GradientSupport GradientOf(GraphNode node)
    {
        ArgumentNullException.ThrowIfNull(node);
        return GradientRules.IsNonDifferentiable(node) ? GradientSupport.Constant
            : node.Domain.Length > 0 || !GradientRules.All.ContainsKey(node.Operator) ? GradientSupport.None
            : GradientRules.StraightThrough.Contains(node.Operator) ? GradientSupport.StraightThrough
            : GradientSupport.Rule;
    }

    /// <summary>The operator's name, with its domain where that is not ONNX's own.</summary>
    public static string NameOf(GraphNode node)
    {
        ArgumentNullException.ThrowIfNull(node);
        return node.Domain.Length > 0 ? $"{node.Domain}.{node.Operator}" : node.Operator;
    }
}
