namespace GradientDynamics.Train.Datasets;

/// <summary>
/// The colouring of Colored MNIST: two channels, of which the colour keeps one. Colour 0 keeps channel 0 (red), colour 1 channel 1 (green).
/// </summary>
/// <remarks>Arjovsky et al., "Invariant Risk Minimization", 2019, https://arxiv.org/abs/1907.02893.</remarks>
internal static class TwoColors
{
    public static IReadOnlyList<string> Names { get; } = ["red", "green"];

    /// <summary>Writes both channels: the intensities in that of the colour, <c>1 - saturation</c> of them in the other.</summary>
    public static void Paint(ReadOnlySpan<float> intensities, int color, float saturation, Span<float> channels)
    {
        Span<float> kept = channels.Slice(color * intensities.Length, intensities.Length);
        Span<float> other = channels.Slice((1 - color) * intensities.Length, intensities.Length);
        for (int i = 0; i < intensities.Length; i++)
        {
            kept[i] = intensities[i];
            other[i] = intensities[i] * (1 - saturation);
        }
    }
}
