namespace GradientDynamics.Onnx.Opsets;

/// <summary>BatchNormalization up to opset 13: with more outputs than one it trained; from 14 on training_mode says so, and the batch's own mean and variance are no outputs.</summary>
internal static class BatchNormalizationTraining
{
    public static void Rewrite(OldNode old)
    {
        if (Enumerable.Range(1, Math.Max(0, old.Node.Outputs.Count - 1)).All(index => old.Node.Output(index) is null))
        {
            old.Become(old.Node.Attributes, outputs: old.Node.Outputs.Take(1));
            return;
        }

        foreach (int saved in new[] { 3, 4 })
        {
            if (old.Node.Output(saved) is { } name && old.IsUsed(name))
            {
                throw old.Refuse($"its output '{name}' (saved_{(saved == 3 ? "mean" : "var")}) is used; from opset 14 on there is none");
            }
        }

        old.Become(old.Node.Attributes.With("training_mode", 1), outputs: old.Node.Outputs.Take(3));
    }
}
