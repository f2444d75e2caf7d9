using System.Text;
using System.Text.Json;
using GradientDynamics.Analysis.Commands;
using GradientDynamics.Analysis.GradientStarvation;
using GradientDynamics.Analysis.Numerics;
using GradientDynamics.Analysis.Tests.Commands;
using GradientDynamics.CommandLine;
using MathNet.Numerics.LinearAlgebra;

namespace GradientDynamics.Analysis.Tests.GradientStarvation;

public sealed class TangentFeaturesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(FeatureMethod.Gram, 1e-7)]
    [InlineData(FeatureMethod.Streaming, 1e-5)]
    public void Features_AreTheSingularVectorsOfTheLabelledMatrix(FeatureMethod method, double tolerance)
    {
        GaussianSource source = new(81);
        // A decaying spectrum, as networks have it.
        Matrix<double> features = source.Matrix(30, 12).MapIndexed((_, column, value) => value * Math.Pow(0.6, column)) * source.Matrix(12, 50);
        double[] labels = [.. Enumerable.Range(0, 30).Select(i => i % 3 == 0 ? -1.0 : 1.0)];
        SingularValues expected = SingularValues.Of(features.MapIndexed((row, _, value) => value * labels[row]));

        using NpyMatrix file = NpyMatrix.Open(WriteDoubles("f.npy", features));
        TangentFeatures found = TangentFeatures.Of(file, labels, 5, method, TestContext.Current.CancellationToken);

        for (int i = 0; i < 5; i++)
        {
            found.Strengths[i].ShouldBe(expected.Strengths[i], tolerance * expected.Strengths[0]);
            Math.Abs(found.LeftVectors.Column(i).DotProduct(expected.Left.Column(i))).ShouldBe(1, tolerance);
        }

        found.TotalSquare.ShouldBe(Math.Pow(features.FrobeniusNorm(), 2), 1e-9 * found.TotalSquare);
    }

    [Fact]
    public async Task Command_ReportsStrengthsCouplingAndStarvation()
    {
        // Y·Phi = U·S with the toy's U and s = (3, 2): the answer is the toy's fixed point.
        double c = Math.Sqrt(0.75);
        string features = WriteDoubles("f.npy", Matrix<double>.Build.DenseOfRowArrays([3 * c, -1], [-1.5, -2 * c]));
        string labels = WriteDoubles("y.npy", Matrix<double>.Build.DenseOfRowArrays([1.0], [0]));
        string logits = WriteDoubles("l.npy", Matrix<double>.Build.DenseOfRowArrays([0.0, 0], [2, -1]));

        using StringWriter output = new();
        using StringWriter error = new();
        string[] args = ["starvation", "--features", features, "--labels", labels, "--logits", logits, "--times", "0", "--times", "1e6", "--json"];
        int code = await CommandHost.RunAsync(AnalyzeCommand.CreateRoot(), args, output, error, TestContext.Current.CancellationToken);

        code.ShouldBe(0, error.ToString());
        JsonElement result = JsonDocument.Parse(output.ToString()).RootElement;
        result.GetProperty("strengths")[0].GetDouble().ShouldBe(3, 1e-7);
        Math.Abs(result.GetProperty("responses")[0].GetDouble()).ShouldBe(7.0681, 5e-5);
        Math.Abs(result.GetProperty("responses")[1].GetDouble()).ShouldBe(1.5831, 5e-5);
        result.GetProperty("shareOfSquares").GetDouble().ShouldBe(1, 1e-9);
        // Feature 2 shrinks in size where feature 1 grows.
        (result.GetProperty("starvation")[1][0].GetDouble() * result.GetProperty("responses")[1].GetDouble()).ShouldBeLessThan(0);
        result.GetProperty("coupling")[0][0].GetDouble().ShouldBe(1, 1e-12);
        // Margins (2, 1): z = U'm up to the features' signs.
        Math.Abs(result.GetProperty("checkpoints")[1][0].GetDouble()).ShouldBe((2 * c) + 0.5, 1e-7);
        result.GetProperty("linearized")[1][0].GetDouble().ShouldBe(result.GetProperty("responses")[0].GetDouble(), 1e-5);
    }

    [Fact]
    public void Files_ThatAreNoMatrices_SayWhatIsAccepted()
    {
        string text = _folder.Write("text.npy", "hello, this is not a NumPy file");
        Should.Throw<InvalidDataException>(() => NpyMatrix.Open(text)).Message.ShouldContain("accepted is .npy");

        string file = WriteDoubles("nan.npy", Matrix<double>.Build.DenseOfRowArrays([1, double.NaN]));
        using NpyMatrix holdsNaN = NpyMatrix.Open(file);
        Should.Throw<InvalidDataException>(() => holdsNaN.ReadAll()).Message.ShouldContain("row 0, column 1 is NaN");

        byte[] whole = File.ReadAllBytes(file);
        string truncated = Path.Combine(_folder.Path, "short.npy");
        File.WriteAllBytes(truncated, whole[..^3]);
        Should.Throw<InvalidDataException>(() => NpyMatrix.Open(truncated)).Message.ShouldContain("truncated");

        string half = Path.Combine(_folder.Path, "half.npy");
        WriteNpy(half, "<f2", "(1, 2)", new byte[4]);
        Should.Throw<InvalidDataException>(() => NpyMatrix.Open(half)).Message.ShouldContain("accepted are '<f4'");
    }

    [Fact]
    public void Files_OfOtherTypes_AreRead()
    {
        string floats = Path.Combine(_folder.Path, "f4.npy");
        WriteNpy(floats, "<f4", "(2, 1)", [.. BitConverter.GetBytes(1.5f), .. BitConverter.GetBytes(-2f)]);
        using NpyMatrix first = NpyMatrix.Open(floats);
        first.ReadAll().ShouldBe([1.5, -2]);

        string integers = Path.Combine(_folder.Path, "i8.npy");
        WriteNpy(integers, "<i8", "(2,)", [.. BitConverter.GetBytes(1L), .. BitConverter.GetBytes(-1L)]);
        using NpyMatrix second = NpyMatrix.Open(integers);
        second.ColumnCount.ShouldBe(1);
        second.ReadAll().ShouldBe([1, -1]);
    }

    [Fact]
    public void LargestEigenpairs_OfALargeMatrix_AreTheFullDecompositions()
    {
        Matrix<double> half = new GaussianSource(82).Matrix(60, 60).MapIndexed((_, column, value) => value * Math.Pow(0.8, column));
        Matrix<double> matrix = half.TransposeAndMultiply(half);
        SymmetricEigen full = SymmetricEigen.Of(matrix);

        LargestEigenpairs pairs = LargestEigenpairs.Find(block => matrix * block, 60, 4);

        for (int i = 0; i < 4; i++)
        {
            pairs.Values[i].ShouldBe(full.Values[59 - i], 1e-8 * full.Values[59]);
        }

        Should.Throw<NonConvergenceException>(() => LargestEigenpairs.Find(block => matrix * block, 60, 4, 1e-30, 3)).Residual.ShouldBeGreaterThan(0);
    }

    private string WriteDoubles(string name, Matrix<double> matrix)
    {
        string path = Path.Combine(_folder.Path, name);
        WriteNpy(path, "<f8", $"({matrix.RowCount}, {matrix.ColumnCount})", [.. matrix.ToRowMajorArray().SelectMany(BitConverter.GetBytes)]);
        return path;
    }

    private static void WriteNpy(string path, string type, string shape, byte[] data)
    {
        string header = $"{{'descr': '{type}', 'fortran_order': False, 'shape': {shape}, }}";
        header = header.PadRight(64 * ((header.Length + 11 + 63) / 64) - 11) + "\n";
        File.WriteAllBytes(path, [0x93, .. "NUMPY"u8, 1, 0, (byte)(header.Length % 256), (byte)(header.Length / 256), .. Encoding.ASCII.GetBytes(header), .. data]);
    }
}
