using GradientDynamics.Analysis.Numerics;
using MathNet.Numerics.LinearAlgebra;

namespace GradientDynamics.Analysis.DoubleDescent;

/// <summary>The modulation matrix F = UΣVᵀ that turns latent features into the student's inputs, x = Fᵀz (Eq. 4.2.2).</summary>
public static class ModulationMatrix
{
    /// <summary>F with the problem's singular values and Haar-distributed U and V.</summary>
    /// <param name="problem">Its blocks give the singular values.</param>
    /// <param name="source">Randomness.</param>
    public static Matrix<double> Random(TeacherStudent problem, GaussianSource source)
    {
        ArgumentNullException.ThrowIfNull(problem);
        ArgumentNullException.ThrowIfNull(source);
        Matrix<double> left = source.Rotation(problem.Dimension);
        Matrix<double> right = source.Rotation(problem.Dimension);
        double[] values = SingularValuesOf(problem);
        return left.MapIndexed((_, column, value) => value * values[column]).TransposeAndMultiply(right);
    }

    /// <summary>F = Σ. R and Q have the same distribution as with random rotations, because z and w are isotropic.</summary>
    /// <param name="problem">Its blocks give the singular values.</param>
    public static Matrix<double> Diagonal(TeacherStudent problem)
    {
        ArgumentNullException.ThrowIfNull(problem);
        return Matrix<double>.Build.DenseOfDiagonalArray(SingularValuesOf(problem));
    }

    private static double[] SingularValuesOf(TeacherStudent problem)
        => [.. problem.Blocks.SelectMany(block => Enumerable.Repeat(block.SingularValue, block.Dimension))];
}
