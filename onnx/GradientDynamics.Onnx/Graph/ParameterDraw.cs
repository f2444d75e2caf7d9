namespace GradientDynamics.Onnx.Graph;

/// <summary>
/// The distribution from which the authors of a network draw one parameter. Fans are counted as torch counts them: of sizes
/// [out, in, kernel…], fan in is in times the kernel's size, fan out is out times the kernel's size, whatever the number of groups.
/// </summary>
public sealed class ParameterDraw
{
    private readonly Func<Source, Func<double>> _numbers;

    private ParameterDraw(Func<Source, Func<double>> numbers) => _numbers = numbers;

    /// <summary>Zero.</summary>
    public static ParameterDraw Zero { get; } = new(_ => () => 0);

    /// <summary>Normal with deviation √(2 / fan in) (He et al. 2015).</summary>
    public static ParameterDraw KaimingNormalFanIn { get; } = new(source => Scaled(source.Normal, Math.Sqrt(2 / source.FanIn)));

    /// <summary>Normal with deviation √(2 / fan out) (He et al. 2015).</summary>
    public static ParameterDraw KaimingNormalFanOut { get; } = new(source => Scaled(source.Normal, Math.Sqrt(2 / source.FanOut)));

    /// <summary>Normal with deviation √(1 / fan in) (LeCun et al. 1998).</summary>
    public static ParameterDraw LecunNormal { get; } = new(source => Scaled(source.Normal, Math.Sqrt(1 / source.FanIn)));

    /// <summary>Uniform in ±√(6 / (fan in + fan out)) (Glorot and Bengio 2010).</summary>
    public static ParameterDraw XavierUniform { get; } = new(source => Scaled(() => (2 * source.Uniform()) - 1, Math.Sqrt(6 / (source.FanIn + source.FanOut))));

    /// <summary>Normal with mean 0 and the deviation given.</summary>
    public static ParameterDraw Normal(double deviation) => new(source => Scaled(source.Normal, deviation));

    internal Func<double> Numbers(Func<double> uniform, Func<double> normal, double fanIn, double fanOut) => _numbers(new(uniform, normal, fanIn, fanOut));

    private static Func<double> Scaled(Func<double> draw, double factor) => () => factor * draw();

    private sealed record Source(Func<double> Uniform, Func<double> Normal, double FanIn, double FanOut);
}

/// <summary>How the authors of a network draw a layer; followed under <see cref="Initialization.Published"/>.</summary>
/// <param name="Weight">How they draw its weight; null is torch's way.</param>
/// <param name="Bias">How they draw its bias; null is torch's way.</param>
public sealed record LayerDraw(ParameterDraw? Weight = null, ParameterDraw? Bias = null);
