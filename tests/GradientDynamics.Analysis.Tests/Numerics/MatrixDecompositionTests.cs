using GradientDynamics.Analysis.Numerics;
using MathNet.Numerics.LinearAlgebra;

namespace GradientDynamics.Analysis.Tests.Numerics;

public class MatrixDecompositionTests
{
    // 30 roundings of 2^-52 at a norm of 15, five times over for the two products that follow the decomposition.
    private const double Rounding = 5e-13;

    [Fact]
    public void SymmetricEigen_RebuildsTheMatrix_WithOrthonormalVectors()
    {
        Matrix<double> half = new GaussianSource(1).Matrix(30, 30);
        Matrix<double> matrix = half + half.Transpose();

        SymmetricEigen eigen = SymmetricEigen.Of(matrix);

        (eigen.Vectors * Matrix<double>.Build.DiagonalOfDiagonalVector(eigen.Values) * eigen.Vectors.Transpose() - matrix).L2Norm().ShouldBeLessThan(Rounding);
        (eigen.Vectors.TransposeThisAndMultiply(eigen.Vectors) - Matrix<double>.Build.DenseIdentity(30)).L2Norm().ShouldBeLessThan(Rounding);
        eigen.Values.ShouldBeInOrder();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(57)]
    [InlineData(300)]
    public void SymmetricEigen_AgreesWithMathNet(int size)
    {
        Matrix<double> half = new GaussianSource(size).Matrix(size, size);
        Matrix<double> matrix = half + half.Transpose();

        SymmetricEigen eigen = SymmetricEigen.Of(matrix);

        double[] expected = [.. matrix.Evd(Symmetricity.Symmetric).EigenValues.Select(value => value.Real).Order()];
        double rounding = 2.3e-16 * size * (1 + matrix.FrobeniusNorm());
        for (int i = 0; i < size; i++)
        {
            eigen.Values[i].ShouldBe(expected[i], rounding);
        }

        ((matrix * eigen.Vectors) - (eigen.Vectors * Matrix<double>.Build.DenseOfDiagonalVector(eigen.Values))).FrobeniusNorm().ShouldBeLessThan(rounding * Math.Sqrt(size));
    }

    [Fact]
    public void SymmetricEigen_OfSpecialMatrices_IsExactOrSaysWhy()
    {
        SymmetricEigen.Of(Matrix<double>.Build.Dense(4, 4)).Values.ShouldAllBe(value => value == 0);
        SymmetricEigen.Of(Matrix<double>.Build.DenseOfDiagonalArray([3, -1, 2])).Values.ShouldBe(Vector<double>.Build.Dense([-1.0, 2, 3]));
        // Squares of these numbers overflow and vanish.
        SymmetricEigen.Of(1e200 * Matrix<double>.Build.DenseOfRowArrays([2, 1], [1, 2])).Values[1].ShouldBe(3e200, 1e186);
        SymmetricEigen.Of(1e-200 * Matrix<double>.Build.DenseOfRowArrays([2, 1, 0], [1, 2, 0], [0, 0, 5])).Values[2].ShouldBe(5e-200, 1e-213);
        Should.Throw<InvalidDataException>(() => SymmetricEigen.Of(Matrix<double>.Build.Dense(2, 2, double.NaN))).Message.ShouldContain("NaN");
        Should.Throw<ArgumentException>(() => SymmetricEigen.Of(Matrix<double>.Build.Dense(2, 3))).Message.ShouldContain("2 x 3");
    }

    [Theory]
    [InlineData(20, 30)]
    [InlineData(30, 20)]
    public void SingularValues_RebuildTheMatrix_WithCompleteBases(int rows, int columns)
    {
        Matrix<double> matrix = new GaussianSource(2).Matrix(rows, columns);

        SingularValues values = SingularValues.Of(matrix);

        Matrix<double> middle = Matrix<double>.Build.DenseDiagonal(rows, columns, i => values.Strengths[i]);
        (values.Left * middle * values.Right.Transpose() - matrix).L2Norm().ShouldBeLessThan(Rounding);
        (values.Right.TransposeThisAndMultiply(values.Right) - Matrix<double>.Build.DenseIdentity(columns)).L2Norm().ShouldBeLessThan(Rounding);
        values.Rank.ShouldBe(20);
    }

    [Fact]
    public void SingularValues_OfAMatrixWithNaN_SayWhatIsWrong()
    {
        Matrix<double> matrix = Matrix<double>.Build.Dense(3, 2);
        matrix[1, 1] = double.NaN;

        Should.Throw<InvalidDataException>(() => SingularValues.Of(matrix)).Message.ShouldContain("3 x 2");
    }

    [Fact]
    public void Rotation_IsOrthogonal_AndTheSameForASeed()
    {
        Matrix<double> first = new GaussianSource(3).Rotation(25);
        Matrix<double> second = new GaussianSource(3).Rotation(25);

        first.ShouldBe(second);
        (first.TransposeThisAndMultiply(first) - Matrix<double>.Build.DenseIdentity(25)).L2Norm().ShouldBeLessThan(Rounding);
    }

    [Fact]
    public void GaussianSource_HasTheMomentsOfANormalDistribution()
    {
        Vector<double> sample = new GaussianSource(4).Vector(200_000);

        // Four standard errors at 200,000: 0.009 of the mean, 0.013 of the variance, 0.044 of the fourth moment (variance 96).
        sample.Average().ShouldBe(0, 0.009);
        sample.Select(x => x * x).Average().ShouldBe(1, 0.013);
        sample.Select(x => x * x * x * x).Average().ShouldBe(3, 0.09);
    }

    [Fact]
    public void NewtonMethod_FindsACircleMeetingALine()
    {
        Vector<double> root = NewtonMethod.Find(
            x => Vector<double>.Build.Dense([(x[0] * x[0]) + (x[1] * x[1]) - 1, x[0] - x[1]]),
            x => Matrix<double>.Build.DenseOfRowMajor(2, 2, [2 * x[0], 2 * x[1], 1, -1]),
            Vector<double>.Build.Dense([3.0, 0.2]),
            1e-14);

        root[0].ShouldBe(Math.Sqrt(0.5), 1e-14);
        root[1].ShouldBe(Math.Sqrt(0.5), 1e-14);
    }

    [Fact]
    public void NewtonMethod_WithoutARoot_ThrowsWithTheResidual()
    {
        var exception = Should.Throw<NonConvergenceException>(() => NewtonMethod.Find(
            x => Vector<double>.Build.Dense(1, (x[0] * x[0]) + 1), x => Matrix<double>.Build.Dense(1, 1, 2 * x[0]), Vector<double>.Build.Dense(1, 1.5), 1e-12));

        exception.Residual.ShouldBeGreaterThanOrEqualTo(1);
    }
}
