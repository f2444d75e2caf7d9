using System.Numerics;

namespace GradientDynamics.Train.Training.TensorBoard;

/// <summary>CRC-32C (Castagnoli), and its masked form that TFRecord stores.</summary>
/// <remarks>RFC 3720, appendix B.4 has test vectors; the mask is that of TensorFlow's record format.</remarks>
internal static class Crc32C
{
    private const uint MaskDelta = 0xa282ead8;

    public static uint Compute(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in bytes)
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return ~crc;
    }

    public static uint Masked(ReadOnlySpan<byte> bytes) => BitOperations.RotateRight(Compute(bytes), 15) + MaskDelta;
}
