using GradientDynamics.Analysis.Balancing;
using GradientDynamics.Analysis.Numerics;
using GradientDynamics.EvaluationSets;

namespace GradientDynamics.Analysis.Figures;

/// <summary>Figure 8.1: what a linear classifier learns from a spurious, a core and many noise features, with and without balanced groups.</summary>
internal static class SpuriousFeatureFigure
{
    private static readonly (GroupBalancing Balancing, string Name, SeriesStyle Style)[] Methods =
        [(GroupBalancing.None, "ERM", SeriesStyle.Dashed), (GroupBalancing.Subsampling, "SUBG", SeriesStyle.Solid), (GroupBalancing.Reweighting, "RWG", SeriesStyle.Dotted)];

    public static Figure Draw(Parameters parameters, CancellationToken cancellationToken)
    {
        SpuriousFeatureTraining training = parameters.Training;
        SpuriousFeatureSet? given = parameters.TrainingSet is { } path ? Read(path, training, cancellationToken) : null;
        if (given is not null)
        {
            training = training with { NoiseDimension = given.Inputs[0].Length - 2 };
        }

        double[] x = Grid.Linear(-2, 2, parameters.Points);
        double[,,] accuracy = new double[Methods.Length, parameters.Seeds, 2];
        double[][][] curves = [.. Methods.Select(_ => new double[parameters.Seeds][])];
        SpuriousFeatureSet shown = given ?? training.Draw(new GaussianSource(0), noisy: true);
        double[][][][] maps = [.. Methods.Select(_ => new double[parameters.Seeds][][])];
        Parallel.For(0, parameters.Seeds * Methods.Length, new ParallelOptions { CancellationToken = cancellationToken }, job =>
        {
            int seed = job / Methods.Length;
            int method = job % Methods.Length;
            GaussianSource source = new(seed);
            SpuriousFeatureSet examples = given ?? training.Draw(source, noisy: true);
            SpuriousFeatureSet validation = training.Draw(source, noisy: false);
            SpuriousFeatureSet test = training.Draw(source, noisy: false);
            (double[] best, double[] last, double[] accuracies) = training.Train(examples, validation, Methods[method].Balancing, source, cancellationToken);
            accuracy[method, seed, 0] = test.WorstGroupAccuracy(best);
            accuracy[method, seed, 1] = test.WorstGroupAccuracy(last);
            curves[method][seed] = accuracies;
            maps[method][seed] = Map(training, examples, best, x);
        });

        List<Panel> panels = [];
        List<Finding> findings = [];
        for (int method = 0; method < Methods.Length; method++)
        {
            panels.Add(new Panel
            {
                Title = Methods[method].Name,
                XLabel = "spurious feature",
                YLabel = "core feature",
                XLimits = (-2 * training.SpuriousScale, 2 * training.SpuriousScale),
                YLimits = (-2 * training.CoreScale, 2 * training.CoreScale),
                Series = Examples(shown),
                Legend = method == 0 ? LegendCorner.UpperRight : LegendCorner.None,
                HeatMap = new HeatMap
                {
                    Label = "predicted probability of class 1",
                    X = [.. x.Select(value => value * training.SpuriousScale)],
                    Y = [.. x.Select(value => value * training.CoreScale)],
                    Values = [.. x.Select((_, row) => x.Select((_, column) => maps[method].Average(map => map[row][column])).ToArray())],
                    Colors = FieldColors.Diverging,
                    Range = (0, 1),
                },
            });
            findings.Add(new Finding($"{Methods[method].Name}: worst-group accuracy on the test at the best epoch", Mean(accuracy, method, 0, parameters.Seeds)));
            findings.Add(new Finding($"{Methods[method].Name}: the same at the last epoch", Mean(accuracy, method, 1, parameters.Seeds)));
        }

        double[] epochs = [.. Enumerable.Range(1, training.Epochs).Select(epoch => (double)epoch)];
        panels.Add(new Panel
        {
            Title = "Worst group over training",
            XLabel = "epoch",
            YLabel = "validation accuracy of the worst group",
            XLogarithmic = true,
            YLimits = (-0.05, 1.3),
            Series = [.. Methods.Select((method, index) => Band.Of(curves[index]).Series(method.Name, epochs, index) with { Style = method.Style })],
        });
        findings.Add(new Finding("error by the core feature alone, 1 − Φ(1/σ)", SpuriousFeatureProblem.CoreErrorProbability(training.StandardDeviation)));
        return new Figure
        {
            Name = "",
            Parameters = "",
            Title = "A spurious feature, and balancing",
            Caption = $"Predicted probability of class 1 (red; class −1 blue) at the best epoch by the validation set's worst group (of equal ones the last), mean over {parameters.Seeds} seeds, in the plane of the spurious and the core feature; "
                + "near a training example its noise features are added, so that spots show what is memorised. Dots are the training examples of the first seed. ERM goes by the spurious feature and memorises the minority, "
                + "subsampling the groups (SUBG) and reweighting them (RWG) go by the core feature. Right: the worst group's accuracy on the validation set over training (mean and standard deviation); reweighting needs a good epoch, or regularisation. "
                + "Section 8.4 with the settings of the papers' code: noise features N(0, 1) times " + $"{training.NoiseScale:G3}" + "; the text has N(0, σ²) times 20.",
            Panels = panels,
            Findings = findings,
        };
    }

    /// <summary>The training set that gd-train draws for dataset spurious-features: the spurious feature, the core feature, then noise, not scaled yet; attributes are minority and majority.</summary>
    internal static SpuriousFeatureSet Read(string path, SpuriousFeatureTraining training, CancellationToken cancellationToken) => ReadAsync(path, training, cancellationToken).GetAwaiter().GetResult();

    private static async Task<SpuriousFeatureSet> ReadAsync(string path, SpuriousFeatureTraining training, CancellationToken cancellationToken)
    {
        await using EvaluationSetReader reader = await EvaluationSetReader.OpenAsync(path, cancellationToken);
        EvaluationInput input = reader.Metadata.Inputs[0];
        if (reader.Metadata.Inputs.Count != 1 || input.Shape.Count != 1 || input.Shape[0] < 3 || reader.Metadata.ClassNames.Count != 2 || !reader.Metadata.AttributeNames.SequenceEqual(["minority", "majority"]) || !TensorBytes.FitsFloat(input.Datatype))
        {
            throw new InvalidDataException($"{path}: is not a set of the spurious-features problem; accepted are two classes, the attributes minority and majority, and one input of at least three numbers: the spurious feature, the core feature, noise.");
        }

        List<double[]> inputs = [];
        List<int> labels = [];
        List<bool> majority = [];
        await foreach (EvaluationExample example in reader.ReadAsync(cancellationToken: cancellationToken))
        {
            float[] values = new float[input.Shape[0]];
            TensorBytes.ToFloats(input.Datatype, example.Inputs[0], values);
            inputs.Add([.. values.Select((value, feature) => value * (feature == 0 ? training.SpuriousScale : feature == 1 ? training.CoreScale : training.NoiseScale))]);
            labels.Add(example.Label == 1 ? 1 : -1);
            majority.Add(example.Attribute == 1);
        }

        return new SpuriousFeatureSet(inputs, labels, majority);
    }

    private static double Mean(double[,,] accuracy, int method, int epoch, int seeds) => Enumerable.Range(0, seeds).Average(seed => accuracy[method, seed, epoch]);

    private static double[][] Map(SpuriousFeatureTraining training, SpuriousFeatureSet examples, double[] weights, double[] x)
    {
        // Squared distance in unscaled features below which a position takes an example's noise.
        const double Neighbourhood = 1e-3;
        double radius = Math.Sqrt(Neighbourhood);
        double spacing = x[1] - x[0];
        double[][] map = [.. x.Select(core => x.Select(spurious => (spurious * training.SpuriousScale * weights[0]) + (core * training.CoreScale * weights[1])).ToArray())];
        double[][] nearest = [.. x.Select(_ => Enumerable.Repeat(Neighbourhood, x.Length).ToArray())];
        double[][] noise = [.. x.Select(_ => new double[x.Length])];
        for (int i = 0; i < examples.Inputs.Count; i++)
        {
            double[] input = examples.Inputs[i];
            double spurious = input[0] / training.SpuriousScale;
            double core = input[1] / training.CoreScale;
            double memorised = InnerProduct.Of(input.AsSpan(2), weights.AsSpan(2));
            for (int row = Math.Max(0, (int)((core - radius - x[0]) / spacing)); row < x.Length && x[row] <= core + radius; row++)
            {
                for (int column = Math.Max(0, (int)((spurious - radius - x[0]) / spacing)); column < x.Length && x[column] <= spurious + radius; column++)
                {
                    double distance = ((x[row] - core) * (x[row] - core)) + ((x[column] - spurious) * (x[column] - spurious));
                    if (distance < nearest[row][column])
                    {
                        nearest[row][column] = distance;
                        noise[row][column] = memorised;
                    }
                }
            }
        }

        return [.. map.Zip(noise, (row, extra) => row.Zip(extra, (value, more) => 1 / (1 + Math.Exp(-value - more))).ToArray())];
    }

    private static List<Series> Examples(SpuriousFeatureSet set)
    {
        List<Series> series = [];
        foreach ((int label, int color) in ((int, int)[])[(1, 6), (-1, 7)])
        {
            // Every fifth: the picture shows where they are, not how many.
            int[] shown = [.. Enumerable.Range(0, set.Inputs.Count).Where(i => set.Labels[i] == label && i % 5 == 0)];
            series.Add(new Series { Label = $"y = {(label > 0 ? "1" : "−1")}", X = [.. shown.Select(i => set.Inputs[i][0])], Y = [.. shown.Select(i => set.Inputs[i][1])], Color = color, Style = SeriesStyle.Dots });
        }

        return series;
    }

    internal sealed record Parameters
    {
        /// <summary>The problem and its training. Default as the papers' code has it.</summary>
        public SpuriousFeatureTraining Training { get; init; } = new();

        /// <summary>A training set of gd-train (an evaluation set of its train split); null draws one for each seed. Default null.</summary>
        public string? TrainingSet { get; init; }

        /// <summary>Seeds. Default 8, as the text has it.</summary>
        public int Seeds { get; init { ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, nameof(Seeds)); field = value; } } = 8;

        /// <summary>Points of the map in each direction. Default 200.</summary>
        public int Points { get; init { ArgumentOutOfRangeException.ThrowIfLessThan(value, 2, nameof(Points)); field = value; } } = 200;
    }
}
