using System.Text.Json;
using GradientDynamics.Analysis.DoubleDescent;
using GradientDynamics.Analysis.Numerics;
using MathNet.Numerics.LinearAlgebra;

namespace GradientDynamics.Analysis.Tests.DoubleDescent;

public class ExactDynamicsTests
{
    // What the reference file and the spectral form promise.
    private const double GoldenTolerance = 1e-12;

    // A thousand steps of rounding on numbers of order one.
    private const double IterationTolerance = 1e-12;

    [Fact]
    public void SpectralForm_MatchesTheReferenceProblem()
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(ReferenceFolder.File("gradient_descent_exact.json")));
        JsonElement root = document.RootElement;
        TeacherStudentDraw draw = new(Matrix(root.GetProperty("Z")), Matrix(root.GetProperty("F")), Vector(root.GetProperty("w")), Vector(root.GetProperty("eps")));
        StudentSpectrum spectrum = StudentSpectrum.Of(draw);

        foreach (JsonElement example in root.GetProperty("cases").EnumerateArray())
        {
            double lambda = example.GetProperty("lambda").GetDouble();
            double learningRate = example.GetProperty("eta").GetDouble();
            spectrum.Eigenvalues.Reverse().Zip(Vector(example.GetProperty("eigenvalues"))).ShouldAllBe(pair => Math.Abs(pair.First - pair.Second) < GoldenTolerance);
            foreach (JsonElement point in example.GetProperty("gd").EnumerateArray())
            {
                SpectralFilter filter = spectrum.GradientDescent(point.GetProperty("t").GetDouble(), learningRate, lambda);
                (double a, double b, double r) = spectrum.Traces(filter);
                OrderParameters parameters = spectrum.OfDraw(filter);

                parameters.R.ShouldBe(point.GetProperty("R").GetDouble(), GoldenTolerance);
                parameters.Q.ShouldBe(point.GetProperty("Q").GetDouble(), GoldenTolerance * 10);
                (r / 4).ShouldBe(point.GetProperty("trace_R").GetDouble(), GoldenTolerance);
                (a / 4).ShouldBe(point.GetProperty("trace_AtA_over_d").GetDouble(), GoldenTolerance * 10);
                (b / 4).ShouldBe(point.GetProperty("trace_BtB_over_d").GetDouble(), GoldenTolerance * 10);
                ShouldMatch(spectrum.Weights(filter), Vector(point.GetProperty("w_hat")));
            }

            foreach (JsonElement point in example.GetProperty("ridge").EnumerateArray())
            {
                ShouldMatch(spectrum.Weights(SpectralFilter.Ridge(point.GetProperty("lambda_ridge").GetDouble())), Vector(point.GetProperty("w")));
            }
        }
    }

    // First and fourth case of the reference problem (t = 1 and t = 5 at lambda = 0, eta = 1/lambda_max), computed independently in Python.
    [Theory]
    [InlineData(1, 0.1469811294250652, 0.07129950820656707, 0.4056388621530279, 0.39350541404595407, 0.23981516106783973)]
    [InlineData(5, 0.24355363209574096, 0.14093625989775307, 0.5716726833093153, 0.6064620630098062, 0.4819574974543036)]
    public void SpectralForm_MatchesGoldenValues(double time, double r, double q, double traceR, double traceA, double traceB)
    {
        Matrix<double> z = Matrix<double>.Build.DenseOfRowArrays([0.5, -0.25, 0.75, 0.1], [-0.4, 0.6, 0.2, -0.7], [0.3, 0.3, -0.5, 0.45], [-0.65, 0.15, 0.35, 0.25], [0.2, -0.8, 0.1, 0.6], [0.55, 0.05, -0.3, -0.15]);
        Matrix<double> f = Matrix<double>.Build.DenseOfRowArrays([1, 0.2, 0, 0], [0, 1.1, -0.1, 0], [0, 0, 0.3, 0.05], [0.1, 0, 0, 0.25]);
        TeacherStudentDraw draw = new(z, f, Vector<double>.Build.Dense([1, -0.5, 0.8, -1.2]), Vector<double>.Build.Dense([0.05, -0.1, 0.02, 0.08, -0.03, 0.06]));
        StudentSpectrum spectrum = StudentSpectrum.Of(draw);

        SpectralFilter filter = spectrum.GradientDescent(time, 0.5807817730642301);

        spectrum.OfDraw(filter).R.ShouldBe(r, GoldenTolerance);
        spectrum.OfDraw(filter).Q.ShouldBe(q, GoldenTolerance);
        spectrum.Traces(filter).R.ShouldBe(4 * traceR, GoldenTolerance);
        spectrum.Traces(filter).SquaredA.ShouldBe(4 * traceA, GoldenTolerance);
        spectrum.Traces(filter).SquaredB.ShouldBe(4 * traceB, GoldenTolerance);
    }

    [Theory]
    [InlineData(30, 20, 0.0)]
    [InlineData(30, 20, 0.05)]
    [InlineData(15, 20, 0.0)]
    [InlineData(15, 20, 0.05)]
    public void SpectralForm_IsIteratedGradientDescent(int examples, int dimension, double lambda)
    {
        TeacherStudentDraw draw = Draw(examples, dimension, dimension / 2, 8, 0.1, seed: 5);
        StudentSpectrum spectrum = StudentSpectrum.Of(draw);
        double learningRate = 1.5 * spectrum.LearningRate(lambda);
        int[] steps = [0, 1, 2, 7, 50, 1000];

        IReadOnlyList<Vector<double>> iterated = GradientDescentSimulation.Run(draw, learningRate, lambda, steps);

        for (int i = 0; i < steps.Length; i++)
        {
            SpectralFilter filter = spectrum.GradientDescent(steps[i], learningRate, lambda);
            (spectrum.Weights(filter) - iterated[i]).L2Norm().ShouldBeLessThan(IterationTolerance * (1 + iterated[i].L2Norm()));
            spectrum.OfDraw(filter).R.ShouldBe(draw.Measure(iterated[i]).R, IterationTolerance);
            spectrum.OfDraw(filter).Q.ShouldBe(draw.Measure(iterated[i]).Q, IterationTolerance);
        }
    }

    [Fact]
    public void Ridge_SolvesTheNormalEquations()
    {
        TeacherStudentDraw draw = Draw(30, 20, 10, 8, 0.1, seed: 6);

        Vector<double> weights = StudentSpectrum.Of(draw).Weights(SpectralFilter.Ridge(0.01));

        Vector<double> gradient = draw.Inputs.TransposeThisAndMultiply((draw.Inputs * weights) - draw.Targets) + (0.01 * weights);
        gradient.InfinityNorm().ShouldBeLessThan(1e-13);
    }

    [Theory]
    [InlineData(40, 30)]
    [InlineData(20, 30)]
    public void Averages_AreTheMeanOverTeachersAndNoise(int examples, int dimension)
    {
        TeacherStudent problem = TeacherStudent.Bipartite(examples, dimension, dimension / 2, 5, 1) with { NoiseVariance = 0.09 };
        GaussianSource source = new(7);
        Matrix<double> modulation = ModulationMatrix.Random(problem, source);
        TeacherStudentDraw first = TeacherStudentDraw.Sample(problem, modulation, source);
        StudentSpectrum spectrum = StudentSpectrum.Of(first);
        SpectralFilter filter = spectrum.GradientDescent(30, spectrum.LearningRate(0.01), 0.01);
        // The student is linear in (w, ε); only the projection of the targets changes from draw to draw.
        Matrix<double> map = Matrix<double>.Build.DenseOfColumnVectors(Enumerable.Range(0, examples).Select(i =>
        {
            Vector<double> unit = Vector<double>.Build.Dense(examples);
            unit[i] = 1;
            return StudentSpectrum.Of(new TeacherStudentDraw(first.Latent, modulation, Vector<double>.Build.Dense(dimension), unit)).Weights(filter);
        }));
        const int Draws = 4000;
        double[] r = new double[Draws];
        double[] q = new double[Draws];
        for (int i = 0; i < Draws; i++)
        {
            TeacherStudentDraw draw = new(first.Latent, modulation, source.Vector(dimension), source.Vector(examples, 0.3));
            OrderParameters measured = draw.Measure(map * draw.Targets);
            (r[i], q[i]) = (measured.R, measured.Q);
        }

        OrderParameters average = spectrum.Averaged(filter, problem.NoiseVariance);

        average.R.ShouldBe(r.Average(), 4 * StandardError(r));
        average.Q.ShouldBe(q.Average(), 4 * StandardError(q));
    }

    [Fact]
    public void OneBlock_IsTwoEqualBlocks_InTheExactForm()
    {
        TeacherStudent whole = new() { ExampleCount = 25, Blocks = [new(20, 0.5)] };
        TeacherStudent split = whole with { Blocks = [new(12, 0.5), new(8, 0.5)] };

        TeacherStudentDraw first = TeacherStudentDraw.Sample(whole, ModulationMatrix.Diagonal(whole), new GaussianSource(8));
        TeacherStudentDraw second = TeacherStudentDraw.Sample(split, ModulationMatrix.Diagonal(split), new GaussianSource(8));
        SpectralFilter filter = SpectralFilter.GradientFlow(10);

        StudentSpectrum.Of(first).OfDraw(filter).ShouldBe(StudentSpectrum.Of(second).OfDraw(filter));
    }

    [Fact]
    public void GradientDescent_AboveTheStableLearningRate_NamesTheLargest()
    {
        StudentSpectrum spectrum = StudentSpectrum.Of(Draw(30, 20, 10, 8, 0, seed: 9));

        var exception = Should.Throw<ArgumentOutOfRangeException>(() => spectrum.GradientDescent(3, 2.01 * spectrum.LearningRate()));

        exception.Message.ShouldContain((2 * spectrum.LearningRate()).ToString("G6")[..6]);
    }

    [Fact]
    public void GradientDescent_BetweenWholeSteps_InterpolatesOrSaysWhyNot()
    {
        SpectralFilter.GradientDescent(2.5, 0.1).At(3).ShouldBe((1 - Math.Pow(0.7, 2.5)) / 3, 1e-15);
        SpectralFilter.GradientDescent(0, 0.1).At(3).ShouldBe(0);
        SpectralFilter.GradientDescent(3, 0.5).At(3).ShouldBe((1 - Math.Pow(-0.5, 3)) / 3, 1e-15);
        Should.Throw<ArgumentOutOfRangeException>(() => SpectralFilter.GradientDescent(2.5, 0.5).At(3)).Message.ShouldContain("whole steps");
        Should.Throw<ArgumentOutOfRangeException>(() => SpectralFilter.GradientDescent(double.NaN, 0.5));
    }

    [Fact]
    public void GradientDescent_OverLongTimes_NeitherOverflowsNorLosesSlowModes()
    {
        SpectralFilter.GradientDescent(1e300, 0.5).At(1).ShouldBe(1);
        SpectralFilter.GradientDescent(1e3, 1).At(1e-20).ShouldBe(1e3, 1e-9);
        SpectralFilter.GradientDescent(1e3, 1).At(0).ShouldBe(0);
    }

    [Fact]
    public void Averages_WithASingularModulation_SayWhatIsWrong()
    {
        Matrix<double> modulation = Matrix<double>.Build.DenseIdentity(3);
        modulation[2, 2] = 0;
        StudentSpectrum spectrum = StudentSpectrum.Of(new TeacherStudentDraw(new GaussianSource(1).Matrix(5, 3), modulation, Vector<double>.Build.Dense(3, 1), Vector<double>.Build.Dense(5)));

        Should.Throw<InvalidDataException>(() => spectrum.Averaged(SpectralFilter.Ridge(0.1))).Message.ShouldContain("singular");
        spectrum.OfDraw(SpectralFilter.Ridge(0.1)).Q.ShouldBeGreaterThan(0);
    }

    [Fact]
    public void Draws_OfUnequalShapes_SayWhich()
    {
        Should.Throw<InvalidDataException>(() => new TeacherStudentDraw(
            Matrix<double>.Build.Dense(5, 3), Matrix<double>.Build.DenseIdentity(4), Vector<double>.Build.Dense(3), Vector<double>.Build.Dense(5))).Message.ShouldContain("F is 4 x 4");
    }

    private static TeacherStudentDraw Draw(int examples, int dimension, int fast, double kappa, double noise, int seed)
    {
        TeacherStudent problem = TeacherStudent.Bipartite(examples, dimension, fast, kappa, 1) with { NoiseVariance = noise * noise };
        GaussianSource source = new(seed);
        return TeacherStudentDraw.Sample(problem, ModulationMatrix.Random(problem, source), source);
    }

    private static double StandardError(double[] values)
    {
        double mean = values.Average();
        return Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Length - 1) / values.Length);
    }

    private static void ShouldMatch(Vector<double> actual, Vector<double> expected)
    {
        for (int i = 0; i < expected.Count; i++)
        {
            actual[i].ShouldBe(expected[i], GoldenTolerance * Math.Max(1, Math.Abs(expected[i])) * 4);
        }
    }

    private static Vector<double> Vector(JsonElement element) => Vector<double>.Build.DenseOfEnumerable(element.EnumerateArray().Select(value => value.GetDouble()));

    private static Matrix<double> Matrix(JsonElement element) => Matrix<double>.Build.DenseOfRows(element.EnumerateArray().Select(row => row.EnumerateArray().Select(value => value.GetDouble())));
}
