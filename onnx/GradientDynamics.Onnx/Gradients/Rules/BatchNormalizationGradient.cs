using GradientDynamics.Onnx.Operators;

namespace GradientDynamics.Onnx.Gradients.Rules;

/// <summary>Y = scale·(X − mean) / √(variance + offset) + bias with constant statistics (inference): dX = dY·scale / √(variance + offset), per channel.</summary>
internal static class BatchNormalizationGradient
{
    public static void Emit(GradientContext node)
    {
        string[] operands = ["X", "scale", "bias", "mean", "variance"];
        for (int i = 1; i < operands.Length; i++)
        {
            node.RequireNoGradient(i, operands[i]);
        }

        BatchNormalizationAttributes normalization = BatchNormalizationAttributes.Of(node.Node);
        if (normalization.TrainingMode)
        {
            throw node.Unsupported("it is in training mode; a model for inference is accepted");
        }

        GradientGraph graph = node.Graph;
        string deviation = graph.Add("Sqrt", graph.Add("Add", node.Input(4), graph.Scalar(node.InputElement(4), normalization.VarianceOffset)));
        string factor = graph.Add("Div", node.Input(1), deviation);
        node.SetInputGradient(0, node.OutputGradient(), factor);
    }
}
