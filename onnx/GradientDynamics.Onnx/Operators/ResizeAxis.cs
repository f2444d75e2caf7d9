namespace GradientDynamics.Onnx.Operators;

/// <summary>What Resize does along one axis: a linear map of <paramref name="From"/> elements to <paramref name="To"/>.</summary>
/// <param name="From">Number of elements of the input.</param>
/// <param name="To">Number of elements of the output.</param>
/// <param name="Scale">Size of the output over that of the input, which may be no integer.</param>
/// <param name="RegionStart">Where the part of the input that is shown begins, from 0 to 1.</param>
/// <param name="RegionEnd">Where it ends.</param>
public sealed record ResizeAxis(long From, long To, double Scale, double RegionStart = 0, double RegionEnd = 1)
{
    /// <summary>The size after scaling, rounded down in single precision as ONNX's shape inference does.</summary>
    public static long ScaledSize(long size, float scale) => (long)MathF.Floor(size * scale);

    /// <summary>The axes after scaling.</summary>
    public static ResizeAxis[] ByScales(ReadOnlySpan<long> from, ReadOnlySpan<float> scales)
    {
        var axes = new ResizeAxis[from.Length];
        for (int i = 0; i < axes.Length; i++)
        {
            axes[i] = new(from[i], ScaledSize(from[i], scales[i]), scales[i]);
        }

        return axes;
    }

    /// <summary>The axes in sizes given, which the policy may change.</summary>
    public static ResizeAxis[] ToSizes(ResizeAttributes resize, ReadOnlySpan<long> from, ReadOnlySpan<long> to)
    {
        ArgumentNullException.ThrowIfNull(resize);
        var axes = new ResizeAxis[from.Length];
        for (int i = 0; i < axes.Length; i++)
        {
            axes[i] = new(from[i], to[i], (double)to[i] / from[i]);
        }

        if (resize.Policy == ResizePolicy.Stretch || axes.Length == 0)
        {
            return axes;
        }

        double scale = resize.Policy == ResizePolicy.NotLarger ? axes.Min(axis => axis.Scale) : axes.Max(axis => axis.Scale);
        return [.. axes.Select(axis => new ResizeAxis(axis.From, (long)((scale * axis.From) + 0.5), scale))];
    }

    /// <summary>Whether the axis stays as it is.</summary>
    public bool IsIdentity => From == To && Scale == 1 && RegionStart == 0 && RegionEnd == 1;

    /// <summary>Place in the input of each element of the output; null where it lies outside of what is shown and the extrapolation value stands.</summary>
    public double?[] Places(ResizeCoordinates coordinates) => [.. Enumerable.Range(0, (int)To).Select(i => Place(i, coordinates))];

    /// <summary>Index of the nearest element of the input for each of the output; -1 where the extrapolation value stands.</summary>
    public long[] Nearest(ResizeAttributes resize)
    {
        ArgumentNullException.ThrowIfNull(resize);
        return [.. Places(resize.Coordinates).Select(place => place is not { } x ? -1 : (long)Math.Clamp(resize.Rounding switch
        {
            ResizeRounding.RoundPreferFloor => Math.Ceiling(x - 0.5),
            ResizeRounding.RoundPreferCeil => Math.Floor(x + 0.5),
            ResizeRounding.Floor => Math.Floor(x),
            _ => Math.Ceiling(x),
        }, 0, From - 1))];
    }

    /// <summary>The map as a matrix [To, From], row by row; rows of zeros where the extrapolation value stands.</summary>
    public double[] Weights(ResizeAttributes resize)
    {
        ArgumentNullException.ThrowIfNull(resize);
        var weights = new double[checked(To * From)];
        double?[] places = Places(resize.Coordinates);
        long[] nearest = resize.Mode == ResizeMode.Nearest ? Nearest(resize) : [];
        for (int row = 0; row < places.Length; row++)
        {
            if (places[row] is { } place)
            {
                Span<double> into = weights.AsSpan(checked((int)(row * From)), (int)From);
                if (resize.Mode == ResizeMode.Nearest)
                {
                    into[(int)nearest[row]] = 1;
                }
                else
                {
                    Interpolate(place, resize, into);
                }
            }
        }

        return weights;
    }

    // Elements around the place, weighted by their distance and summing to 1; those outside of the input are the border's, or have no weight.
    private void Interpolate(double place, ResizeAttributes resize, Span<double> into)
    {
        double shrink = resize.Antialias ? Math.Min(Scale, 1) : 1;
        double reach = (resize.Mode == ResizeMode.Cubic ? 2 : 1) / shrink;
        double total = 0;
        for (long i = (long)Math.Ceiling(place - reach); i <= (long)Math.Floor(place + reach); i++)
        {
            double distance = Math.Abs(i - place) * shrink;
            double weight = resize.Mode == ResizeMode.Cubic ? Cubic(distance, resize.CubicCoefficient) : Math.Max(0, 1 - distance);
            bool inside = i >= 0 && i < From;
            if (inside || !resize.ExcludeOutside)
            {
                into[(int)Math.Clamp(i, 0, From - 1)] += weight;
                total += weight;
            }
        }

        for (int i = 0; i < into.Length; i++)
        {
            into[i] /= total;
        }
    }

    // Keys, "Cubic convolution interpolation for digital image processing", 1981, https://doi.org/10.1109/TASSP.1981.1163711.
    private static double Cubic(double distance, double a) => distance switch
    {
        <= 1 => ((((a + 2) * distance) - (a + 3)) * distance * distance) + 1,
        < 2 => ((((a * distance) - (5 * a)) * distance) + (8 * a)) * distance - (4 * a),
        _ => 0,
    };

    private double? Place(long index, ResizeCoordinates coordinates)
    {
        // The size before it is rounded.
        double exact = Scale * From;
        switch (coordinates)
        {
            case ResizeCoordinates.AlignCorners:
                return exact == 1 ? 0 : index * (From - 1) / (exact - 1);
            case ResizeCoordinates.Asymmetric:
                return index / Scale;
            case ResizeCoordinates.PytorchHalfPixel when exact == 1:
                return -0.5;
            case ResizeCoordinates.HalfPixelSymmetric:
                return (From / 2.0 * (1 - (To / exact))) + ((index + 0.5) / Scale) - 0.5;
            case ResizeCoordinates.CropAndResize:
                double shown = (RegionEnd - RegionStart) * (From - 1);
                double place = (RegionStart * (From - 1)) + (exact == 1 ? shown / 2 : index * shown / (exact - 1));
                return place < 0 || place > From - 1 ? null : place;
            default:
                return ((index + 0.5) / Scale) - 0.5;
        }
    }
}
