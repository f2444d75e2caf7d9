using System.Text.Json.Serialization;
using GradientDynamics.Analysis.DoubleDescent;
using MathNet.Numerics.LinearAlgebra;

namespace GradientDynamics.Analysis.Commands;

/// <summary>A draw of the teacher-student problem, given explicitly.</summary>
internal abstract record DrawConfiguration
{
    /// <summary>Latent inputs, one example a row.</summary>
    [JsonPropertyName("Z")]
    public required IReadOnlyList<IReadOnlyList<double>> Z { get; init; }

    /// <summary>Modulation matrix.</summary>
    [JsonPropertyName("F")]
    public required IReadOnlyList<IReadOnlyList<double>> F { get; init; }

    /// <summary>Teacher.</summary>
    public required IReadOnlyList<double> W { get; init; }

    /// <summary>Noise on the targets. Default none.</summary>
    public IReadOnlyList<double>? Noise { get; init; }

    /// <summary>Weight decay. Default 0.</summary>
    public double Lambda { get; init { ArgumentOutOfRangeException.ThrowIfNegative(value, nameof(Lambda)); field = value; } }

    /// <summary>The draw.</summary>
    public TeacherStudentDraw Draw() => new(
        MatrixConfiguration.Read(Z, "Z"),
        MatrixConfiguration.Read(F, "F"),
        Vector<double>.Build.DenseOfEnumerable(W),
        Noise is null ? Vector<double>.Build.Dense(Z.Count) : Vector<double>.Build.DenseOfEnumerable(Noise));
}
