using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;

namespace GradientDynamics.Onnx.Gradients.Rules;

/// <summary>Y is X with its axes permuted: dX is dY with the inverse permutation. Without perm the axes are reversed, which is its own inverse.</summary>
internal static class TransposeGradient
{
    public static void Emit(GradientContext node)
    {
        NodeAttributes attributes = NodeAttributes.None;
        if (TransposeAttributes.Of(node.Node).Permutation is { } permutation)
        {
            var inverse = new long[permutation.Count];
            for (int i = 0; i < inverse.Length; i++)
            {
                inverse[permutation[i]] = i;
            }

            attributes = attributes.With("perm", inverse);
        }

        node.SetInputGradient(0, node.Graph.Add("Transpose", attributes, node.OutputGradient()));
    }
}
