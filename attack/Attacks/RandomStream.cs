using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace GradientDynamics.Attack.Attacks;

/// <summary>A stream of random numbers that belongs to a text: the same text gives the same numbers on every machine, in any order of examples and any batch.</summary>
/// <remarks>xoshiro256** by Blackman and Vigna, 2021, https://arxiv.org/abs/1805.01407, its state the SHA-256 of the text.</remarks>
internal sealed class RandomStream
{
    private ulong _state0;
    private ulong _state1;
    private ulong _state2;
    private ulong _state3;

    /// <summary>The stream of a text.</summary>
    public RandomStream(string name)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(name), hash);
        _state0 = BinaryPrimitives.ReadUInt64LittleEndian(hash);
        _state1 = BinaryPrimitives.ReadUInt64LittleEndian(hash[8..]);
        _state2 = BinaryPrimitives.ReadUInt64LittleEndian(hash[16..]);
        _state3 = BinaryPrimitives.ReadUInt64LittleEndian(hash[24..]);
    }

    /// <summary>64 random bits.</summary>
    public ulong NextBits()
    {
        ulong result = BitOperations.RotateLeft(_state1 * 5, 7) * 9;
        ulong shifted = _state1 << 17;
        _state2 ^= _state0;
        _state3 ^= _state1;
        _state1 ^= _state2;
        _state0 ^= _state3;
        _state2 ^= shifted;
        _state3 = BitOperations.RotateLeft(_state3, 45);
        return result;
    }

    /// <summary>A number in [0, 1), a multiple of 2⁻⁵³.</summary>
    public double NextUniform() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Two independent standard normal numbers, by Marsaglia's polar method.</summary>
    public (double First, double Second) NextGaussians()
    {
        while (true)
        {
            double x = (2 * NextUniform()) - 1;
            double y = (2 * NextUniform()) - 1;
            double square = (x * x) + (y * y);
            if (square is > 0 and < 1)
            {
                double scale = Math.Sqrt(-2 * Math.Log(square) / square);
                return (x * scale, y * scale);
            }
        }
    }

    /// <summary>Fills <paramref name="direction"/> with a direction of Euclidean length 1, uniform on the sphere.</summary>
    public void FillDirection(Span<float> direction)
    {
        double[] gaussians = new double[direction.Length + 1];
        double square = 0;
        for (int i = 0; i < direction.Length; i += 2)
        {
            (gaussians[i], gaussians[i + 1]) = NextGaussians();
        }

        for (int i = 0; i < direction.Length; i++)
        {
            square += gaussians[i] * gaussians[i];
        }

        double scale = 1 / Math.Sqrt(square);
        for (int i = 0; i < direction.Length; i++)
        {
            direction[i] = (float)(gaussians[i] * scale);
        }
    }
}
