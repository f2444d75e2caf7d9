using GradientDynamics.Analysis.Numerics;
using MathNet.Numerics.LinearAlgebra;

namespace GradientDynamics.Analysis.Tests.Numerics;

public class RightSingularVectorsTests
{
    // Tall, wide and square; condition numbers up to where squaring loses everything.
    [Theory]
    [InlineData(60, 40, 1)]
    [InlineData(60, 40, 1e5)]
    [InlineData(30, 45, 50)]
    [InlineData(50, 50, 1e10)]
    [InlineData(1, 3, 1)]
    public void Decomposition_HasTheSingularValuesOfMathNet_AndOrthogonalVectors(int rows, int columns, double condition)
    {
        Matrix<double> matrix = new GaussianSource(3).Matrix(rows, columns).MapIndexed((_, column, value) => column % 2 == 0 ? value : value / condition);
        SingularValues expected = SingularValues.Of(matrix);

        RightSingularVectors found = RightSingularVectors.Of(matrix);

        Matrix<double> vectors = found.ToMatrix();
        for (int i = 0; i < Math.Min(rows, columns); i++)
        {
            // MathNet's small values have the absolute error of the largest.
            found.Strengths[i].ShouldBe(expected.Strengths[i], 1e-14 * expected.Strengths[0]);
            if (found.Strengths[i] > found.RankTolerance)
            {
                (matrix * vectors.Column(i)).L2Norm().ShouldBe(found.Strengths[i], 1e-14 * found.Strengths[0]);
            }
        }

        (vectors.TransposeThisAndMultiply(vectors) - Matrix<double>.Build.DenseIdentity(columns)).InfinityNorm().ShouldBeLessThan(1e-12);
        Matrix<double> images = matrix * vectors;
        Matrix<double> products = images.TransposeThisAndMultiply(images);
        for (int i = 0; i < columns; i++)
        {
            for (int j = 0; j < i; j++)
            {
                Math.Abs(products[i, j]).ShouldBeLessThan(1e-13 * found.Strengths[0] * Math.Max(found.Strengths[j], 1e-14 * found.Strengths[0]), $"{i}, {j}");
            }
        }
    }

    [Theory]
    [InlineData(1, 1, 3)]
    [InlineData(5, 7, 9)]
    [InlineData(17, 18, 33)]
    [InlineData(32, 4, 64)]
    public void RowProducts_AreThoseOfMatrices(int left, int right, int length)
    {
        Matrix<double> a = new GaussianSource(1).Matrix(left, length);
        Matrix<double> b = new GaussianSource(2).Matrix(right, length);

        Matrix<double> product = Matrix<double>.Build.DenseOfRowArrays(RowProducts.Of(a.ToRowArrays(), b.ToRowArrays()));
        double[][] gram = RowProducts.Gram(a.ToRowArrays());

        (product - a.TransposeAndMultiply(b)).Enumerate().Max(Math.Abs).ShouldBeLessThan(1e-13);
        Matrix<double> expected = a.TransposeAndMultiply(a);
        for (int i = 0; i < left; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                gram[i][j].ShouldBe(expected[i, j], 1e-13 * length);
            }
        }
    }

    [Fact]
    public void NaN_IsNamed()
        => Should.Throw<InvalidDataException>(() => RightSingularVectors.Of(Matrix<double>.Build.Dense(2, 2, double.NaN))).Message.ShouldContain("NaN");
}
