using GradientDynamics.Analysis.Numerics;

namespace GradientDynamics.Analysis.GradientStarvation;

/// <summary>A convex loss of the margin w = yŷ and its Legendre transform: loss(w) = max over α of Intercept(α) − αw (App. .5.1, Table 2).</summary>
/// <remarks>Accuracy: rounding, also for margins of any size and α at the ends of its interval.</remarks>
public sealed class LegendreDual
{
    private readonly Func<double, double> _loss;
    private readonly Func<double, double> _intercept;
    private readonly Func<double, double> _maximizer;

    private LegendreDual(string name, Func<double, double> loss, Func<double, double> intercept, Func<double, double> maximizer, double lower, double upper)
    {
        Name = name;
        _loss = loss;
        _intercept = intercept;
        _maximizer = maximizer;
        Lower = lower;
        Upper = upper;
    }

    /// <summary>log(1 + exp(−w)) = max over 0 ≤ α ≤ 1 of H(α) − αw, H the binary entropy in nats (Eq. 6.3.6).</summary>
    public static LegendreDual CrossEntropy { get; } = new("cross-entropy", SoftPlus, BinaryEntropy, w => w >= 0 ? Math.Exp(-w) / (1 + Math.Exp(-w)) : 1 / (1 + Math.Exp(w)), 0, 1);

    /// <summary>max(0, 1 − w) = max over 0 ≤ α ≤ 1 of α − αw; at the kink w = 1 every α attains it and 0 is taken.</summary>
    public static LegendreDual Hinge { get; } = new("hinge", w => Math.Max(0, 1 - w), a => a, w => w < 1 ? 1 : 0, 0, 1);

    /// <summary>(1 − w)² = max over α of −α²/4 + α − αw. Table 2 prints −α²/2, whose maximum is ½(1 − w)².</summary>
    public static LegendreDual SquaredError { get; } = new("squared error", w => (1 - w) * (1 - w), a => a - (a * a / 4), w => 2 * (1 - w), double.NegativeInfinity, double.PositiveInfinity);

    /// <summary>Name of the loss.</summary>
    public string Name { get; }

    /// <summary>Smallest α.</summary>
    public double Lower { get; }

    /// <summary>Largest α.</summary>
    public double Upper { get; }

    /// <summary>The loss at a margin.</summary>
    /// <param name="margin">w.</param>
    public double Loss(double margin) => _loss(margin);

    /// <summary>The tangent's intercept: the concave conjugate.</summary>
    /// <param name="dual">α between the bounds.</param>
    public double Intercept(double dual)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(dual, Lower);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(dual, Upper);
        return _intercept(dual);
    }

    /// <summary>The lower bound Intercept(α) − αw, a tangent of the loss.</summary>
    /// <param name="dual">α.</param>
    /// <param name="margin">w.</param>
    public double Bound(double dual, double margin) => Intercept(dual) - (dual * margin);

    /// <summary>α* = −d loss/dw, where the bound is tight.</summary>
    /// <param name="margin">w.</param>
    public double Maximizer(double margin) => _maximizer(margin);

    /// <summary>H(α) = −α·log α − (1 − α)·log(1 − α), 0 at both ends.</summary>
    /// <param name="dual">α in [0, 1].</param>
    public static double BinaryEntropy(double dual) => dual is <= 0 or >= 1 ? 0 : -(dual * Math.Log(dual)) - ((1 - dual) * NearOne.Log(-dual));

    private static double SoftPlus(double w) => w >= 0 ? NearOne.Log(Math.Exp(-w)) : NearOne.Log(Math.Exp(w)) - w;
}
