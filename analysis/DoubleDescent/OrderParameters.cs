namespace GradientDynamics.Analysis.DoubleDescent;

/// <summary>The two numbers that decide the student's generalisation error (Eq. 4.2.7).</summary>
/// <param name="R">Alignment with the teacher, (Fŵ)ᵀw/d.</param>
/// <param name="Q">Modulated squared norm, ‖Fŵ‖²/d.</param>
public readonly record struct OrderParameters(double R, double Q)
{
    /// <summary>L_G = ½(1 + Q − 2R) on noiseless targets with ‖w‖² = d (Eq. 4.2.6). Accuracy: absolute rounding; 1 + Q and 2R cancel near zero error.</summary>
    public double GeneralizationError => (1 + Q - (2 * R)) / 2;

    /// <summary>Mean of several order parameters.</summary>
    /// <param name="values">At least one.</param>
    public static OrderParameters Mean(IReadOnlyCollection<OrderParameters> values) => new(values.Average(value => value.R), values.Average(value => value.Q));
}
