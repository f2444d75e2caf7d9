using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace GradientDynamics.Statistics;

/// <summary>
/// xoshiro256** with a 256-bit state given by the caller. The sequence is fixed by this file; that of <see cref="Random"/> itself may change from one .NET to the next.
/// </summary>
/// <remarks>Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2021, https://prng.di.unimi.it.</remarks>
public sealed class SeededRandom : Random
{
    // 2^-53 and 2^-24: the spacing of doubles and floats in [0.5, 1), so that every value is exact and uniform.
    private const double DoubleSpacing = 1.0 / (1L << 53);
    private const float SingleSpacing = 1.0f / (1 << 24);

    private ulong _state0;
    private ulong _state1;
    private ulong _state2;
    private ulong _state3;

    /// <summary>A generator in a state of 32 bytes, not all of them 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The state has another length or is 0.</exception>
    public SeededRandom(ReadOnlySpan<byte> state)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(state.Length, 4 * sizeof(ulong));
        _state0 = BinaryPrimitives.ReadUInt64LittleEndian(state);
        _state1 = BinaryPrimitives.ReadUInt64LittleEndian(state[8..]);
        _state2 = BinaryPrimitives.ReadUInt64LittleEndian(state[16..]);
        _state3 = BinaryPrimitives.ReadUInt64LittleEndian(state[24..]);
        ArgumentOutOfRangeException.ThrowIfZero(_state0 | _state1 | _state2 | _state3, nameof(state));
    }

    /// <summary>The generator that belongs to a name, its state the SHA-256 of the name's UTF-8: the same on every machine and in every process.</summary>
    public static SeededRandom Of(string name) => new(SHA256.HashData(Encoding.UTF8.GetBytes(name)));

    /// <summary>The next 64 bits.</summary>
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

    /// <inheritdoc/>
    public override int Next() => Next(int.MaxValue);

    /// <inheritdoc/>
    public override int Next(int maxValue) => (int)NextInt64(maxValue);

    /// <inheritdoc/>
    public override int Next(int minValue, int maxValue) => (int)NextInt64(minValue, maxValue);

    /// <inheritdoc/>
    public override long NextInt64() => NextInt64(long.MaxValue);

    /// <inheritdoc/>
    public override long NextInt64(long maxValue)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxValue);
        return (long)Below((ulong)maxValue);
    }

    /// <inheritdoc/>
    public override long NextInt64(long minValue, long maxValue)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minValue, maxValue);
        return unchecked(minValue + (long)Below((ulong)maxValue - (ulong)minValue));
    }

    /// <inheritdoc/>
    public override double NextDouble() => (NextBits() >> 11) * DoubleSpacing;

    /// <inheritdoc/>
    public override float NextSingle() => (NextBits() >> 40) * SingleSpacing;

    /// <inheritdoc/>
    public override void NextBytes(byte[] buffer)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        NextBytes(buffer.AsSpan());
    }

    /// <inheritdoc/>
    public override void NextBytes(Span<byte> buffer)
    {
        for (int i = 0; i < buffer.Length; i++)
        {
            buffer[i] = (byte)(NextBits() >> 56);
        }
    }

    /// <inheritdoc/>
    protected override double Sample() => NextDouble();

    // Values at or above the largest multiple of the bound are drawn again, so that every remainder is equally likely.
    private ulong Below(ulong bound)
    {
        if (bound < 2)
        {
            return 0;
        }

        ulong limit = ulong.MaxValue - (ulong.MaxValue % bound);
        ulong bits = NextBits();
        while (bits >= limit)
        {
            bits = NextBits();
        }

        return bits % bound;
    }
}
