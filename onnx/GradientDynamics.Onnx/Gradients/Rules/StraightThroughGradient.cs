namespace GradientDynamics.Onnx.Gradients.Rules;

/// <summary>
/// Floor, Ceil and Round, whose derivative is 0 wherever it exists: dX = dY, the straight-through estimator, by choice, so that a model that
/// rounds can be attacked and trained.
/// </summary>
/// <remarks>Bengio, Léonard and Courville, 2013, https://arxiv.org/abs/1308.3432.</remarks>
internal static class StraightThroughGradient
{
    public static void Emit(GradientContext node)
    {
        node.RecordStraightThrough();
        IdentityGradient.Emit(node);
    }
}
