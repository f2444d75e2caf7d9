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
        double free = 0;
        double clippedLength = 0;
        for (int i = 0; i < point.Length; i++)
        {
            double step = (double)point[i] - _center[i];
            double limited = Limited(i, step, 1);
            free += step * step;
            clippedLength += limited * limited;
        }

        double radius = _epsilon * _epsilon;
        double scale = 1;
        if (clippedLength > radius)
        {
            scale = _epsilon / Math.Sqrt(free);
            for (int round = 0; round <= point.Length; round++)
            {
                double freeSquare = 0;
                double heldSquare = 0;
                for (int i = 0; i < point.Length; i++)
                {
                    double step = (double)point[i] - _center[i];
                    double limited = Limited(i, step, scale);
                    if (limited == scale * step)
                    {
                        freeSquare += step * step;
                    }
                    else
                    {
                        heldSquare += limited * limited;
                    }
                }

                double next = freeSquare == 0 ? scale : Math.Sqrt(Math.Max(0, radius - heldSquare) / freeSquare);
                if (next <= scale)
                {
                    break;
                }

                scale = Math.Min(1, next);
            }
        }

        Settle(point, scale);
    }

    /// <summary>Writes the point at t, with t taken back by what rounding to float32 added to the length.</summary>
    private void Settle(Span<float> point, double scale)
    {
        const int Attempts = 4;
        double wanted = scale;
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            double square = 0;
            for (int i = 0; i < point.Length; i++)
            {
                double change = (double)Rounded(point, i, wanted) - _center[i];
                square += change * change;
            }

            double length = Math.Sqrt(square);
            if (length <= _epsilon)
            {
                break;
            }

            // A little beyond the excess, more each time, since float32 rounds differently at the new t; a ball too small for float32 is its centre alone.
            wanted = attempt == Attempts - 1 ? 0 : wanted * (_epsilon / length) * (1 - (1e-7 * Math.Pow(10, attempt)));
        }

        for (int i = 0; i < point.Length; i++)
        {
            point[i] = Rounded(point, i, wanted);
        }
    }

    private float Rounded(ReadOnlySpan<float> point, int i, double scale) =>
        Math.Clamp((float)(_center[i] + (scale * ((double)point[i] - _center[i]))), _lower[i], _upper[i]);

    private double Limited(int i, double step, double scale) =>
        Math.Clamp(scale * step, (double)_lower[i] - _center[i], (double)_upper[i] - _center[i]);
}
