using GradientDynamics.Analysis.GradientStarvation;
using GradientDynamics.Analysis.Numerics;
using MathNet.Numerics.LinearAlgebra;

namespace GradientDynamics.Bench.Analysis;

/// <summary>Tangent features that are made as they are read: a few strong features of known strengths, and noise a thousandth of their size. No file of that size is needed.</summary>
internal sealed class SyntheticRows : IFeatureRows
{
    /// <summary>Strong features.</summary>
    public const int Rank = 8;

    private const double Noise = 1e-3;
    private readonly double[][] _right;
    private readonly Matrix<double> _left;
    private readonly double[] _noise;
    private long _read;

    public SyntheticRows(int examples, int parameters)
    {
        RowCount = examples;
        ColumnCount = parameters;
        GaussianSource source = new(7);
        _left = source.Matrix(examples, Rank).MapIndexed((_, column, value) => value * Math.Pow(0.6, column));
        _right = [.. Enumerable.Range(0, Rank).Select(_ => source.Vector(parameters).ToArray())];
        // Rows take it from different places on, so that no two are alike.
        _noise = source.Vector((2 * parameters) + 1, Noise).ToArray();
    }

    public int RowCount { get; }

    public int ColumnCount { get; }

    public double Passes => (double)_read / RowCount;

    public void ReadRow(int row, Span<double> destination)
    {
        const int Stride = 7919;
        _read++;
        _noise.AsSpan((int)((long)row * Stride % (ColumnCount + 1)), ColumnCount).CopyTo(destination);
        for (int k = 0; k < Rank; k++)
        {
            double factor = _left[row, k];
            double[] vector = _right[k];
            for (int i = 0; i < ColumnCount; i++)
            {
                destination[i] += factor * vector[i];
            }
        }
    }

    /// <summary>Singular values of the strong part are the roots of the eigenvalues of (LᵀL)(RᵀR).</summary>
    public double LargestDifference(IEnumerable<double> strengths)
    {
        Matrix<double> right = Matrix<double>.Build.Dense(Rank, Rank, (i, j) => _right[i].Zip(_right[j], (a, b) => a * b).Sum());
        Matrix<double> half = right.Cholesky().Factor;
        SymmetricEigen eigen = SymmetricEigen.Of(half.TransposeThisAndMultiply(_left.TransposeThisAndMultiply(_left)) * half);
        return strengths.Select((strength, i) => Math.Abs((strength / Math.Sqrt(eigen.Values[Rank - 1 - i])) - 1)).Max();
    }
}
