using System.Buffers;
using System.Numerics;

namespace GradientDynamics.Attack.Attacks;

/// <summary>All valid inputs within ε of one input: the intersection of a norm ball and the box of the model's bounds.</summary>
/// <remarks>
/// A point that <see cref="Project"/> returns lies inside when its distance is computed in double precision from the float32 values that are sent, not only before rounding.
/// </remarks>
internal readonly ref struct PerturbationBall
{
    private readonly PerturbationNorm _norm;
    private readonly ReadOnlySpan<float> _center;
    private readonly ReadOnlySpan<float> _lower;
    private readonly ReadOnlySpan<float> _upper;
    private readonly double _epsilon;

    /// <summary>The ball of radius <paramref name="epsilon"/> around <paramref name="center"/>, within the limits of each element.</summary>
    public PerturbationBall(PerturbationNorm norm, ReadOnlySpan<float> center, double epsilon, ReadOnlySpan<float> lower, ReadOnlySpan<float> upper)
    {
        _norm = norm;
        _center = center;
        _epsilon = epsilon;
        _lower = lower;
        _upper = upper;
    }

    /// <summary>Whether the point lies in the ball and in the bounds.</summary>
    public bool Contains(ReadOnlySpan<float> point)
    {
        for (int i = 0; i < point.Length; i++)
        {
            // Written so that NaN is outside.
            if (!(point[i] >= _lower[i] && point[i] <= _upper[i]))
            {
                return false;
            }
        }

        return _norm.Distance(_center, point) <= _epsilon;
    }

    /// <summary>Moves the point to the nearest one (in Euclidean distance) of the ball within the bounds.</summary>
    public void Project(Span<float> point)
    {
        if (_norm == PerturbationNorm.Linf)
        {
            for (int i = 0; i < point.Length; i++)
            {
                point[i] = Math.Clamp(point[i], LowerEdge(i), UpperEdge(i));
            }
        }
        else
        {
            ProjectOnSphere(point);
        }
    }

    /// <summary>The smallest float of the ball and the bounds along element <paramref name="i"/> of an L∞ ball.</summary>
    public float LowerEdge(int i)
    {
        float edge = (float)(_center[i] - _epsilon);
        if ((double)_center[i] - edge > _epsilon)
        {
            edge = float.BitIncrement(edge);
        }

        return Math.Max(edge, _lower[i]);
    }

    /// <summary>The largest float of the ball and the bounds along element <paramref name="i"/> of an L∞ ball.</summary>
    public float UpperEdge(int i)
    {
        float edge = (float)(_center[i] + _epsilon);
        if ((double)edge - _center[i] > _epsilon)
        {
            edge = float.BitDecrement(edge);
        }

        return Math.Min(edge, _upper[i]);
    }

    /// <summary>
    /// The projection is clip(x + t·(v − x), l, u) for the largest t in [0, 1] that stays in the ball: with 1/(1 + λ) = t these are the conditions of Karush, Kuhn and Tucker for
    /// minimising ‖z − v‖² under ‖z − x‖² ≤ ε² and l ≤ z ≤ u. The squared length is increasing in t; t rises from ε/‖v − x‖, each time with the elements
    /// that are clipped at the last t held at their limits, and reaches its end after finitely many elements.
    /// </summary>
    private void ProjectOnSphere(Span<float> point)
    {
        double radius = _epsilon * _epsilon;
        (double free, double held) = Lengths(point, 1);
        double scale = 1;
        if (free + held > radius)
        {
            scale = _epsilon / Math.Sqrt(PerturbationNorms.SquaredDistance(_center, point));
            for (int round = 0; round <= point.Length; round++)
            {
                (free, held) = Lengths(point, scale);
                double next = free == 0 ? scale : scale * Math.Sqrt(Math.Max(0, radius - held) / free);
                if (next <= scale)
                {
                    break;
                }

                scale = Math.Min(1, next);
            }
        }

        Settle(point, scale);
    }

    /// <summary>Squared length of clip(t·(v − x)): the part of the elements that are not clipped, and of those that are.</summary>
    private (double Free, double Held) Lengths(ReadOnlySpan<float> point, double scale)
    {
        var scales = new Vector<double>(scale);
        Vector<double> free = Vector<double>.Zero;
        Vector<double> held = Vector<double>.Zero;
        int i = 0;
        for (; i <= point.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector.Widen(new Vector<float>(_center[i..]), out Vector<double> centerLow, out Vector<double> centerHigh);
            Vector.Widen(new Vector<float>(point[i..]), out Vector<double> pointLow, out Vector<double> pointHigh);
            Vector.Widen(new Vector<float>(_lower[i..]), out Vector<double> lowerLow, out Vector<double> lowerHigh);
            Vector.Widen(new Vector<float>(_upper[i..]), out Vector<double> upperLow, out Vector<double> upperHigh);
            Add(scales * (pointLow - centerLow), lowerLow - centerLow, upperLow - centerLow, ref free, ref held);
            Add(scales * (pointHigh - centerHigh), lowerHigh - centerHigh, upperHigh - centerHigh, ref free, ref held);
        }

        double freeSum = Vector.Sum(free);
        double heldSum = Vector.Sum(held);
        for (; i < point.Length; i++)
        {
            double step = scale * ((double)point[i] - _center[i]);
            double limited = Math.Clamp(step, (double)_lower[i] - _center[i], (double)_upper[i] - _center[i]);
            freeSum += limited == step ? step * step : 0;
            heldSum += limited == step ? 0 : limited * limited;
        }

        return (freeSum, heldSum);

        static void Add(Vector<double> step, Vector<double> lower, Vector<double> upper, ref Vector<double> free, ref Vector<double> held)
        {
            Vector<double> limited = Vector.Min(Vector.Max(step, lower), upper);
            Vector<double> square = limited * limited;
            Vector<double> unlimited = Vector.ConditionalSelect(Vector.Equals(limited, step), square, Vector<double>.Zero);
            free += unlimited;
            held += square - unlimited;
        }
    }

    /// <summary>Writes the point at t, with t taken back by what rounding to float32 added to the length.</summary>
    private void Settle(Span<float> point, double scale)
    {
        const int Attempts = 4;
        // Rounding to float32 moves the length by up to a part in 10⁷ either way; taken off at once, one attempt nearly always suffices.
        const double RoundingShare = 1e-7;
        float[] original = ArrayPool<float>.Shared.Rent(point.Length);
        point.CopyTo(original);
        ReadOnlySpan<float> wanted = original.AsSpan(0, point.Length);
        double shrunk = scale < 1 ? scale * (1 - RoundingShare) : scale;
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            Write(wanted, shrunk, point);
            double length = _norm.Distance(_center, point);
            if (length <= _epsilon)
            {
                break;
            }

            // A little beyond the excess, more each time, since float32 rounds differently at the new t; a ball too small for float32 is its centre alone.
            shrunk *= _epsilon / length * (1 - (RoundingShare * Math.Pow(10, attempt)));
            if (attempt == Attempts - 1)
            {
                _center.CopyTo(point);
            }
        }

        ArrayPool<float>.Shared.Return(original);
    }

    /// <summary>clip(x + t·(v − x), l, u), computed in double precision and rounded once.</summary>
    private void Write(ReadOnlySpan<float> wanted, double scale, Span<float> point)
    {
        var scales = new Vector<double>(scale);
        int i = 0;
        for (; i <= point.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector.Widen(new Vector<float>(_center[i..]), out Vector<double> centerLow, out Vector<double> centerHigh);
            Vector.Widen(new Vector<float>(wanted[i..]), out Vector<double> wantedLow, out Vector<double> wantedHigh);
            Vector<float> moved = Vector.Narrow(centerLow + (scales * (wantedLow - centerLow)), centerHigh + (scales * (wantedHigh - centerHigh)));
            Vector.Min(Vector.Max(moved, new Vector<float>(_lower[i..])), new Vector<float>(_upper[i..])).CopyTo(point[i..]);
        }

        for (; i < point.Length; i++)
        {
            point[i] = Math.Clamp((float)(_center[i] + (scale * ((double)wanted[i] - _center[i]))), _lower[i], _upper[i]);
        }
    }
}
