using GradientDynamics.Analysis.Numerics;
using MathNet.Numerics.LinearAlgebra;

namespace GradientDynamics.Analysis.GradientStarvation;

/// <summary>Gradient descent on the regularised, summed cross-entropy of a linearised network (Eqs. 6.3.5, 6.3.17), in the basis of its features.</summary>
/// <remarks>
/// With v = Vᵀθ and z = Sv: v̇ = S·Uᵀσ(−Uz) − λv under weight decay, v̇ = S·(Uᵀσ(−Uz) − λz) under spectral decoupling.
/// Parameters outside the features' span stay at their start, 0.
/// </remarks>
public sealed class PrimalDynamics
{
    private readonly LinearizedNetwork _network;

    /// <summary>Creates the dynamics.</summary>
    /// <param name="network">The network.</param>
    public PrimalDynamics(LinearizedNetwork network)
    {
        ArgumentNullException.ThrowIfNull(network);
        _network = network;
    }

    /// <summary>The loss at responses z.</summary>
    /// <param name="responses">z, (features).</param>
    public double Loss(Vector<double> responses)
    {
        ArgumentNullException.ThrowIfNull(responses);
        Vector<double> margins = _network.LeftVectors * responses;
        Vector<double> penalised = _network.Regularizer == Regularizer.WeightDecay ? responses.PointwiseDivide(_network.Strengths) : responses;
        return margins.Sum(LegendreDual.CrossEntropy.Loss) + (0.5 * _network.Lambda * penalised.DotProduct(penalised));
    }

    /// <summary>v̇ at v, minus the gradient of the loss.</summary>
    /// <param name="parameters">v = Vᵀθ, (features).</param>
    public Vector<double> Rate(Vector<double> parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        Vector<double> responses = _network.Strengths.PointwiseMultiply(parameters);
        Vector<double> pull = _network.LeftVectors.TransposeThisAndMultiply(LinearizedNetwork.DualOfMargins(_network.LeftVectors * responses));
        return _network.Regularizer == Regularizer.WeightDecay
            ? _network.Strengths.PointwiseMultiply(pull) - (_network.Lambda * parameters)
            : _network.Strengths.PointwiseMultiply(pull - (_network.Lambda * responses));
    }

    /// <summary>Responses z at given times of gradient flow from zero, by integration with error control.</summary>
    /// <param name="times">Times, ascending.</param>
    public IReadOnlyList<Vector<double>> Integrate(IReadOnlyList<double> times)
    {
        double[][] states = new DormandPrince().Integrate(
            (_, state, rate) => Rate(Vector<double>.Build.DenseOfArray(state.ToArray())).AsArray().CopyTo(rate),
            new double[_network.FeatureCount],
            [.. times]);
        return [.. states.Select(state => _network.Strengths.PointwiseMultiply(Vector<double>.Build.DenseOfArray(state)))];
    }

    /// <summary>Gradient descent by equal steps from zero; responses z after 0, 1, …, steps steps.</summary>
    /// <param name="learningRate">Step size; at most 2/(s₁²/4 + λ) under weight decay, 2/(s₁²(¼ + λ)) under spectral decoupling.</param>
    /// <param name="steps">Steps.</param>
    public IEnumerable<Vector<double>> Descend(double learningRate, int steps)
    {
        Vector<double> parameters = Vector<double>.Build.Dense(_network.FeatureCount);
        yield return parameters;
        for (int step = 0; step < steps; step++)
        {
            parameters += learningRate * Rate(parameters);
            yield return _network.Strengths.PointwiseMultiply(parameters);
        }
    }

    /// <summary>Largest curvature of the loss: 1 over it is a step size with which gradient descent cannot overshoot.</summary>
    public double LargestCurvature()
    {
        double square = _network.Strengths.Maximum() * _network.Strengths.Maximum();
        return _network.Regularizer == Regularizer.WeightDecay ? (square / 4) + _network.Lambda : square * (0.25 + _network.Lambda);
    }
}
