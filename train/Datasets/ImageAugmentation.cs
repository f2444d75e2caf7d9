using GradientDynamics.Preprocessing;

namespace GradientDynamics.Train.Datasets;

/// <summary>How training images are changed at random, anew on each visit; evaluation sees them as the preprocessing leaves them.</summary>
/// <remarks>
/// The code of Sagawa et al., 2020, with augmentation switched on: torchvision's RandomResizedCrop with a scale of 0.7 to 1 and RandomHorizontalFlip. The published results of Pezeshki et al. and Idrissi
/// et al. are without.
/// </remarks>
public sealed record ImageAugmentation
{
    /// <summary>A random part of the image, resized to the size that the preprocessing gives, in place of its crops and its resizing; null keeps those. Default one of the published sizes.</summary>
    public RandomResizedCrop? RandomResizedCrop { get; init; } = new();

    /// <summary>Whether images are mirrored left to right with probability 1/2. Default true.</summary>
    public bool Flip { get; init; } = true;
}

/// <summary>A part of an image, of random size, proportions and place.</summary>
/// <remarks>
/// torchvision's RandomResizedCrop: ten draws of an area and of proportions, the first that fits; where none does, the largest part in the centre whose proportions are accepted. Its random numbers are
/// another generator's, so single images differ.
/// </remarks>
public sealed record RandomResizedCrop
{
    private const int Draws = 10;

    /// <summary>Least share of the image's area. Default 0.7.</summary>
    public double MinimumScale { get; init { ThrowIfNoShare(value, nameof(MinimumScale)); field = value; } } = 0.7;

    /// <summary>Largest share of the image's area. Default 1.</summary>
    public double MaximumScale { get; init { ThrowIfNoShare(value, nameof(MaximumScale)); field = value; } } = 1;

    /// <summary>Least width by height. Default 3/4.</summary>
    public double MinimumRatio { get; init { NumberGuards.ThrowIfNotPositive(value, nameof(MinimumRatio)); field = value; } } = 3.0 / 4;

    /// <summary>Largest width by height. Default 4/3.</summary>
    public double MaximumRatio { get; init { NumberGuards.ThrowIfNotPositive(value, nameof(MaximumRatio)); field = value; } } = 4.0 / 3;

    /// <summary>The part of an image of a size.</summary>
    internal PixelRectangle Draw(int width, int height, Random random)
    {
        double area = (double)width * height;
        for (int draw = 0; draw < Draws; draw++)
        {
            double wanted = area * Between(random, MinimumScale, MaximumScale);
            double ratio = Math.Exp(Between(random, Math.Log(MinimumRatio), Math.Log(MaximumRatio)));
            int partWidth = (int)Math.Round(Math.Sqrt(wanted * ratio), MidpointRounding.ToEven);
            int partHeight = (int)Math.Round(Math.Sqrt(wanted / ratio), MidpointRounding.ToEven);
            if (partWidth > 0 && partWidth <= width && partHeight > 0 && partHeight <= height)
            {
                return new(random.Next(width - partWidth + 1), random.Next(height - partHeight + 1), partWidth, partHeight);
            }
        }

        double own = (double)width / height;
        (int centerWidth, int centerHeight) = own < MinimumRatio ? (width, (int)Math.Round(width / MinimumRatio, MidpointRounding.ToEven))
            : own > MaximumRatio ? ((int)Math.Round(height * MaximumRatio, MidpointRounding.ToEven), height)
            : (width, height);
        // A ratio so extreme that rounding would leave nothing.
        (centerWidth, centerHeight) = (Math.Max(1, centerWidth), Math.Max(1, centerHeight));
        return new((width - centerWidth) / 2, (height - centerHeight) / 2, centerWidth, centerHeight);
    }

    private static double Between(Random random, double least, double largest) => least + ((largest - least) * random.NextDouble());

    private static void ThrowIfNoShare(double value, string name)
    {
        NumberGuards.ThrowIfNotPositive(value, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 1, name);
    }
}
