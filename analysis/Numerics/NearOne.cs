namespace GradientDynamics.Analysis.Numerics;

/// <summary>log(1 + x) and exp(x) − 1 that keep their digits for small x; the platform's LogP1 and ExpM1 are the plain expressions and lose them.</summary>
/// <remarks>Accuracy: four roundings. Kahan's compensation: the rounding of 1 + x (or of exp(x)) occurs above and below the fraction and cancels.</remarks>
public static class NearOne
{
    /// <summary>log(1 + x).</summary>
    /// <param name="x">At least −1.</param>
    public static double Log(double x)
    {
        if (Math.Abs(x) > 0.5)
        {
            return Math.Log(1 + x);
        }

        double sum = 1 + x;
        return sum == 1 ? x : Math.Log(sum) * (x / (sum - 1));
    }

    /// <summary>exp(x) − 1.</summary>
    /// <param name="x">Any number.</param>
    public static double Exp(double x)
    {
        if (Math.Abs(x) > 1)
        {
            return Math.Exp(x) - 1;
        }

        double power = Math.Exp(x);
        return power == 1 ? x : (power - 1) * (x / Math.Log(power));
    }
}
