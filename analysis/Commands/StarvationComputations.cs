using System.CommandLine;
using System.Text.Json.Serialization;
using GradientDynamics.Analysis.GradientStarvation;
using GradientDynamics.CommandLine;
using MathNet.Numerics.LinearAlgebra;

namespace GradientDynamics.Analysis.Commands;

/// <summary>The computations of <c>gd-analyze starvation</c> beside the fixed point: other losses, dynamics over time, the regime of two features, several classes.</summary>
internal static class StarvationComputations
{
    public static Command CreateLosses() => Computation.Create<NetworkConfiguration, LossesResult>(
        "losses", "The responses at the optimum under the cross-entropy, the hinge loss and the squared loss, side by side.", Losses, LossesTable);

    public static Command CreateDynamics() => Computation.Create<DynamicsConfiguration, DynamicsResult>(
        "dynamics", "The responses over time by the exact and the approximate dual dynamics and by gradient flow on the parameters.", Dynamics, DynamicsTable);

    public static Command CreateRegime() => Computation.Create<RegimeConfiguration, RegimeResult>(
        "regime", "Whether the first of two features starves the second: the starvation criterion, exact, to first order and perturbative.", Regime, RegimeTable);

    public static Command CreateMultiClass() => Computation.Create<MultiClassConfiguration, MultiClassResult>(
        "multi-class", "The optimum of the softmax cross-entropy over a kernel, with its duality gap.", MultiClassOptimum, MultiClassTable);

    private static LossesResult Losses(NetworkConfiguration configuration)
    {
        LinearizedNetwork network = configuration.Network();
        (Vector<double> dual, Vector<double> hinge) = OtherLosses.HingeLoss(network);
        return new LossesResult([.. FixedPoint.Find(network).Responses], [.. hinge], [.. OtherLosses.SquaredLossResponses(network)], [.. dual]);
    }

    private static ResultTable LossesTable(LossesResult result)
    {
        ResultTable table = new(ResultColumn.Number("feature"), ResultColumn.Number("cross-entropy z"), ResultColumn.Number("hinge z"), ResultColumn.Number("squared loss z"));
        for (int j = 0; j < result.CrossEntropy.Count; j++)
        {
            table.Add($"{j + 1}", result.CrossEntropy[j].ToString("F8"), result.Hinge[j].ToString("F8"), result.SquaredLoss[j].ToString("F8"));
        }

        return table;
    }

    private static DynamicsResult Dynamics(DynamicsConfiguration configuration)
    {
        LinearizedNetwork network = configuration.Network();
        Vector<double> start = Vector<double>.Build.Dense(network.ExampleCount, configuration.Start);
        IReadOnlyList<Vector<double>> exact = new DualDynamics(network).Integrate(start, configuration.Times);
        // Eq. 6.3.18 has no approximate form.
        IReadOnlyList<Vector<double>>? approximate = network.Regularizer == Regularizer.WeightDecay ? new DualDynamics(network, approximate: true).Integrate(start, configuration.Times) : null;
        IReadOnlyList<Vector<double>> primal = new PrimalDynamics(network).Integrate(configuration.Times);
        return new DynamicsResult([.. configuration.Times.Select((time, i) => new DynamicsPoint(
            time, [.. exact[i]], [.. network.Responses(exact[i])], approximate is null ? null : [.. network.Responses(approximate[i])], [.. primal[i]]))]);
    }

    private static ResultTable DynamicsTable(DynamicsResult result)
    {
        ResultTable table = new(ResultColumn.Number("t"), "z by the dual", "z by the approximate dual", "z by gradient flow");
        foreach (DynamicsPoint point in result.Points)
        {
            table.Add(point.Time.ToString("G6"), List(point.Dual), point.ApproximateDual is null ? "" : List(point.ApproximateDual), List(point.Primal));
        }

        return table;
    }

    private static RegimeResult Regime(RegimeConfiguration configuration)
    {
        double first = configuration.FirstStrength;
        double second = configuration.SecondStrength;
        Starvation.Regime regime = Starvation.RegimeOf(first, second, configuration.Delta, configuration.Lambda);
        LinearizedNetwork network = LinearizedNetwork.TwoFeatures(configuration.Delta, first, second, configuration.Lambda);
        FixedPoint approximate = FixedPoint.FindApproximate(network);
        return new RegimeResult(
            regime.IsStarving,
            regime.Derivative,
            regime.FirstOrder,
            regime.RelativeResponse,
            [.. FixedPoint.Find(network).Responses],
            [.. approximate.Responses],
            [.. PerturbativeSolution.Responses(network)],
            [.. PerturbativeSolution.Responses(network, UnperturbedSolution.Diagonal)],
            [UncoupledSolution.Response(first, configuration.Lambda), UncoupledSolution.Response(second, configuration.Lambda)]);
    }

    private static ResultTable RegimeTable(RegimeResult result) => new ResultTable("quantity", ResultColumn.Number("value"))
    {
        Title = result.Starving ? "The first feature starves the second." : "The first feature does not starve the second.",
    }
        .Add("dz₂/d(s₁²), exact", result.Derivative.ToString("G8"))
        .Add("dz₂/d(s₁²), first order in δ", result.FirstOrder.ToString("G8"))
        .Add("z₂ relative to s₁ = s₂", result.RelativeResponse.ToString("G8"))
        .Add("z, exact", List(result.Z))
        .Add("z, approximate dynamics", List(result.ApproximateZ))
        .Add("z, perturbative around δ = 0", List(result.PerturbativeZ))
        .Add("z, perturbative around A's diagonal", List(result.DiagonalPerturbativeZ))
        .Add("z, uncoupled", List(result.UncoupledZ));

    private static MultiClassResult MultiClassOptimum(MultiClassConfiguration configuration)
    {
        Matrix<double> kernel = MatrixConfiguration.Read(configuration.Kernel, "kernel");
        MultiClass problem = new(kernel, configuration.Labels, configuration.Classes, configuration.Lambda, configuration.Regularizer);
        (Matrix<double> probabilities, Matrix<double> logits, double residual) = problem.FindFixedPoint();
        return new MultiClassResult(Rows(probabilities), Rows(logits), problem.Primal(probabilities), problem.Dual(probabilities), residual);
    }

    private static ResultTable MultiClassTable(MultiClassResult result)
    {
        ResultTable table = new(ResultColumn.Number("example"), "logits", "probabilities") { Title = $"Primal {result.Primal:G10}, dual {result.Dual:G10}, residual {result.Residual:G3}." };
        for (int i = 0; i < result.Logits.Count; i++)
        {
            table.Add($"{i}", List(result.Logits[i]), List(result.Alpha[i]));
        }

        return table;
    }

    private static IReadOnlyList<IReadOnlyList<double>> Rows(Matrix<double> matrix) => [.. matrix.EnumerateRows().Select(row => row.ToArray())];

    private static string List(IEnumerable<double> values) => string.Join(", ", values.Select(value => value.ToString("G6")));

    internal record NetworkConfiguration
    {
        /// <summary>Strengths of the features.</summary>
        public required IReadOnlyList<double> SingularValues { get; init; }

        /// <summary>Left vectors, one example a row.</summary>
        [JsonPropertyName("U")]
        public required IReadOnlyList<IReadOnlyList<double>> U { get; init; }

        /// <summary>λ of (λ/2)‖θ‖² or (λ/2)‖ŷ‖².</summary>
        public required double Lambda { get; init; }

        /// <summary>What λ multiplies. Default weight-decay.</summary>
        public Regularizer Regularizer { get; init; }

        public LinearizedNetwork Network() => new(MatrixConfiguration.Read(U, "U"), Vector<double>.Build.DenseOfEnumerable(SingularValues), Lambda, Regularizer);
    }

    internal sealed record DynamicsConfiguration : NetworkConfiguration
    {
        /// <summary>Times, ascending.</summary>
        public required IReadOnlyList<double> Times { get; init; }

        /// <summary>α at time 0. Default 1e-8, as the papers' code has it.</summary>
        public double Start
        {
            get;
            init
            {
                ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, nameof(Start));
                ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(value, 1, nameof(Start));
                field = value;
            }
        } = 1e-8;
    }

    internal sealed record RegimeConfiguration
    {
        /// <summary>s₁.</summary>
        public required double FirstStrength { get; init { ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, nameof(FirstStrength)); field = value; } }

        /// <summary>s₂.</summary>
        public required double SecondStrength { get; init { ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, nameof(SecondStrength)); field = value; } }

        /// <summary>Coupling δ.</summary>
        public required double Delta { get; init; }

        /// <summary>λ of (λ/2)‖θ‖².</summary>
        public required double Lambda { get; init; }
    }

    internal sealed record MultiClassConfiguration
    {
        /// <summary>K = ΦΦᵀ, one example a row.</summary>
        public required IReadOnlyList<IReadOnlyList<double>> Kernel { get; init; }

        /// <summary>Class of each example, from 0.</summary>
        public required IReadOnlyList<int> Labels { get; init; }

        /// <summary>Classes.</summary>
        public required int Classes { get; init; }

        /// <summary>λ.</summary>
        public required double Lambda { get; init; }

        /// <summary>What λ multiplies. Default weight-decay.</summary>
        public Regularizer Regularizer { get; init; }
    }

    internal sealed record LossesResult(IReadOnlyList<double> CrossEntropy, IReadOnlyList<double> Hinge, IReadOnlyList<double> SquaredLoss, IReadOnlyList<double> HingeAlpha);

    internal sealed record DynamicsResult(IReadOnlyList<DynamicsPoint> Points);

    internal sealed record DynamicsPoint(
        [property: JsonPropertyName("t")] double Time, IReadOnlyList<double> Alpha, IReadOnlyList<double> Dual, IReadOnlyList<double>? ApproximateDual, IReadOnlyList<double> Primal);

    internal sealed record RegimeResult(
        bool Starving,
        double Derivative,
        double FirstOrder,
        double RelativeResponse,
        IReadOnlyList<double> Z,
        IReadOnlyList<double> ApproximateZ,
        IReadOnlyList<double> PerturbativeZ,
        IReadOnlyList<double> DiagonalPerturbativeZ,
        IReadOnlyList<double> UncoupledZ);

    internal sealed record MultiClassResult(IReadOnlyList<IReadOnlyList<double>> Alpha, IReadOnlyList<IReadOnlyList<double>> Logits, double Primal, double Dual, double Residual);
}
