using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace GradientDynamics.Train.Procedures;

/// <summary>
/// Logistic regression with an L1 penalty: the minimum of C·Σ CE(W·x + b, y) + ‖W‖₁ over examples, the bias free, by accelerated proximal gradient steps (FISTA) that begin anew where the momentum
/// points uphill. A single logit is the two-class case.
/// </summary>
/// <remarks>Beck and Teboulle, "A Fast Iterative Shrinkage-Thresholding Algorithm", 2009; O'Donoghue and Candès, 2015, for the restart.</remarks>
internal static class SparseLogisticRegression
{
    // A step that moves no coefficient by more than this part of the largest: predictions of standardised features are then fixed to far below what an accuracy can see.
    private const double Tolerance = 1e-7;

    // Reached only where classes are separable and the penalty is weak, where more steps scale the weights but hardly turn them.
    private const int LargestIterationCount = 5000;

    /// <summary>Weights (logits, features) and bias (logits) for features (examples, features) in double precision.</summary>
    public static (Tensor Weight, Tensor Bias) Fit(Tensor features, Tensor labels, int logitCount, double inverseStrength)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradients = no_grad();
        Tensor inputs = cat([features, ones([features.shape[0], 1], features.dtype)], 1);
        Tensor truth = logitCount == 1 ? labels.unsqueeze(1).to(features.dtype) : functional.one_hot(labels, logitCount).to(features.dtype);
        Tensor gram = inputs.shape[0] < inputs.shape[1] ? inputs.mm(inputs.t()) : inputs.t().mm(inputs);
        // The curvature of the cross-entropy in its logits is at most 1/4 for one, 1/2 for several.
        double stepSize = 1 / (inverseStrength * (logitCount == 1 ? 0.25 : 0.5) * linalg.eigvalsh(gram).max().item<double>());

        // The bias is the last column.
        Tensor current = zeros([logitCount, inputs.shape[1]], features.dtype);
        Tensor ahead = current;
        double momentum = 1;
        for (int iteration = 0; iteration < LargestIterationCount; iteration++)
        {
            using DisposeScope step = NewDisposeScope();
            Tensor logits = inputs.mm(ahead.t());
            Tensor residuals = (logitCount == 1 ? logits.sigmoid() : functional.softmax(logits, 1)) - truth;
            Tensor moved = ahead - (residuals.t().mm(inputs) * (inverseStrength * stepSize));
            Tensor weight = moved.narrow(1, 0, features.shape[1]);
            Tensor next = cat([weight.sign() * (weight.abs() - stepSize).relu(), moved.narrow(1, features.shape[1], 1)], 1);

            Tensor change = next - current;
            bool uphill = ((ahead - next) * change).sum().item<double>() > 0;
            double nextMomentum = uphill ? 1 : (1 + Math.Sqrt(1 + (4 * momentum * momentum))) / 2;
            ahead = (uphill ? next.alias() : next + (change * ((momentum - 1) / nextMomentum))).MoveToOuterDisposeScope();
            momentum = nextMomentum;
            current = next.MoveToOuterDisposeScope();
            if (change.abs().max().item<double>() <= Tolerance * (1 + current.abs().max().item<double>()))
            {
                break;
            }
        }

        return (current.narrow(1, 0, features.shape[1]).clone().MoveToOuterDisposeScope(), current.narrow(1, features.shape[1], 1).squeeze(1).clone().MoveToOuterDisposeScope());
    }
}
