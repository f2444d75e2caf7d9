using GradientDynamics.Analysis.GradientStarvation;
using MathNet.Numerics.LinearAlgebra;

namespace GradientDynamics.Analysis.Figures;

/// <summary>Figure 6.1 d: two features of a network over training, on data that are not separable by one of them, on data that are, and there with spectral decoupling.</summary>
internal static class TwoMoonsFigure
{
    // Folders of gd-train tangent-features --trajectory, with the line styles of the papers' figure.
    private static readonly (string Folder, string Label, SeriesStyle Style)[] Cases =
    [
        ("two-moons-overlapping", "not separable", SeriesStyle.Dotted),
        ("two-moons-separable", "separable", SeriesStyle.Dashed),
        ("two-moons-spectral-decoupling", "separable, spectral decoupling", SeriesStyle.Solid),
    ];

    public static Figure Draw(Parameters parameters, CancellationToken cancellationToken)
    {
        string data = parameters.TrainingData
            ?? throw new ArgumentException($"trainingData is missing; accepted is a folder with {string.Join(", ", Cases.Select(kind => kind.Folder))}, each written by gd-train tangent-features --trajectory.");
        int first = parameters.Components[0];
        int second = parameters.Components[1];
        List<Series> plane = [];
        List<Series> firstOverTime = [];
        List<Series> secondOverTime = [];
        List<Finding> findings = [];
        double[] ends = new double[Cases.Length];
        foreach ((int index, (string folder, string label, SeriesStyle style)) in Cases.Index())
        {
            FeatureSource source = FeatureSource.Of(Path.Combine(data, folder), null, null, null);
            TangentSet set = source.Read(Math.Max(first, second) + 1, FeatureMethod.Gram, cancellationToken);
            if (set.Features.Strengths.Count <= Math.Max(first, second))
            {
                throw new InvalidDataException($"{Path.Combine(data, folder)}: has {set.Features.Strengths.Count} features; accepted with components {first} and {second} are more.");
            }

            IReadOnlyList<double[]> logits = FeatureSource.ReadLogits(
                source.Logits ?? throw new InvalidDataException($"{Path.Combine(data, folder)}: has no logits.npy; gd-train tangent-features --trajectory writes it."), set.ExampleCount);
            Vector<double>[] path = [.. logits.Select(set.Responses)];
            double[] x = [.. path.Select(z => Math.Abs(z[first]))];
            double[] y = [.. path.Select(z => Math.Abs(z[second]))];
            double[] evaluations = [.. Enumerable.Range(0, path.Length).Select(i => (double)i / (path.Length - 1))];
            plane.Add(new Series { Label = label, X = x, Y = y, Color = index, Style = style });
            plane.Add(new Series { Label = "", X = [x[^1]], Y = [y[^1]], Color = index, Style = SeriesStyle.Points });
            firstOverTime.Add(new Series { Label = label, X = evaluations, Y = x, Color = index, Style = style });
            secondOverTime.Add(new Series { Label = "", X = evaluations, Y = y, Color = index, Style = style });
            findings.Add(new Finding($"{label}: |z| of component {first} at the end", x[^1]));
            findings.Add(new Finding($"{label}: |z| of component {second} at the end", y[^1]));
            ends[index] = y[^1] / x[^1];
        }

        findings.Add(new Finding("separable: ratio of the two, relative to the ratio where not separable", ends[1] / ends[0]));
        findings.Add(new Finding("spectral decoupling: ratio of the two, relative to the ratio where not separable", ends[2] / ends[0]));
        return new Figure
        {
            Name = "",
            Parameters = "",
            Title = "Two moons: a feature starves",
            Caption = $"Responses |Uᵀŷ| of the components {first} and {second} (counted from 0) during training of a network of 500 ReLU units on two moons, U the left singular vectors of its tangent features before training (Eq. 6.3.4). "
                + "Left: in the plane, dots are the ends. Middle and right: over training, from its beginning to its end. Dotted: the classes overlap; dashed: separable by a small gap along one axis; solid: the same with spectral decoupling. "
                + "Trained by gd-train, one seed; the dissertation shows one run too and averages only the decision boundaries.",
            Panels =
            [
                new Panel { Title = "Evolution of two features", XLabel = $"|z| of component {first}", YLabel = $"|z| of component {second}", Series = plane, Legend = LegendCorner.UpperLeft },
                new Panel { Title = $"Component {first}", XLabel = "share of training", YLabel = "|z|", Series = firstOverTime, Legend = LegendCorner.None },
                new Panel { Title = $"Component {second}", XLabel = "share of training", YLabel = "|z|", Series = secondOverTime, Legend = LegendCorner.None },
            ],
            Findings = findings,
        };
    }

    internal sealed record Parameters
    {
        /// <summary>Folder with the three folders of gd-train tangent-features --trajectory.</summary>
        public string? TrainingData { get; init; }

        /// <summary>The two components, counted from 0. Default 1 and 6, as the papers' code has it.</summary>
        public IReadOnlyList<int> Components
        {
            get;
            init => field = value.Count == 2 && value.All(component => component >= 0) ? value : throw new ArgumentException("accepted are two components, counted from 0.");
        } = [1, 6];
    }
}
