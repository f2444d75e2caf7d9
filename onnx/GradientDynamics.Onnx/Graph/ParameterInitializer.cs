namespace GradientDynamics.Onnx.Graph;

/// <summary>Draws the parameters of layers from one source of random numbers, element by element in row-major order.</summary>
internal sealed class ParameterInitializer(Random? random, Initialization initialization)
{
    // Jacot et al. 2018, section 6: the bias enters with a factor of 0.1.
    public const double TangentKernelBiasFactor = 0.1;

    public ConstantTensor Weight(ElementType element, long[] sizes, ParameterDraw? published = null)
    {
        if (initialization == Initialization.Published && published is not null)
        {
            return Draw(element, sizes, published);
        }

        (double fanIn, double fanOut) = Fans(sizes);
        return initialization switch
        {
            // kaiming_uniform with a = √5: gain √(1/3) times √(3 / fan in).
            Initialization.Torch or Initialization.Published => Uniform(element, sizes, 1 / Math.Sqrt(fanIn)),
            Initialization.XavierUniform => Uniform(element, sizes, Math.Sqrt(6 / (fanIn + fanOut))),
            Initialization.Ntk => Fill(element, sizes, Normal),
            _ => throw new InvalidOperationException($"There is no initialization {initialization}."),
        };
    }

    public ConstantTensor Bias(ElementType element, long size, long fanIn, ParameterDraw? published = null) => initialization switch
    {
        Initialization.Published when published is not null => Draw(element, [size], published),
        Initialization.Torch or Initialization.Published => Uniform(element, [size], 1 / Math.Sqrt(fanIn)),
        Initialization.XavierUniform => Fill(element, [size], () => 0),
        Initialization.Ntk => Fill(element, [size], Normal),
        _ => throw new InvalidOperationException($"There is no initialization {initialization}."),
    };

    // A parameter that is no layer's weight or bias: drawn one way whatever the initialization.
    public ConstantTensor Draw(ElementType element, long[] sizes, ParameterDraw draw)
    {
        (double fanIn, double fanOut) = sizes.Length < 2 ? (0, 0) : Fans(sizes);
        return Fill(element, sizes, draw.Numbers(Next, Normal, fanIn, fanOut));
    }

    public static ConstantTensor Fill(ElementType element, long[] sizes, Func<double> draw)
    {
        long count = sizes.Aggregate(1L, (product, size) => checked(product * size));
        switch (element)
        {
            case ElementType.Float:
                var singles = new float[count];
                for (long i = 0; i < count; i++)
                {
                    singles[i] = (float)draw();
                }

                return ConstantTensor.Of<float>(singles, sizes);
            case ElementType.Double:
                var doubles = new double[count];
                for (long i = 0; i < count; i++)
                {
                    doubles[i] = draw();
                }

                return ConstantTensor.Of<double>(doubles, sizes);
            default:
                throw new InvalidModelException($"Parameters are {element}; Float and Double are accepted.");
        }
    }

    // Sizes are [out, in, kernel…]: fans are counted as torch counts them.
    private static (double In, double Out) Fans(long[] sizes)
    {
        long receptive = sizes.Skip(2).Aggregate(1L, (product, size) => checked(product * size));
        return checked((sizes[1] * receptive, sizes[0] * receptive));
    }

    private ConstantTensor Uniform(ElementType element, long[] sizes, double bound) => Fill(element, sizes, () => (2 * Next() - 1) * bound);

    // Box and Muller's cosine branch only: two uniform numbers per draw whatever came before, so that draws do not depend on parity.
    private double Normal() => Math.Sqrt(-2 * Math.Log(1 - Next())) * Math.Cos(2 * Math.PI * Next());

    private double Next() => (random ?? throw new InvalidOperationException("The builder was given no source of random numbers to draw parameters from.")).NextDouble();
}
