using GradientDynamics.Analysis.Numerics;
using MathNet.Numerics.LinearAlgebra;

namespace GradientDynamics.Analysis.DoubleDescent;

/// <summary>A draw in the eigenbasis of XᵀX = VΛVᵀ: exact R(t) and Q(t) of every spectral filter, averaged and for the draw.</summary>
/// <remarks>
/// For the draw ŵ = V·diag(φ)·VᵀXᵀy. Averaged over the teacher (identity covariance) and the noise, with F̃ = FV:
/// R = Tr(φΛ)/d, Q = Tr(AᵀA)/d + σ²Tr(BᵀB)/d, A = F̃φΛF̃⁻¹, B = F̃φΛ^½ (Eqs. 4.2.9, 4.2.10 and App. .2.2; the print drops F⁻¹).
/// Accuracy: Λ comes from the singular values of X, so a small eigenvalue l has relative error 1e-15·√(λ_max/l);
/// R and Q agree with iterated gradient descent to 1e-13 for condition numbers up to 1e3.
/// </remarks>
public sealed class StudentSpectrum
{
    private readonly TeacherStudentDraw _draw;
    // V's columns and F̃'s rows.
    private readonly IReadOnlyList<double[]> _right;
    private readonly double[] _eigenvalues;
    private readonly double[] _projectedTargets;
    private readonly double[] _projectedTeacher;
    private readonly double[][] _modulated;
    private readonly double[] _norms;
    private readonly Lazy<Matrix<double>> _coupling;

    private StudentSpectrum(TeacherStudentDraw draw)
    {
        _draw = draw;
        RightSingularVectors values = RightSingularVectors.Of(draw.Inputs);
        int dimension = draw.Teacher.Count;
        _right = values.Vectors;
        _eigenvalues = new double[dimension];
        double[] rotated = draw.Inputs.TransposeThisAndMultiply(draw.Targets).ToArray();
        _projectedTargets = new double[dimension];
        for (int i = 0; i < dimension; i++)
        {
            double strength = i < draw.Inputs.RowCount ? values.Strengths[i] : 0;
            _eigenvalues[i] = strength > values.RankTolerance ? strength * strength : 0;
            _projectedTargets[i] = _eigenvalues[i] == 0 ? 0 : InnerProduct.Of(_right[i], rotated);
        }

        _modulated = RowProducts.Of(draw.Modulation.ToRowArrays(), _right);
        _projectedTeacher = new double[dimension];
        _norms = new double[dimension];
        for (int row = 0; row < dimension; row++)
        {
            InnerProduct.AddMultiple(_projectedTeacher, _modulated[row], draw.Teacher[row]);
            for (int i = 0; i < dimension; i++)
            {
                _norms[i] += _modulated[row][i] * _modulated[row][i];
            }
        }

        _coupling = new Lazy<Matrix<double>>(Coupling);
    }

    /// <summary>Eigenvalues of XᵀX, descending; those below the rounding of the largest are exactly 0, a frozen subspace.</summary>
    public IReadOnlyList<double> Eigenvalues => _eigenvalues;

    /// <summary>Largest eigenvalue of XᵀX.</summary>
    public double LargestEigenvalue => _eigenvalues[0];

    /// <summary>Decomposes a draw.</summary>
    /// <param name="draw">The draw.</param>
    public static StudentSpectrum Of(TeacherStudentDraw draw)
    {
        ArgumentNullException.ThrowIfNull(draw);
        return new StudentSpectrum(draw);
    }

    /// <summary>The learning rate 1/(λ_max + λ) of the papers, the largest with which no mode overshoots.</summary>
    /// <param name="lambda">Weight decay λ. Default 0.</param>
    public double LearningRate(double lambda = 0) => 1 / (LargestEigenvalue + lambda);

    /// <summary>Gradient descent's filter after a check of the learning rate.</summary>
    /// <param name="time">Steps t ≥ 0, whole or not.</param>
    /// <param name="learningRate">η.</param>
    /// <param name="lambda">Weight decay λ. Default 0.</param>
    public SpectralFilter GradientDescent(double time, double learningRate, double lambda = 0)
    {
        double largest = 2 / (LargestEigenvalue + lambda);
        // A rounding above the limit is the limit.
        if (!(learningRate <= largest * (1 + 1e-12)))
        {
            throw new ArgumentOutOfRangeException(nameof(learningRate), learningRate, $"Gradient descent diverges at this learning rate; the largest stable one is {largest:G10}.");
        }

        return SpectralFilter.GradientDescent(time, learningRate, lambda);
    }

    /// <summary>R and Q of this draw's student.</summary>
    /// <param name="filter">The learner.</param>
    public OrderParameters OfDraw(SpectralFilter filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
        return OfDraw([filter])[0];
    }

    /// <summary>R and Q of this draw's student under several learners, such as one at many times; together they take a fraction of the time.</summary>
    /// <param name="filters">The learners.</param>
    public IReadOnlyList<OrderParameters> OfDraw(IReadOnlyList<SpectralFilter> filters)
    {
        ArgumentNullException.ThrowIfNull(filters);
        double dimension = _eigenvalues.Length;
        double[][] components = [.. filters.Select(Components)];
        double[][] modulated = RowProducts.Of(components, _modulated);
        return [.. components.Zip(modulated, (part, whole) => new OrderParameters(InnerProduct.Of(_projectedTeacher, part) / dimension, InnerProduct.Of(whole, whole) / dimension))];
    }

    /// <summary>The student's weights ŵ, (dimension).</summary>
    /// <param name="filter">The learner.</param>
    public Vector<double> Weights(SpectralFilter filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
        return Combine(Components(filter));
    }

    /// <summary>The student's error on fresh inputs and noiseless targets, ½‖w − Fŵ‖²/d.</summary>
    /// <param name="filter">The learner.</param>
    public double TestError(SpectralFilter filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
        return TestError(Vector<double>.Build.Dense(Components(filter)));
    }

    /// <summary>The same for arbitrary components in the eigenbasis, ŵ = V·components.</summary>
    /// <param name="components">Components, (dimension).</param>
    public double TestError(Vector<double> components)
    {
        ArgumentNullException.ThrowIfNull(components);
        double[] values = components.ToArray();
        double sum = 0;
        for (int row = 0; row < values.Length; row++)
        {
            double missing = _draw.Teacher[row] - InnerProduct.Of(_modulated[row], values);
            sum += missing * missing;
        }

        return sum / (2 * values.Length);
    }

    /// <summary>R and Q of arbitrary components in the eigenbasis, ŵ = V·components.</summary>
    /// <param name="components">Components, (dimension).</param>
    public OrderParameters OfComponents(Vector<double> components) => _draw.Measure(Combine(components.ToArray()));

    /// <summary>VᵀXᵀy, the force on each mode at the start.</summary>
    public IReadOnlyList<double> ProjectedTargets => _projectedTargets;

    /// <summary>R and Q averaged over the teacher and the noise, given the inputs.</summary>
    /// <param name="filter">The learner.</param>
    /// <param name="noiseVariance">σ². Default 0.</param>
    public OrderParameters Averaged(SpectralFilter filter, double noiseVariance = 0)
    {
        ArgumentNullException.ThrowIfNull(filter);
        int dimension = _eigenvalues.Length;
        (double traceA, double traceB, double traceR) = Traces(filter);
        return new OrderParameters(traceR / dimension, (traceA + (noiseVariance * traceB)) / dimension);
    }

    /// <summary>Tr(AᵀA), Tr(BᵀB) and Tr(φΛ).</summary>
    /// <param name="filter">The learner.</param>
    public (double SquaredA, double SquaredB, double R) Traces(SpectralFilter filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
        int dimension = _eigenvalues.Length;
        double[] learned = new double[dimension];
        double traceB = 0;
        double traceR = 0;
        for (int i = 0; i < dimension; i++)
        {
            double response = filter.At(_eigenvalues[i]);
            learned[i] = response * _eigenvalues[i];
            traceB += response * learned[i] * _norms[i];
            traceR += learned[i];
        }

        Vector<double> vector = Vector<double>.Build.Dense(learned);
        return (vector.DotProduct(_coupling.Value * vector), traceB, traceR);
    }

    // Tr(AᵀA) = gᵀ(M∘M⁻¹)g with M = F̃ᵀF̃ and g = φΛ.
    private Matrix<double> Coupling()
    {
        SingularValues modulation = SingularValues.Of(_draw.Modulation);
        if (modulation.Rank < modulation.Strengths.Count)
        {
            throw new InvalidDataException(
                $"The modulation matrix is singular (smallest singular value {modulation.Strengths[^1]:G3} of {modulation.Strengths[0]:G3}); averaging over the teacher needs its inverse. One draw can be followed without it.");
        }

        Matrix<double> right = Matrix<double>.Build.DenseOfColumnArrays(_right);
        Matrix<double> inverse = right.TransposeThisAndMultiply(_draw.Modulation.Inverse());
        Matrix<double> modulated = Matrix<double>.Build.DenseOfRowArrays(_modulated);
        return modulated.TransposeThisAndMultiply(modulated).PointwiseMultiply(inverse.TransposeAndMultiply(inverse));
    }

    private Vector<double> Combine(double[] components)
    {
        double[] weights = new double[components.Length];
        for (int i = 0; i < components.Length; i++)
        {
            InnerProduct.AddMultiple(weights, _right[i], components[i]);
        }

        return Vector<double>.Build.Dense(weights);
    }

    private double[] Components(SpectralFilter filter)
    {
        double[] components = new double[_eigenvalues.Length];
        for (int i = 0; i < components.Length; i++)
        {
            components[i] = _projectedTargets[i] == 0 ? 0 : filter.At(_eigenvalues[i]) * _projectedTargets[i];
        }

        return components;
    }
}
