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

    /// <summary>The inner products of four vectors with two others: each number that is loaded serves several products.</summary>
    /// <param name="x">At least four vectors from <paramref name="first"/> on.</param>
    /// <param name="first">Index of the first.</param>
    /// <param name="y">One vector.</param>
    /// <param name="z">Another, as long.</param>
    /// <param name="products">Receives x₀·y, x₁·y, x₂·y, x₃·y, then the same with z.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void OfFourByTwo(IReadOnlyList<double[]> x, int first, double[] y, double[] z, Span<double> products)
    {
        double[] x0 = x[first];
        double[] x1 = x[first + 1];
        double[] x2 = x[first + 2];
        double[] x3 = x[first + 3];
        int length = Math.Min(Math.Min(Math.Min(x0.Length, x1.Length), Math.Min(x2.Length, x3.Length)), Math.Min(y.Length, z.Length));
        ref double r0 = ref MemoryMarshal.GetArrayDataReference(x0);
        ref double r1 = ref MemoryMarshal.GetArrayDataReference(x1);
        ref double r2 = ref MemoryMarshal.GetArrayDataReference(x2);
        ref double r3 = ref MemoryMarshal.GetArrayDataReference(x3);
        ref double ry = ref MemoryMarshal.GetArrayDataReference(y);
        ref double rz = ref MemoryMarshal.GetArrayDataReference(z);
        Vector<double> y0 = Vector<double>.Zero, y1 = Vector<double>.Zero, y2 = Vector<double>.Zero, y3 = Vector<double>.Zero;
        Vector<double> z0 = Vector<double>.Zero, z1 = Vector<double>.Zero, z2 = Vector<double>.Zero, z3 = Vector<double>.Zero;
        int i = 0;
        for (; i + Vector<double>.Count <= length; i += Vector<double>.Count)
        {
            Vector<double> vy = Vector.LoadUnsafe(ref ry, (nuint)i);
            Vector<double> vz = Vector.LoadUnsafe(ref rz, (nuint)i);
            Vector<double> v = Vector.LoadUnsafe(ref r0, (nuint)i);
            y0 = Vector.FusedMultiplyAdd(v, vy, y0);
            z0 = Vector.FusedMultiplyAdd(v, vz, z0);
            v = Vector.LoadUnsafe(ref r1, (nuint)i);
            y1 = Vector.FusedMultiplyAdd(v, vy, y1);
            z1 = Vector.FusedMultiplyAdd(v, vz, z1);
            v = Vector.LoadUnsafe(ref r2, (nuint)i);
            y2 = Vector.FusedMultiplyAdd(v, vy, y2);
            z2 = Vector.FusedMultiplyAdd(v, vz, z2);
            v = Vector.LoadUnsafe(ref r3, (nuint)i);
            y3 = Vector.FusedMultiplyAdd(v, vy, y3);
            z3 = Vector.FusedMultiplyAdd(v, vz, z3);
        }

        products[0] = Vector.Sum(y0);
        products[1] = Vector.Sum(y1);
        products[2] = Vector.Sum(y2);
        products[3] = Vector.Sum(y3);
        products[4] = Vector.Sum(z0);
        products[5] = Vector.Sum(z1);
        products[6] = Vector.Sum(z2);
        products[7] = Vector.Sum(z3);
        for (; i < length; i++)
        {
            for (int k = 0; k < 4; k++)
            {
                products[k] += x[first + k][i] * y[i];
                products[4 + k] += x[first + k][i] * z[i];
            }
        }
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
