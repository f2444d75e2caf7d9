using GradientDynamics.Analysis.Numerics;
using MathNet.Numerics.LinearAlgebra;

namespace GradientDynamics.Analysis.DoubleDescent;

/// <summary>One draw of the teacher-student problem: latent inputs, modulation, teacher and noise.</summary>
public sealed class TeacherStudentDraw
{
    /// <summary>Creates a draw from explicit values.</summary>
    /// <param name="latent">Z, (examples, dimension).</param>
    /// <param name="modulation">F, (dimension, dimension).</param>
    /// <param name="teacher">w, (dimension).</param>
    /// <param name="noise">ε, (examples).</param>
    public TeacherStudentDraw(Matrix<double> latent, Matrix<double> modulation, Vector<double> teacher, Vector<double> noise)
    {
        ArgumentNullException.ThrowIfNull(latent);
        ArgumentNullException.ThrowIfNull(modulation);
        ArgumentNullException.ThrowIfNull(teacher);
        ArgumentNullException.ThrowIfNull(noise);
        Require(modulation.RowCount == latent.ColumnCount && modulation.ColumnCount == latent.ColumnCount, $"F is {modulation.RowCount} x {modulation.ColumnCount}; Z has {latent.ColumnCount} columns.");
        Require(teacher.Count == latent.ColumnCount, $"w has {teacher.Count} entries; Z has {latent.ColumnCount} columns.");
        Require(noise.Count == latent.RowCount, $"The noise has {noise.Count} entries; Z has {latent.RowCount} rows.");
        Require(
            latent.ForAll(double.IsFinite) && modulation.ForAll(double.IsFinite) && teacher.ForAll(double.IsFinite) && noise.ForAll(double.IsFinite),
            "Z, F, w and the noise hold finite numbers only.");
        Latent = latent;
        Modulation = modulation;
        Teacher = teacher;
        Noise = noise;
        Inputs = latent * modulation;
        Targets = (latent * teacher) + noise;
    }

    /// <summary>Z, (examples, dimension).</summary>
    public Matrix<double> Latent { get; }

    /// <summary>F, (dimension, dimension).</summary>
    public Matrix<double> Modulation { get; }

    /// <summary>w, (dimension).</summary>
    public Vector<double> Teacher { get; }

    /// <summary>ε, (examples).</summary>
    public Vector<double> Noise { get; }

    /// <summary>X = ZF, (examples, dimension).</summary>
    public Matrix<double> Inputs { get; }

    /// <summary>y = Zw + ε, (examples).</summary>
    public Vector<double> Targets { get; }

    /// <summary>Draws Z ~ N(0, 1/d), w ~ N(0, 1) and ε ~ N(0, σ²).</summary>
    /// <param name="problem">Sizes and noise.</param>
    /// <param name="modulation">F, (dimension, dimension).</param>
    /// <param name="source">Randomness.</param>
    public static TeacherStudentDraw Sample(TeacherStudent problem, Matrix<double> modulation, GaussianSource source)
    {
        ArgumentNullException.ThrowIfNull(problem);
        ArgumentNullException.ThrowIfNull(source);
        int dimension = problem.Dimension;
        Matrix<double> latent = source.Matrix(problem.ExampleCount, dimension, 1 / Math.Sqrt(dimension));
        Vector<double> teacher = source.Vector(dimension);
        Vector<double> noise = source.Vector(problem.ExampleCount, Math.Sqrt(problem.NoiseVariance));
        return new TeacherStudentDraw(latent, modulation, teacher, noise);
    }

    /// <summary>R and Q of a student (Eq. 4.2.7).</summary>
    /// <param name="weights">ŵ, (dimension).</param>
    public OrderParameters Measure(Vector<double> weights)
    {
        Vector<double> modulated = Modulation * weights;
        int dimension = Teacher.Count;
        return new OrderParameters(modulated.DotProduct(Teacher) / dimension, modulated.DotProduct(modulated) / dimension);
    }

    /// <summary>The student's error on fresh inputs and noiseless targets, ½‖w − Fŵ‖²/d: L_G with this teacher's own norm in place of ‖w‖² = d.</summary>
    /// <param name="weights">ŵ, (dimension).</param>
    public double TestError(Vector<double> weights)
    {
        Vector<double> missing = Teacher - (Modulation * weights);
        return missing.DotProduct(missing) / (2 * Teacher.Count);
    }

    private static void Require(bool condition, string message)
    {
        if (!condition)
        {
            throw new InvalidDataException(message);
        }
    }
}
