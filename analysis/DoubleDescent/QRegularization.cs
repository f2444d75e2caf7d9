using MathNet.Numerics.LinearAlgebra;

namespace GradientDynamics.Analysis.DoubleDescent;

/// <summary>Gradient descent with a penalty on the squared outputs that fades in time, which flattens temporary overfitting (Lemma 4.3.1, Fig. 6).</summary>
/// <remarks>
/// ŵ ← ŵ − η((1 + α_t)XᵀXŵ − Xᵀy) with α_t = Strength·ln(1 + exp(−Decay·t))/ln 2. The lemma prints ‖ŷ‖² = dQ; with inputs of variance 1/d the
/// mean is nQ. Mode by mode, so that each step costs d. Accuracy: rounding of each step, which the contraction damps.
/// </remarks>
public sealed record QRegularization
{
    /// <summary>α at t = 0. Default 0.6, as the papers' code has it.</summary>
    public double Strength { get; init { ArgumentOutOfRangeException.ThrowIfNegative(value, nameof(Strength)); field = value; } } = 0.6;

    /// <summary>How fast the penalty fades, per step. Default 0.001, as the papers' code has it.</summary>
    public double Decay { get; init { ArgumentOutOfRangeException.ThrowIfNegative(value, nameof(Decay)); field = value; } } = 0.001;

    /// <summary>α_t.</summary>
    /// <param name="step">Step t.</param>
    public double Coefficient(double step) => Strength * Math.Log(1 + Math.Exp(-Decay * step)) / Math.Log(2);

    /// <summary>The student's components in the eigenbasis of XᵀX after given numbers of steps.</summary>
    /// <param name="spectrum">The draw in its eigenbasis.</param>
    /// <param name="learningRate">η; at most 2/((1 + α_0)λ_max) for every step to contract.</param>
    /// <param name="steps">Numbers of steps, ascending.</param>
    public IReadOnlyList<Vector<double>> Run(StudentSpectrum spectrum, double learningRate, IReadOnlyList<int> steps)
    {
        ArgumentNullException.ThrowIfNull(spectrum);
        ArgumentNullException.ThrowIfNull(steps);
        double largest = 2 / ((1 + Coefficient(0)) * spectrum.LargestEigenvalue);
        if (!(learningRate <= largest))
        {
            throw new ArgumentOutOfRangeException(nameof(learningRate), learningRate, $"The penalised steps diverge at this learning rate; the largest stable one is {largest:G10}.");
        }

        double[] eigenvalues = [.. spectrum.Eigenvalues];
        double[] targets = [.. spectrum.ProjectedTargets];
        double[] components = new double[eigenvalues.Length];
        List<Vector<double>> result = [];
        int step = 0;
        foreach (int end in steps)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(end, step, nameof(steps));
            for (; step < end; step++)
            {
                double scale = 1 + Coefficient(step);
                for (int i = 0; i < components.Length; i++)
                {
                    components[i] -= learningRate * ((scale * eigenvalues[i] * components[i]) - targets[i]);
                }
            }

            result.Add(Vector<double>.Build.DenseOfArray([.. components]));
        }

        return result;
    }
}
