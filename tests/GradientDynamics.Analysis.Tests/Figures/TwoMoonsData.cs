using GradientDynamics.Analysis.Numerics;
using GradientDynamics.Analysis.Tests.GradientStarvation;
using MathNet.Numerics.LinearAlgebra;

namespace GradientDynamics.Analysis.Tests.Figures;

/// <summary>The three folders that figure 6.1 d reads, in small: eight examples, and logits that grow along the first feature.</summary>
internal static class TwoMoonsData
{
    public static string Write(string folder)
    {
        Matrix<double> features = new GaussianSource(5).Matrix(8, 12).MapIndexed((_, column, value) => value * Math.Pow(0.7, column));
        double[] labels = [1, -1, 1, -1, 1, -1, 1, -1];
        Vector<double> left = SingularValues.Of(features.MapIndexed((row, _, value) => value * labels[row])).Left.Column(0);
        Matrix<double> logits = Matrix<double>.Build.Dense(3, 8, (checkpoint, example) => 2 * checkpoint * left[example] * labels[example]);
        foreach (string name in (string[])["two-moons-overlapping", "two-moons-separable", "two-moons-spectral-decoupling"])
        {
            string path = Path.Combine(folder, "data", name);
            Directory.CreateDirectory(path);
            NpyTestFile.Write(Path.Combine(path, "features.npy"), features);
            NpyTestFile.Write(Path.Combine(path, "labels.npy"), Matrix<double>.Build.DenseOfColumnArrays(labels));
            NpyTestFile.Write(Path.Combine(path, "logits.npy"), logits);
        }

        return Path.Combine(folder, "data");
    }
}
