using System.CommandLine;
using System.Text.Json.Serialization;
using GradientDynamics.Analysis.DoubleDescent;
using GradientDynamics.CommandLine;
using MathNet.Numerics.LinearAlgebra;

namespace GradientDynamics.Analysis.Commands;

/// <summary>The computations of <c>gd-analyze double-descent</c> beside the formulas over time: noisy SGD, the free energy, averages over teacher and noise.</summary>
internal static class DoubleDescentComputations
{
    public static Command CreateNoisySgd() => Computation.Create<LangevinConfiguration, LangevinResult>(
        "noisy-sgd", "Equilibrium of noisy SGD on explicit data: mean, covariance, R and Q.", NoisySgd, NoisySgdTable);

    public static Command CreateFreeEnergy() => Computation.Create<FreeEnergyConfiguration, FreeEnergyResult>(
        "free-energy", "The saddle point of the replica-symmetric free energy, found numerically, beside the closed form.", FreeEnergy, FreeEnergyTable);

    public static Command CreateAveraged() => Computation.Create<AveragedConfiguration, AveragedResult>(
        "averaged", "R, Q and the generalisation error of gradient descent, gradient flow and ridge regression on explicit inputs, averaged over teacher and noise.", Averaged, AveragedTable);

    private static LangevinResult NoisySgd(LangevinConfiguration configuration)
    {
        TeacherStudentDraw draw = configuration.Draw();
        LangevinDynamics dynamics = new(draw, configuration.Eta, configuration.Lambda, configuration.InverseTemperature);
        OrderParameters equilibrium = dynamics.EquilibriumOrderParameters();
        return new LangevinResult(
            [.. dynamics.EquilibriumMean()],
            Rows(dynamics.EquilibriumCovariance()),
            Rows(dynamics.GibbsCovariance()),
            equilibrium.R,
            equilibrium.Q,
            equilibrium.GeneralizationError);
    }

    private static ResultTable NoisySgdTable(LangevinResult result)
    {
        ResultTable table = new(ResultColumn.Number("weight"), ResultColumn.Number("mean"), ResultColumn.Number("standard deviation"))
        {
            Title = $"R = {result.R:F8}, Q = {result.Q:F8}, L_G = {result.GeneralizationError:F8} at equilibrium.",
        };
        for (int i = 0; i < result.Mean.Count; i++)
        {
            table.Add($"{i}", result.Mean[i].ToString("F8"), Math.Sqrt(result.Covariance[i][i]).ToString("F8"));
        }

        return table;
    }

    private static FreeEnergyResult FreeEnergy(FreeEnergyConfiguration configuration)
    {
        ReplicaFreeEnergy energy = new()
        {
            Alpha = configuration.Alpha,
            ScaledRegularization = configuration.ScaledRegularization,
            NoiseVariance = configuration.NoiseVariance,
            InverseTemperature = configuration.InverseTemperature,
        };
        (OrderParameters saddle, double spread) = energy.FindSaddle();
        OrderParameters closed = PublishedScalarFormulas.Isotropic(configuration.Alpha, configuration.ScaledRegularization, configuration.NoiseVariance).Total;
        return new FreeEnergyResult(
            saddle.R, saddle.Q, spread, energy.Value(saddle.R, saddle.Q, spread), closed.R, closed.Q, Math.Max(Math.Abs(saddle.R - closed.R), Math.Abs(saddle.Q - closed.Q)));
    }

    private static ResultTable FreeEnergyTable(FreeEnergyResult result) => new ResultTable("", ResultColumn.Number("R"), ResultColumn.Number("Q"))
    {
        Title = $"-βf = {result.Value:G10} at D = {result.Spread:G10}.",
    }
        .Add("saddle point", result.R.ToString("R"), result.Q.ToString("R"))
        .Add("closed form", result.ClosedR.ToString("R"), result.ClosedQ.ToString("R"));

    private static AveragedResult Averaged(AveragedConfiguration configuration)
    {
        Matrix<double> latent = MatrixConfiguration.Read(configuration.Z, "Z");
        // Averages do not depend on a teacher or on noise.
        TeacherStudentDraw draw = new(latent, MatrixConfiguration.Read(configuration.F, "F"), Vector<double>.Build.Dense(latent.ColumnCount), Vector<double>.Build.Dense(latent.RowCount));
        StudentSpectrum spectrum = StudentSpectrum.Of(draw);
        double learningRate = configuration.Eta ?? spectrum.LearningRate(configuration.Lambda);
        List<AveragedPoint> points = [];
        foreach (double time in configuration.Times)
        {
            RidgeComparison comparison = RidgeComparison.Of(spectrum, time, learningRate, configuration.Lambda, configuration.NoiseVariance);
            points.Add(new AveragedPoint(time, Parameters.Of(comparison.Descent), Parameters.Of(comparison.Flow), Parameters.Of(comparison.Ridge)));
        }

        return new AveragedResult(learningRate, points);
    }

    private static ResultTable AveragedTable(AveragedResult result)
    {
        ResultTable table = new(ResultColumn.Number("t"), ResultColumn.Number("R"), ResultColumn.Number("Q"), ResultColumn.Number("L_G"), ResultColumn.Number("L_G of the flow"), ResultColumn.Number("L_G of ridge"));
        foreach (AveragedPoint point in result.Points)
        {
            table.Add(
                point.Time.ToString("G6"), point.Descent.R.ToString("F8"), point.Descent.Q.ToString("F8"), point.Descent.GeneralizationError.ToString("F8"), point.Flow.GeneralizationError.ToString("F8"), point.Ridge.GeneralizationError.ToString("F8"));
        }

        return table;
    }

    private static IReadOnlyList<IReadOnlyList<double>> Rows(Matrix<double> matrix) => [.. matrix.EnumerateRows().Select(row => row.ToArray())];

    internal sealed record LangevinConfiguration : DrawConfiguration
    {
        /// <summary>Learning rate.</summary>
        public required double Eta { get; init; }

        /// <summary>Inverse temperature β.</summary>
        public required double InverseTemperature { get; init; }
    }

    internal sealed record FreeEnergyConfiguration
    {
        /// <summary>Examples per dimension, n/d.</summary>
        public required double Alpha { get; init; }

        /// <summary>Total regularisation over the squared singular value, (λ + 1/(ηt))/σ².</summary>
        public required double ScaledRegularization { get; init; }

        /// <summary>Variance of the noise on training targets. Default 0.</summary>
        public double NoiseVariance { get; init; }

        /// <summary>Inverse temperature β. Default 1.</summary>
        public double InverseTemperature { get; init; } = 1;
    }

    internal sealed record AveragedConfiguration
    {
        /// <summary>Latent inputs, one example a row.</summary>
        [JsonPropertyName("Z")]
        public required IReadOnlyList<IReadOnlyList<double>> Z { get; init; }

        /// <summary>Modulation matrix, invertible.</summary>
        [JsonPropertyName("F")]
        public required IReadOnlyList<IReadOnlyList<double>> F { get; init; }

        /// <summary>Variance of the noise on training targets. Default 0.</summary>
        public double NoiseVariance { get; init { ArgumentOutOfRangeException.ThrowIfNegative(value, nameof(NoiseVariance)); field = value; } }

        /// <summary>Weight decay. Default 0.</summary>
        public double Lambda { get; init { ArgumentOutOfRangeException.ThrowIfNegative(value, nameof(Lambda)); field = value; } }

        /// <summary>Learning rate. Default 1/(λ_max + λ).</summary>
        public double? Eta { get; init; }

        /// <summary>Training times, positive.</summary>
        public required IReadOnlyList<double> Times { get; init; }
    }

    internal sealed record LangevinResult(
        IReadOnlyList<double> Mean,
        IReadOnlyList<IReadOnlyList<double>> Covariance,
        IReadOnlyList<IReadOnlyList<double>> GibbsCovariance,
        [property: JsonPropertyName("R")] double R,
        [property: JsonPropertyName("Q")] double Q,
        double GeneralizationError);

    internal sealed record FreeEnergyResult(
        [property: JsonPropertyName("R")] double R, [property: JsonPropertyName("Q")] double Q, double Spread, double Value, double ClosedR, double ClosedQ, double LargestDifference);

    internal sealed record AveragedResult(double Eta, IReadOnlyList<AveragedPoint> Points);

    internal sealed record AveragedPoint([property: JsonPropertyName("t")] double Time, Parameters Descent, Parameters Flow, Parameters Ridge);

    internal sealed record Parameters([property: JsonPropertyName("R")] double R, [property: JsonPropertyName("Q")] double Q, double GeneralizationError)
    {
        public static Parameters Of(OrderParameters values) => new(values.R, values.Q, values.GeneralizationError);
    }
}
