using System.CommandLine;
using System.Text.Json.Serialization;
using GradientDynamics.Analysis.LinearNetworks;
using GradientDynamics.CommandLine;

namespace GradientDynamics.Analysis.Commands;

/// <summary><c>gd-analyze linear-networks</c>: how fast modes are learned, generalisation over time and when to stop (chapter 2).</summary>
internal static class LinearNetworkCommands
{
    public static Command CreateModes() => Computation.Create<ModesConfiguration, ModesResult>(
        "modes", "Strengths of the modes of a two-layer linear network over time, and when each is learned.", Modes, ModesTable);

    public static Command CreateGeneralization() => Computation.Create<GeneralizationConfiguration, GeneralizationResult>(
        "generalization", "Error of fresh inputs, error at the training inputs and training error over time in the limit of many inputs, and the optimal stopping time.", Generalization, GeneralizationTable);

    private static ModesResult Modes(ModesConfiguration configuration) => new([.. configuration.SingularValues.Select(value =>
    {
        double learned = configuration.LearnedShare * value;
        return new Mode(
            value,
            configuration.Start < learned ? ModeDynamics.TimeToLearn(configuration.Start, learned, value, configuration.TimeConstant) : 0,
            [.. configuration.Times.Select(time => ModeDynamics.Strength(time, value, configuration.Start, configuration.TimeConstant))]);
    })]);

    private static ResultTable ModesTable(ModesResult result)
    {
        ResultTable table = new(ResultColumn.Number("singular value"), ResultColumn.Number("time to learn"), "strength over time");
        foreach (Mode mode in result.Modes)
        {
            table.Add(mode.SingularValue.ToString("G6"), mode.TimeToLearn.ToString("G6"), string.Join(", ", mode.Strengths.Select(strength => strength.ToString("G6"))));
        }

        return table;
    }

    private static GeneralizationResult Generalization(GeneralizationConfiguration configuration)
    {
        GeneralizationDynamics dynamics = new()
        {
            TeacherVariance = configuration.TeacherVariance,
            StartVariance = configuration.StartVariance,
            NoiseVariance = configuration.NoiseVariance,
            TimeConstant = configuration.TimeConstant,
        };
        (double time, double error) = dynamics.OptimalStopping(configuration.Alpha);
        return new GeneralizationResult(
            double.IsInfinity(time) ? null : time,
            error,
            [
                .. configuration.Times.Select(t => new GeneralizationPoint(
                    t, dynamics.LimitError(configuration.Alpha, t), dynamics.LimitErrorAtTrainingInputs(configuration.Alpha, t), dynamics.LimitTrainingError(configuration.Alpha, t))),
            ]);
    }

    private static ResultTable GeneralizationTable(GeneralizationResult result)
    {
        ResultTable table = new(ResultColumn.Number("t"), ResultColumn.Number("error of fresh inputs"), ResultColumn.Number("error at the training inputs"), ResultColumn.Number("training error"))
        {
            Title = result.OptimalTime is { } time ? $"Optimal stopping at t = {time:G6}, error {result.OptimalError:G6}." : $"Training longer never hurts; error at the end {result.OptimalError:G6}.",
        };
        foreach (GeneralizationPoint point in result.Points)
        {
            table.Add(point.Time.ToString("G6"), point.GeneralizationError.ToString("F6"), point.ErrorAtTrainingInputs.ToString("F6"), point.TrainingError.ToString("F6"));
        }

        return table;
    }

    internal sealed record ModesConfiguration
    {
        /// <summary>Singular values of the input-output correlation.</summary>
        public required IReadOnlyList<double> SingularValues { get; init; }

        /// <summary>Strength u₀ at the start. Default 0.001.</summary>
        public double Start { get; init { ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, nameof(Start)); field = value; } } = 0.001;

        /// <summary>Time constant τ. Default 1.</summary>
        public double TimeConstant { get; init { ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, nameof(TimeConstant)); field = value; } } = 1;

        /// <summary>Share of its singular value at which a mode counts as learned. Default 0.95.</summary>
        public double LearnedShare
        {
            get;
            init
            {
                ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, nameof(LearnedShare));
                ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(value, 1, nameof(LearnedShare));
                field = value;
            }
        } = 0.95;

        /// <summary>Times, zero or positive. Default none.</summary>
        public IReadOnlyList<double> Times { get; init; } = [];
    }

    internal sealed record GeneralizationConfiguration
    {
        /// <summary>Examples per parameter, α = P/N.</summary>
        public required double Alpha { get; init { ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, nameof(Alpha)); field = value; } }

        /// <summary>Variance of the teacher's weights. Default 1.</summary>
        public double TeacherVariance { get; init { ArgumentOutOfRangeException.ThrowIfNegative(value, nameof(TeacherVariance)); field = value; } } = 1;

        /// <summary>Variance of the student's weights at the start. Default 0.</summary>
        public double StartVariance { get; init { ArgumentOutOfRangeException.ThrowIfNegative(value, nameof(StartVariance)); field = value; } }

        /// <summary>Variance of the noise on targets. Default 0.</summary>
        public double NoiseVariance { get; init { ArgumentOutOfRangeException.ThrowIfNegative(value, nameof(NoiseVariance)); field = value; } }

        /// <summary>Time constant τ. Default 1.</summary>
        public double TimeConstant { get; init { ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, nameof(TimeConstant)); field = value; } } = 1;

        /// <summary>Times, zero or positive. Default none.</summary>
        public IReadOnlyList<double> Times { get; init; } = [];
    }

    internal sealed record ModesResult(IReadOnlyList<Mode> Modes);

    internal sealed record Mode(double SingularValue, double TimeToLearn, IReadOnlyList<double> Strengths);

    internal sealed record GeneralizationResult(double? OptimalTime, double OptimalError, IReadOnlyList<GeneralizationPoint> Points);

    internal sealed record GeneralizationPoint([property: JsonPropertyName("t")] double Time, double GeneralizationError, double ErrorAtTrainingInputs, double TrainingError);
}
