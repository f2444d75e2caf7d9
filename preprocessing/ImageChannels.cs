namespace GradientDynamics.Preprocessing;

/// <summary>Colour of the images that a model sees.</summary>
public enum ImageChannels
{
    /// <summary>Three channels: red, green, blue. An alpha channel is dropped, not blended.</summary>
    Rgb,

    /// <summary>One channel: the luma of ITU-R BT.601, (19595 R + 38470 G + 7471 B + 32768) / 65536, as PIL computes it.</summary>
    Grey,
}
