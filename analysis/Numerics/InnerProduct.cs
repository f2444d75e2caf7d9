using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace GradientDynamics.Analysis.Numerics;

/// <summary>Sums over long vectors in the processor's vector registers.</summary>
/// <remarks>Accuracy: partial sums in parallel lanes; an error of about 1e-16·√n relative to Σ|x·y|.</remarks>
internal static class InnerProduct
{
    // Optimised at the first call: small problems are solved before the runtime would get to it.
    /// <summary>Σ x·y.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Of(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        ReadOnlySpan<Vector<double>> xs = MemoryMarshal.Cast<double, Vector<double>>(x);
        ReadOnlySpan<Vector<double>> ys = MemoryMarshal.Cast<double, Vector<double>>(y[..x.Length]);
        Vector<double> first = Vector<double>.Zero;
        Vector<double> second = Vector<double>.Zero;
        int i = 0;
        for (; i + 1 < xs.Length; i += 2)
        {
            first += xs[i] * ys[i];
            second += xs[i + 1] * ys[i + 1];
        }

        double sum = Vector.Sum(first + second);
        for (int j = i * Vector<double>.Count; j < x.Length; j++)
        {
            sum += x[j] * y[j];
        }

        return sum;
    }

    /// <summary>target += firstFactor·first + secondFactor·second, in one pass.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddTwoMultiples(Span<double> target, ReadOnlySpan<double> first, double firstFactor, ReadOnlySpan<double> second, double secondFactor)
    {
        Span<Vector<double>> targets = MemoryMarshal.Cast<double, Vector<double>>(target);
        ReadOnlySpan<Vector<double>> firsts = MemoryMarshal.Cast<double, Vector<double>>(first[..target.Length]);
        ReadOnlySpan<Vector<double>> seconds = MemoryMarshal.Cast<double, Vector<double>>(second[..target.Length]);
        Vector<double> a = new(firstFactor);
        Vector<double> b = new(secondFactor);
        for (int i = 0; i < targets.Length; i++)
        {
            targets[i] += (a * firsts[i]) + (b * seconds[i]);
        }

        for (int j = targets.Length * Vector<double>.Count; j < target.Length; j++)
        {
            target[j] += (firstFactor * first[j]) + (secondFactor * second[j]);
        }
    }

    /// <summary>target += factor·source.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddMultiple(Span<double> target, ReadOnlySpan<double> source, double factor)
    {
        Span<Vector<double>> targets = MemoryMarshal.Cast<double, Vector<double>>(target);
        ReadOnlySpan<Vector<double>> sources = MemoryMarshal.Cast<double, Vector<double>>(source[..target.Length]);
        Vector<double> factors = new(factor);
        for (int i = 0; i < targets.Length; i++)
        {
            targets[i] += factors * sources[i];
        }

        for (int j = targets.Length * Vector<double>.Count; j < target.Length; j++)
        {
            target[j] += factor * source[j];
        }
    }

    /// <summary>(p, q) ← (cosine·p − sine·q, sine·p + cosine·q).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rotate(Span<double> p, Span<double> q, double cosine, double sine)
    {
        Span<Vector<double>> ps = MemoryMarshal.Cast<double, Vector<double>>(p);
        Span<Vector<double>> qs = MemoryMarshal.Cast<double, Vector<double>>(q[..p.Length]);
        Vector<double> c = new(cosine);
        Vector<double> s = new(sine);
        for (int i = 0; i < ps.Length; i++)
        {
            Vector<double> x = ps[i];
            Vector<double> y = qs[i];
            ps[i] = (c * x) - (s * y);
            qs[i] = (s * x) + (c * y);
        }

        for (int j = ps.Length * Vector<double>.Count; j < p.Length; j++)
        {
            (p[j], q[j]) = ((cosine * p[j]) - (sine * q[j]), (sine * p[j]) + (cosine * q[j]));
        }
    }
}
