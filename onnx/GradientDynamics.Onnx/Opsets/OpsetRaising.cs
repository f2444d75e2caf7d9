using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;

namespace GradientDynamics.Onnx.Opsets;

/// <summary>Writes the nodes of an older opset in the forms of a newer one, rule by rule, each from one version of its operator to the next.</summary>
internal static class OpsetRaising
{
    private static readonly ILookup<string, OpsetRule> Rules = OpsetRules.All.ToLookup(rule => rule.Operator);

    /// <summary>Whether a node of <paramref name="opset"/> is read in another form, or has to be checked for what that opset did not have.</summary>
    public static bool IsNeeded(GraphNode node, int opset) =>
        node.Domain.Length == 0 && (opset < OnnxGraph.WrittenOpset || Rules[node.Operator].Any(rule => rule.Applies(opset)));

    /// <summary>The nodes that <paramref name="node"/> becomes, added to the scope.</summary>
    /// <exception cref="InvalidModelException">The node has what its operator did not have in that opset.</exception>
    /// <exception cref="UnsupportedOperatorException">The operator did not exist in that opset, or the form cannot be written in newer ones.</exception>
    public static IEnumerable<GraphNode> Raise(GraphNode node, int opset, TypeScope scope, FreshNames names, Func<string, bool> isUsed)
    {
        if (node.Domain.Length == 0)
        {
            OperatorSchema? schema = OperatorTable.All.GetValueOrDefault(node.Operator);
            schema?.CheckAge(node, opset);
            if (Rules[node.Operator].Where(rule => rule.Applies(opset)).MinBy(rule => rule.Until) is { } rule)
            {
                OldNode old = new(node, scope, names, isUsed);
                rule.Rewrite(old);
                return [.. (old.Written.Count == 0 ? [node] : old.Written).SelectMany(written => Raise(written, rule.Until, scope, names, isUsed))];
            }

            schema?.CheckOpset(node, opset);
        }

        scope.AddIfItFits(node);
        return [node];
    }
}
