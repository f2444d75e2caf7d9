using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace GradientDynamics.Analysis.Numerics;

/// <summary>Eigenvalues and eigenvectors of a symmetric tridiagonal matrix by implicit QL iterations.</summary>
/// <remarks>
/// Bowdler, Martin, Reinsch and Wilkinson, Numerische Mathematik 11 (1968), the procedure tql2. The rotations are gathered and applied to narrow strips of the eigenvectors that stay in
/// the cache, in parallel. Accuracy: eigenvalues to a few roundings of the norm.
/// </remarks>
internal static class TridiagonalEigen
{
    // Thirty iterations for one eigenvalue are the customary limit; three are usual.
    private const int MaximumIterations = 60;

    // Columns of a strip: 1,000 rows of it take 256 kB.
    private const int Strip = 32;

    // Rotations gathered before they are applied: 24 bytes each, 400 kB, which the second-level cache holds.
    private const int Gathered = 1 << 14;

    private readonly record struct Rotation(int Row, double Cosine, double Sine);

    /// <summary>Solves in place: diagonal becomes the eigenvalues, in no order; rows of the basis (Qᵀ of a reduction, or I) become the eigenvectors.</summary>
    /// <exception cref="NonConvergenceException">An eigenvalue did not settle.</exception>
    public static void Solve(double[] diagonal, double[] offDiagonal, double[][] basis)
    {
        int n = diagonal.Length;
        double[] d = diagonal;
        double[] e = offDiagonal;
        List<Rotation> rotations = new(Gathered + n);
        double shift = 0;
        double largest = 0;
        double rounding = Math.ScaleB(1, -52);
        for (int l = 0; l < n; l++)
        {
            largest = Math.Max(largest, Math.Abs(d[l]) + Math.Abs(e[l]));
            int m = l;
            while (m < n - 1 && Math.Abs(e[m]) > rounding * largest)
            {
                m++;
            }

            for (int iteration = 0; m > l && Math.Abs(e[l]) > rounding * largest; iteration++)
            {
                if (iteration == MaximumIterations)
                {
                    throw new NonConvergenceException($"Eigenvalue {l} of {n} did not settle in {MaximumIterations} iterations.", Math.Abs(e[l]));
                }

                double g = d[l];
                double p = (d[l + 1] - g) / (2 * e[l]);
                double r = Math.CopySign(double.Hypot(p, 1), p);
                d[l] = e[l] / (p + r);
                d[l + 1] = e[l] * (p + r);
                double second = d[l + 1];
                double h = g - d[l];
                for (int i = l + 2; i < n; i++)
                {
                    d[i] -= h;
                }

                shift += h;
                p = d[m];
                double c = 1;
                double c2 = 1;
                double c3 = 1;
                double above = e[l + 1];
                double s = 0;
                double s2 = 0;
                for (int i = m - 1; i >= l; i--)
                {
                    c3 = c2;
                    c2 = c;
                    s2 = s;
                    g = c * e[i];
                    h = c * p;
                    r = Math.Sqrt((p * p) + (e[i] * e[i]));
                    e[i + 1] = s * r;
                    s = e[i] / r;
                    c = p / r;
                    p = (c * d[i]) - (s * g);
                    d[i + 1] = h + (s * ((c * g) + (s * d[i])));
                    rotations.Add(new Rotation(i, c, s));
                }

                p = -s * s2 * c3 * above * e[l] / second;
                e[l] = s * p;
                d[l] = c * p;
                if (rotations.Count >= Gathered)
                {
                    Apply(rotations, basis);
                }
            }

            d[l] += shift;
            e[l] = 0;
        }

        Apply(rotations, basis);
    }

    private static void Apply(List<Rotation> rotations, double[][] basis)
    {
        int columns = basis.Length;
        int strips = (columns + Strip - 1) / Strip;
        TridiagonalReduction.ForEach(0, strips, columns, strip =>
        {
            int start = strip * Strip;
            ApplyToStrip(CollectionsMarshal.AsSpan(rotations), basis, start, Math.Min(Strip, columns - start));
        });
        rotations.Clear();
    }

    // Consecutive rotations share a row, which stays in registers from one to the next: half of the loads and stores.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ApplyToStrip(ReadOnlySpan<Rotation> rotations, double[][] basis, int start, int length)
    {
        int lanes = Vector<double>.Count;
        int column = start;
        for (; column + (4 * lanes) <= start + length; column += 4 * lanes)
        {
            nuint at = (nuint)column;
            Vector<double> a = default, b = default, c = default, d = default;
            int carried = -1;
            foreach (ref readonly Rotation rotation in rotations)
            {
                ref double upper = ref MemoryMarshal.GetArrayDataReference(basis[rotation.Row + 1]);
                ref double lower = ref MemoryMarshal.GetArrayDataReference(basis[rotation.Row]);
                if (rotation.Row + 1 != carried)
                {
                    if (carried >= 0)
                    {
                        Store(ref MemoryMarshal.GetArrayDataReference(basis[carried]), at, a, b, c, d);
                    }

                    a = Vector.LoadUnsafe(ref upper, at);
                    b = Vector.LoadUnsafe(ref upper, at + (nuint)lanes);
                    c = Vector.LoadUnsafe(ref upper, at + (nuint)(2 * lanes));
                    d = Vector.LoadUnsafe(ref upper, at + (nuint)(3 * lanes));
                }

                Vector<double> cosine = new(rotation.Cosine);
                Vector<double> sine = new(rotation.Sine);
                Vector<double> x = Vector.LoadUnsafe(ref lower, at);
                Vector<double> y = Vector.LoadUnsafe(ref lower, at + (nuint)lanes);
                Vector<double> z = Vector.LoadUnsafe(ref lower, at + (nuint)(2 * lanes));
                Vector<double> w = Vector.LoadUnsafe(ref lower, at + (nuint)(3 * lanes));
                Store(ref upper, at, (sine * x) + (cosine * a), (sine * y) + (cosine * b), (sine * z) + (cosine * c), (sine * w) + (cosine * d));
                a = (cosine * x) - (sine * a);
                b = (cosine * y) - (sine * b);
                c = (cosine * z) - (sine * c);
                d = (cosine * w) - (sine * d);
                carried = rotation.Row;
            }

            if (carried >= 0)
            {
                Store(ref MemoryMarshal.GetArrayDataReference(basis[carried]), at, a, b, c, d);
            }
        }

        if (column == start + length)
        {
            return;
        }

        foreach (ref readonly Rotation rotation in rotations)
        {
            InnerProduct.Rotate(basis[rotation.Row].AsSpan(column, start + length - column), basis[rotation.Row + 1].AsSpan(column, start + length - column), rotation.Cosine, rotation.Sine);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(ref double row, nuint at, Vector<double> a, Vector<double> b, Vector<double> c, Vector<double> d)
    {
        nuint lanes = (nuint)Vector<double>.Count;
        a.StoreUnsafe(ref row, at);
        b.StoreUnsafe(ref row, at + lanes);
        c.StoreUnsafe(ref row, at + (2 * lanes));
        d.StoreUnsafe(ref row, at + (3 * lanes));
    }
}
