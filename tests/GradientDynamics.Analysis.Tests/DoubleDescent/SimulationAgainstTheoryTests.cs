using GradientDynamics.Analysis.DoubleDescent;
using GradientDynamics.Analysis.Numerics;
using MathNet.Numerics.LinearAlgebra;

namespace GradientDynamics.Analysis.Tests.DoubleDescent;

/// <summary>The joint formula against ridge regression on random data: 200 draws at d = 400.</summary>
public class SimulationAgainstTheoryTests
{
    private const int Draws = 200;

    [Theory]
    [InlineData(600, 240, 50, 0.0)]
    [InlineData(240, 280, 100, 0.0)]
    [InlineData(200, 320, 40, 0.04)]
    [InlineData(420, 280, 100, 0.04)]
    public void JointFormula_IsWithinFourStandardErrorsOfRidge(int examples, int fast, double kappa, double noiseVariance)
    {
        TeacherStudent problem = TeacherStudent.Bipartite(examples, 400, fast, kappa, 1) with { NoiseVariance = noiseVariance, LearningRate = 0.25 };
        double[] times = [1, 10, 100, 1000, 10_000, 100_000];
        double[] singularValues = [.. problem.Blocks.SelectMany(block => Enumerable.Repeat(block.SingularValue, block.Dimension))];
        double[][] errors = [.. times.Select(_ => new double[Draws])];
        bool primal = examples >= 400;
        for (int draw = 0; draw < Draws; draw++)
        {
            GaussianSource source = new(draw);
            Matrix<double> latent = source.Matrix(examples, 400, 1 / Math.Sqrt(400));
            Vector<double> teacher = source.Vector(400);
            Vector<double> targets = (latent * teacher) + source.Vector(examples, Math.Sqrt(noiseVariance));
            Matrix<double> inputs = latent.MapIndexed((_, column, value) => value * singularValues[column]);
            // The smaller of XᵀX and XXᵀ: (XᵀX + λI)⁻¹Xᵀ = Xᵀ(XXᵀ + λI)⁻¹.
            SymmetricEigen eigen = SymmetricEigen.Of(Gram(primal ? inputs.ToColumnArrays() : inputs.ToRowArrays()));
            Vector<double> force = eigen.Vectors.TransposeThisAndMultiply(primal ? inputs.TransposeThisAndMultiply(targets) : targets);
            for (int i = 0; i < times.Length; i++)
            {
                double lambda = problem.TotalRegularization(times[i]);
                Vector<double> solved = eigen.Vectors * force.MapIndexed((mode, value) => value / (eigen.Values[mode] + lambda));
                Vector<double> weights = primal ? solved : inputs.TransposeThisAndMultiply(solved);
                double sum = 0;
                for (int k = 0; k < 400; k++)
                {
                    double missing = teacher[k] - (singularValues[k] * weights[k]);
                    sum += missing * missing;
                }

                errors[i][draw] = sum / 800;
            }
        }

        for (int i = 0; i < times.Length; i++)
        {
            double mean = errors[i].Average();
            double standardError = Math.Sqrt(errors[i].Sum(error => (error - mean) * (error - mean)) / (Draws - 1) / Draws);
            double theory = JointEquivalent.GeneralizationError(problem, problem.TotalRegularization(times[i]));
            Math.Abs(mean - theory).ShouldBeLessThanOrEqualTo(4 * standardError, $"t = {times[i]}: simulated {mean:F5}, joint {theory:F5}, standard error {standardError:F5}");
        }
    }

    private static Matrix<double> Gram(double[][] vectors)
        => Matrix<double>.Build.Dense(vectors.Length, vectors.Length, (i, j) => InnerProduct.Of(vectors[i], vectors[j]));
}
