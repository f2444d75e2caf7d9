namespace GradientDynamics.Preprocessing;

/// <summary>Width and height in pixels.</summary>
public sealed record ImageSize
{
    /// <summary>Pixels in a row.</summary>
    public required int Width { get; init { ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value); field = value; } }

    /// <summary>Pixels in a column.</summary>
    public required int Height { get; init { ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value); field = value; } }

    /// <summary>As messages print it.</summary>
    public override string ToString() => $"{Width} x {Height}";
}
