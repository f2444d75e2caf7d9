using MathNet.Numerics.LinearAlgebra;

namespace GradientDynamics.Analysis.Numerics;

/// <summary>Standard normal numbers and random rotations from one seed, the same on every machine.</summary>
/// <remarks>Marsaglia's polar method on <see cref="Random"/> with a seed, whose sequence the platform keeps stable.</remarks>
public sealed class GaussianSource
{
    private readonly Random _random;
    private double _spare = double.NaN;

    /// <summary>Creates the source.</summary>
    /// <param name="seed">The seed.</param>
    public GaussianSource(int seed)
    {
        _random = new Random(seed);
    }

    /// <summary>A number from N(0, 1).</summary>
    public double Next()
    {
        if (!double.IsNaN(_spare))
        {
            double kept = _spare;
            _spare = double.NaN;
            return kept;
        }

        while (true)
        {
            double x = (2 * _random.NextDouble()) - 1;
            double y = (2 * _random.NextDouble()) - 1;
            double square = (x * x) + (y * y);
            if (square is > 0 and < 1)
            {
                double scale = Math.Sqrt(-2 * Math.Log(square) / square);
                _spare = y * scale;
                return x * scale;
            }
        }
    }

    /// <summary>A number from [0, 1), uniform.</summary>
    public double NextUniform() => _random.NextDouble();

    /// <summary>A whole number from 0 to below a bound, uniform.</summary>
    /// <param name="bound">The bound, positive.</param>
    public int NextBelow(int bound) => _random.Next(bound);

    /// <summary>A vector of independent numbers from N(0, standardDeviation²).</summary>
    /// <param name="count">Length.</param>
    /// <param name="standardDeviation">Standard deviation. Default 1.</param>
    public Vector<double> Vector(int count, double standardDeviation = 1)
    {
        double[] values = new double[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = standardDeviation * Next();
        }

        return Vector<double>.Build.Dense(values);
    }

    /// <summary>A matrix of independent numbers from N(0, standardDeviation²), drawn row by row.</summary>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="standardDeviation">Standard deviation. Default 1.</param>
    public Matrix<double> Matrix(int rows, int columns, double standardDeviation = 1)
    {
        double[] values = new double[rows * columns];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = standardDeviation * Next();
        }

        return Matrix<double>.Build.DenseOfRowMajor(rows, columns, values);
    }

    /// <summary>An orthogonal matrix from the Haar measure: Q of a Gaussian matrix's QR, its columns signed by R's diagonal.</summary>
    /// <remarks>Mezzadri, 2007, https://arxiv.org/abs/math-ph/0609050.</remarks>
    /// <param name="dimension">Rows and columns.</param>
    public Matrix<double> Rotation(int dimension)
    {
        var decomposition = Matrix(dimension, dimension).QR();
        Vector<double> signs = decomposition.R.Diagonal().Map(value => value < 0 ? -1.0 : 1.0);
        return decomposition.Q.MapIndexed((_, column, value) => value * signs[column]);
    }
}
