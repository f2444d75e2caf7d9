using MathNet.Numerics.LinearAlgebra;

namespace GradientDynamics.Analysis.DoubleDescent;

/// <summary>Gradient descent on a draw, step by step as written: ŵ ← ŵ − η((XᵀXŵ − Xᵀy) + λŵ) from ŵ = 0 (Eqs. 4.2.17, 4.2.18).</summary>
/// <remarks>It knows no theory and is what the theory is tested against. Accuracy: rounding of each step, about 1e-15·t.</remarks>
public static class GradientDescentSimulation
{
    /// <summary>The weights after given numbers of steps.</summary>
    /// <param name="draw">The draw.</param>
    /// <param name="learningRate">η.</param>
    /// <param name="lambda">Weight decay λ.</param>
    /// <param name="steps">Numbers of steps, ascending.</param>
    public static IReadOnlyList<Vector<double>> Run(TeacherStudentDraw draw, double learningRate, double lambda, IReadOnlyList<int> steps)
    {
        ArgumentNullException.ThrowIfNull(draw);
        ArgumentNullException.ThrowIfNull(steps);
        Vector<double> weights = Vector<double>.Build.Dense(draw.Teacher.Count);
        List<Vector<double>> result = [];
        int step = 0;
        foreach (int end in steps)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(end, step, nameof(steps));
            for (; step < end; step++)
            {
                Vector<double> residual = (draw.Inputs * weights) - draw.Targets;
                weights -= learningRate * (draw.Inputs.TransposeThisAndMultiply(residual) + (lambda * weights));
            }

            result.Add(weights.Clone());
        }

        return result;
    }
}
