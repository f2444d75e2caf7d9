using MathNet.Numerics.LinearAlgebra;

namespace GradientDynamics.Analysis.Commands;

/// <summary>Matrices in configurations: an array of equally long rows.</summary>
internal static class MatrixConfiguration
{
    public static Matrix<double> Read(IReadOnlyList<IReadOnlyList<double>> rows, string name)
    {
        if (rows.Count == 0 || rows[0].Count == 0 || rows.Any(row => row.Count != rows[0].Count))
        {
            throw new InvalidDataException($"{name} is an array of equally long rows, at least one, of at least one number each.");
        }

        return Matrix<double>.Build.DenseOfRows(rows);
    }
}
