using static TorchSharp.torch;

namespace GradientDynamics.Train.Execution;

/// <summary>
/// The straight-through estimator: a function that is constant almost everywhere passes gradients as if it were the identity, as the gradient
/// graph has it too.
/// </summary>
/// <remarks>Bengio, Léonard and Courville, 2013, https://arxiv.org/abs/1308.3432.</remarks>
internal static class StraightThrough
{
    /// <summary>The function with the identity's gradient.</summary>
    public static Func<Tensor, Tensor> Of(Func<Tensor, Tensor> function) => x => IsDifferentiated(x) ? Pass(x, function) : function(x);

    /// <summary>Whether a gradient can be asked for.</summary>
    public static bool IsDifferentiated(Tensor x) => is_grad_enabled() && x.requires_grad;

    // The function's value, exactly, plus x - x, which is 0 and has the gradient.
    private static Tensor Pass(Tensor x, Func<Tensor, Tensor> function)
    {
        using Tensor detached = x.detach();
        using Tensor value = function(detached);
        using Tensor nothing = x - detached;
        return value + nothing;
    }
}
