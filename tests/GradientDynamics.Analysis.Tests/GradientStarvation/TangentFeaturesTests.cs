using System.Text.Json;
using GradientDynamics.Analysis.Commands;
using GradientDynamics.Analysis.GradientStarvation;
using GradientDynamics.Analysis.Numerics;
using GradientDynamics.CommandLine;
using MathNet.Numerics.LinearAlgebra;
using Parquet;
using Parquet.Schema;

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
    public void Gram_GivesTheFeaturesOfItsRows()
    {
        Matrix<double> features = new GaussianSource(83).Matrix(9, 40);
        double[] labels = [.. Enumerable.Range(0, 9).Select(i => i % 2 == 0 ? 1.0 : -1)];
        using NpyMatrix file = NpyMatrix.Open(WriteDoubles("f.npy", features));
        TangentFeatures expected = TangentFeatures.Of(file, labels, 4, FeatureMethod.Gram, TestContext.Current.CancellationToken);

        TangentFeatures found = TangentFeatures.OfGram(features.TransposeAndMultiply(features), labels, 4);

        // Strengths are roots of computed squares: 1e-8 of the strongest.
        (found.Strengths - expected.Strengths).InfinityNorm().ShouldBeLessThan(1e-8 * expected.Strengths[0]);
        found.TotalSquare.ShouldBe(expected.TotalSquare, 1e-12 * expected.TotalSquare);
        Should.Throw<InvalidDataException>(() => TangentFeatures.OfGram(features.SubMatrix(0, 9, 0, 9), labels, 4)).Message.ShouldContain("not symmetric");
        Should.Throw<InvalidDataException>(() => TangentFeatures.OfGram(features, labels, 4)).Message.ShouldContain("square");
    }

    // More rows than a block and more columns than a tile: passes over the rows meet them in parts.
    [Fact]
    public void Streaming_OverManyBlocksAndTiles_IsTheProduct()
    {
        Matrix<double> features = new GaussianSource(84).Matrix(70, 3) * new GaussianSource(85).Matrix(3, 2100);
        SingularValues expected = SingularValues.Of(features.TransposeAndMultiply(features));

        using NpyMatrix file = NpyMatrix.Open(WriteDoubles("f.npy", features));
        TangentFeatures found = TangentFeatures.Of(file, null, 3, FeatureMethod.Streaming, TestContext.Current.CancellationToken);

        for (int i = 0; i < 3; i++)
        {
            // The search stops at a residual of 1e-6 of the largest square, and the error is that residual's square.
            found.Strengths[i].ShouldBe(Math.Sqrt(expected.Strengths[i]), 1e-9 * found.Strengths[0]);
        }
    }

    [Fact]
    public async Task Command_ReadsFoldersGramMatricesCsvAndParquet_Alike()
    {
        double c = Math.Sqrt(0.75);
        // The toy's features of two examples, without their labels.
        Matrix<double> features = Matrix<double>.Build.DenseOfRowArrays([3 * c, -1], [-1.5, -2 * c]);
        string folder = Path.Combine(_folder.Path, "network");
        Directory.CreateDirectory(folder);
        NpyTestFile.Write(Path.Combine(folder, "gram.npy"), features.TransposeAndMultiply(features));
        NpyTestFile.Write(Path.Combine(folder, "labels.npy"), "<i8", "(2,)", [.. BitConverter.GetBytes(1L), .. BitConverter.GetBytes(-1L)]);
        NpyTestFile.Write(Path.Combine(folder, "logits.npy"), Matrix<double>.Build.DenseOfRowArrays([2.0, -1]));
        string csv = _folder.Write("f.csv", FormattableString.Invariant($"first,y,second\n{3 * c:R},1,-1\n\n-1.5,0,{-2 * c:R}\n"));
        string parquet = Path.Combine(_folder.Path, "f.parquet");
        await WriteParquet(parquet, [3 * c, -1.5], [-1, -2 * c], [1, 0]);

        JsonElement[] results =
        [
            await Run("--features", folder),
            await Run("--gram", Path.Combine(folder, "gram.npy"), "--labels", Path.Combine(folder, "labels.npy")),
            await Run("--features", csv),
            await Run("--features", parquet),
        ];

        foreach (JsonElement result in results)
        {
            result.GetProperty("strengths")[0].GetDouble().ShouldBe(3, 1e-7);
            Math.Abs(result.GetProperty("responses")[0].GetDouble()).ShouldBe(7.0681, 5e-5);
            Math.Abs(result.GetProperty("responses")[1].GetDouble()).ShouldBe(1.5831, 5e-5);
        }

        Math.Abs(results[0].GetProperty("checkpoints")[0][0].GetDouble()).ShouldBe((2 * c) + 0.5, 1e-7);
        results[0].GetProperty("parameters").ValueKind.ShouldBe(JsonValueKind.Null);
        results[2].GetProperty("parameters").GetInt32().ShouldBe(2);
    }

    [Theory]
    [InlineData("1,2\n3\n", "line 2 has 1 columns")]
    [InlineData("1,2\n3,x\n", "line 2, column 2 is 'x'")]
    [InlineData("a,b\n", "holds no features")]
    [InlineData("1,NaN\n", "row 0, column 1 is NaN")]
    public async Task Csv_ThatIsNoMatrix_SaysWhere(string text, string expected)
    {
        string path = _folder.Write("wrong.csv", text);
        using StringWriter output = new();
        using StringWriter error = new();

        int code = await CommandHost.RunAsync(AnalyzeCommand.CreateRoot(), ["starvation", "--features", path], output, error, TestContext.Current.CancellationToken);

        code.ShouldBe((int)ExitCode.File);
        error.ToString().ShouldContain(path);
        error.ToString().ShouldContain(expected);
    }

    [Fact]
    public async Task Parquet_ThatIsNone_OrHoldsText_SaysSo()
    {
        string damaged = _folder.Write("damaged.parquet", "PAR1 but nothing else");
        Should.Throw<InvalidDataException>(() => FeatureTable.Read(damaged, TestContext.Current.CancellationToken)).Message.ShouldContain("damaged or not Parquet");

        string text = Path.Combine(_folder.Path, "text.parquet");
        DataField<string> field = new("name");
        await using (FileStream stream = File.Create(text))
        await using (ParquetWriter writer = await ParquetWriter.CreateAsync(new ParquetSchema(field), stream, cancellationToken: TestContext.Current.CancellationToken))
        {
            using ParquetRowGroupWriter rows = writer.CreateRowGroup();
            await rows.WriteAsync(field, ["a"]);
        }

        Should.Throw<InvalidDataException>(() => FeatureTable.Read(text, TestContext.Current.CancellationToken)).Message.ShouldContain("column 'name' is of type");
    }

    private static async Task WriteParquet(string path, double[] first, double[] second, int[] labels)
    {
        DataField<double> one = new("first");
        DataField<double> two = new("second");
        DataField<int> y = new("y");
        await using FileStream stream = File.Create(path);
        await using ParquetWriter writer = await ParquetWriter.CreateAsync(new ParquetSchema(one, y, two), stream, cancellationToken: TestContext.Current.CancellationToken);
        using ParquetRowGroupWriter rows = writer.CreateRowGroup();
        await rows.WriteAsync<double>(one, first, cancellationToken: TestContext.Current.CancellationToken);
        await rows.WriteAsync<int>(y, labels, cancellationToken: TestContext.Current.CancellationToken);
        await rows.WriteAsync<double>(two, second, cancellationToken: TestContext.Current.CancellationToken);
    }

    private static async Task<JsonElement> Run(params string[] arguments)
    {
        using StringWriter output = new();
        using StringWriter error = new();
        int code = await CommandHost.RunAsync(AnalyzeCommand.CreateRoot(), ["starvation", .. arguments, "--json"], output, error, TestContext.Current.CancellationToken);
        code.ShouldBe(0, error.ToString());
        return JsonDocument.Parse(output.ToString()).RootElement;
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
        NpyTestFile.Write(half, "<f2", "(1, 2)", new byte[4]);
        Should.Throw<InvalidDataException>(() => NpyMatrix.Open(half)).Message.ShouldContain("accepted are '<f4'");
    }

    [Fact]
    public void Files_OfOtherTypes_AreRead()
    {
        string floats = Path.Combine(_folder.Path, "f4.npy");
        NpyTestFile.Write(floats, "<f4", "(2, 1)", [.. BitConverter.GetBytes(1.5f), .. BitConverter.GetBytes(-2f)]);
        using NpyMatrix first = NpyMatrix.Open(floats);
        first.ReadAll().ShouldBe([1.5, -2]);

        string integers = Path.Combine(_folder.Path, "i8.npy");
        NpyTestFile.Write(integers, "<i8", "(2,)", [.. BitConverter.GetBytes(1L), .. BitConverter.GetBytes(-1L)]);
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
        NpyTestFile.Write(path, matrix);
        return path;
    }
}
