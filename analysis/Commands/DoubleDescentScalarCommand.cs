using System.CommandLine;
using System.Text.Json.Serialization;
using GradientDynamics.Analysis.DoubleDescent;
using GradientDynamics.CommandLine;

namespace GradientDynamics.Analysis.Commands;

/// <summary><c>gd-analyze double-descent scalar</c>: the published and the joint formulas over time.</summary>
internal static class DoubleDescentScalarCommand
{
    public static Command Create() => Computation.Create<Configuration, Result>(
        "scalar", "R, Q and the generalisation error over time by the published two-block formulas and by the joint deterministic equivalent.", Compute, Table);

    private static Result Compute(Configuration configuration)
    {
        TeacherStudent problem = configuration.Problem();
        return new Result([.. configuration.Times.Select(time => At(problem, time))]);
    }

    private static Point At(TeacherStudent problem, double time)
    {
        int blocks = problem.Blocks.Count;
        double[] zeros = new double[blocks];
        if (time == 0)
        {
            // The limit of infinite regularisation: nothing is learned, and a has no finite value.
            Published? atZero = blocks == 2 ? new Published([null, null], zeros, zeros, 0, 0, 0.5) : null;
            return new Point(0, null, atZero, new Joint(zeros, zeros, 0, 0, 0.5));
        }

        double total = problem.TotalRegularization(time);
        Published? published = null;
        if (blocks == 2)
        {
            PublishedPoint point = PublishedScalarFormulas.TwoBlocks(problem, total);
            published = new Published([.. point.A], point.R, point.Q, point.Total.R, point.Total.Q, point.Total.GeneralizationError);
        }

        JointPoint joint = JointEquivalent.At(problem, total);
        return new Point(time, total, published, new Joint(joint.R, joint.Q, joint.Total.R, joint.Total.Q, joint.GeneralizationError));
    }

    private static ResultTable Table(Result result)
    {
        ResultTable table = new(
            ResultColumn.Number("t"), ResultColumn.Number("lambda total"), ResultColumn.Number("R joint"), ResultColumn.Number("Q joint"), ResultColumn.Number("L_G joint"), ResultColumn.Number("L_G published"));
        foreach (Point point in result.Points)
        {
            table.Add(
                point.Time.ToString("G6"),
                point.LambdaTotal?.ToString("G6") ?? "",
                point.Joint.TotalR.ToString("F6"),
                point.Joint.TotalQ.ToString("F6"),
                point.Joint.GeneralizationError.ToString("F6"),
                point.Published?.GeneralizationError.ToString("F6") ?? "");
        }

        return table;
    }

    /// <summary>A block of features with one singular value.</summary>
    internal sealed record Block
    {
        /// <summary>Features.</summary>
        public required int Dimension { get; init { ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, nameof(Dimension)); field = value; } }

        /// <summary>Singular value of the modulation matrix.</summary>
        public required double SingularValue { get; init => field = new FeatureBlock(1, value).SingularValue; }
    }

    internal sealed record Configuration : IJsonOnDeserialized
    {
        /// <summary>Training examples.</summary>
        public required int N { get; init { ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, nameof(N)); field = value; } }

        /// <summary>Features, the sum of the blocks' dimensions.</summary>
        public required int D { get; init { ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, nameof(D)); field = value; } }

        /// <summary>Blocks of features.</summary>
        public required IReadOnlyList<Block> Blocks { get; init; }

        /// <summary>Variance of the noise on training targets. Default 0.</summary>
        public double NoiseVariance { get; init { ArgumentOutOfRangeException.ThrowIfNegative(value, nameof(NoiseVariance)); field = value; } }

        /// <summary>Weight decay. Default 0.</summary>
        public double Lambda { get; init { ArgumentOutOfRangeException.ThrowIfNegative(value, nameof(Lambda)); field = value; } }

        /// <summary>Learning rate. Default 1.</summary>
        public double Eta { get; init { ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, nameof(Eta)); field = value; } } = 1;

        /// <summary>Training times, zero or positive.</summary>
        public required IReadOnlyList<double> Times { get; init; }

        public void OnDeserialized()
        {
            if (Blocks.Count == 0 || Blocks.Sum(block => (long)block.Dimension) != D)
            {
                throw new ArgumentException($"the blocks' dimensions add up to {Blocks.Sum(block => (long)block.Dimension)}; accepted is d = {D}.");
            }

            foreach (double time in Times)
            {
                if (!(time >= 0))
                {
                    throw new ArgumentException($"times holds {time:R}; accepted are zero and positive numbers.");
                }
            }
        }

        public TeacherStudent Problem() => new()
        {
            ExampleCount = N,
            Blocks = [.. Blocks.Select(block => new FeatureBlock(block.Dimension, block.SingularValue))],
            NoiseVariance = NoiseVariance,
            Lambda = Lambda,
            LearningRate = Eta,
        };
    }

    internal sealed record Result(IReadOnlyList<Point> Points);

    internal sealed record Point([property: JsonPropertyName("t")] double Time, double? LambdaTotal, Published? Published, Joint Joint);

    internal sealed record Published(
        IReadOnlyList<double?> A, [property: JsonPropertyName("R")] IReadOnlyList<double> R, [property: JsonPropertyName("Q")] IReadOnlyList<double> Q, double TotalR, double TotalQ, double GeneralizationError);

    internal sealed record Joint(
        [property: JsonPropertyName("R")] IReadOnlyList<double> R, [property: JsonPropertyName("Q")] IReadOnlyList<double> Q, double TotalR, double TotalQ, double GeneralizationError);
}
