using GradientDynamics.CommandLine;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Train.Datasets;
using GradientDynamics.Train.Execution;
using GradientDynamics.Train.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Figures;

/// <summary>Logits of a run's model on inputs of a figure's own.</summary>
internal static class ModelGrid
{
    /// <summary>The logit of class 1 over that of class 0, for each input of each batch, row-major (count, input shape).</summary>
    /// <exception cref="CommandException">The model is missing or has more than two classes.</exception>
    public static double[] LogitDifferences(FigureRun run, IEnumerable<float[]> batches, IReadOnlyList<long> shape)
    {
        if (!File.Exists(run.Directory.ModelFile))
        {
            throw new CommandException(ExitCode.File, $"{run.Directory.ModelFile}: no such file; accepted is a run that gd-train fit has ended.");
        }

        TorchThreads.Use(run.Record.Threads);
        using GraphModule module = new(OnnxModelFile.Read(run.Directory.ModelFile));
        module.eval();
        using IDisposable noGradients = no_grad();
        List<double> differences = [];
        foreach (float[] inputs in batches)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor logits = module.forward(tensor(inputs, [inputs.LongLength / shape.Aggregate(1L, (product, size) => product * size), .. shape]));
            float[] values = logits.contiguous().data<float>().ToArray();
            differences.AddRange(logits.shape[1] switch
            {
                1 => values.Select(value => (double)value),
                2 => values.Chunk(2).Select(pair => (double)pair[1] - pair[0]),
                _ => throw new CommandException(ExitCode.Configuration, $"{run.Directory.ModelFile}: has {logits.shape[1]} logits; accepted are models of two classes."),
            });
        }

        return [.. differences];
    }

    /// <summary>Equally spaced numbers.</summary>
    public static double[] Spaced(double first, double last, int count) => [.. Enumerable.Range(0, count).Select(i => first + ((last - first) * i / (count - 1)))];

    /// <summary>Segments of the curve on which a field is 0, by linear interpolation along the edges of each cell.</summary>
    public static List<(double X0, double Y0, double X1, double Y1)> ZeroSegments(double[] x, double[] y, double[][] values)
    {
        List<(double, double, double, double)> segments = [];
        for (int row = 0; row + 1 < y.Length; row++)
        {
            for (int column = 0; column + 1 < x.Length; column++)
            {
                List<(double X, double Y)> crossings = [];
                void Edge(int r0, int c0, int r1, int c1)
                {
                    (double a, double b) = (values[r0][c0], values[r1][c1]);
                    if (a > 0 != b > 0)
                    {
                        double along = a / (a - b);
                        crossings.Add((x[c0] + (along * (x[c1] - x[c0])), y[r0] + (along * (y[r1] - y[r0]))));
                    }
                }

                Edge(row, column, row, column + 1);
                Edge(row, column + 1, row + 1, column + 1);
                Edge(row + 1, column + 1, row + 1, column);
                Edge(row + 1, column, row, column);
                // A saddle has four crossings; pairing them in order keeps its two branches apart.
                for (int i = 0; i + 1 < crossings.Count; i += 2)
                {
                    segments.Add((crossings[i].X, crossings[i].Y, crossings[i + 1].X, crossings[i + 1].Y));
                }
            }
        }

        return segments;
    }

    /// <summary>The training set of a run.</summary>
    public static GroupedDataset TrainingSet(FigureRun run) => run.Configuration.Dataset.Load(Datasets.Split.Train, run.Configuration.Seed);
}
