using System.CommandLine;
using GradientDynamics.Analysis.GradientStarvation;
using GradientDynamics.CommandLine;
using MathNet.Numerics.LinearAlgebra;

namespace GradientDynamics.Analysis.Commands;

/// <summary><c>gd-analyze starvation --features F.npy</c>: strengths, coupling and starvation among a network's features.</summary>
internal static class StarvationCommand
{
    public static Command Create()
    {
        Option<string?> features = new("--features") { Description = "Per-example gradients of the logit, one example a row (.npy, .csv or .parquet), or a folder of gd-train tangent-features." };
        Option<string?> gram = new("--gram") { Description = "Their Gram matrix instead (.npy)." };
        Option<string?> labels = new("--labels") { Description = "Labels, 1 and -1 or 1 and 0 (.npy). Without them (and without a column y) the rows are taken as multiplied by their labels." };
        Option<string?> logits = new("--logits") { Description = "Logits of checkpoints (.npy, one checkpoint a row): gives the network's own responses over training." };
        Option<double> lambda = new("--lambda") { Description = "λ of (λ/2)‖θ‖², or of (λ/2)‖ŷ‖² with spectral decoupling. Default 0.01.", DefaultValueFactory = _ => 0.01 };
        Option<bool> decoupling = new("--spectral-decoupling") { Description = "Spectral decoupling instead of weight decay." };
        Option<int> rank = new("--rank") { Description = "How many of the strongest features. Default 20.", DefaultValueFactory = _ => 20 };
        Option<FeatureMethod> method = new("--method") { Description = "auto, gram or streaming. Default auto.", DefaultValueFactory = _ => FeatureMethod.Auto };
        Option<double[]> times = new("--times") { Description = "Times of gradient flow at which the linearised network's responses are given.", AllowMultipleArgumentsPerToken = true };
        Option<bool> json = new("--json") { Description = "Prints the result as JSON." };
        Command command = new("starvation", "Gradient starvation in linearised networks; with --features, in a network of one's own.")
        {
            features, gram, labels, logits, lambda, decoupling, rank, method, times, json,
            FixedPointCommand.Create(),
            StarvationComputations.CreateLosses(),
            StarvationComputations.CreateDynamics(),
            StarvationComputations.CreateRegime(),
            StarvationComputations.CreateMultiClass(),
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            FeatureSource source = Computation.RunKeepingFileErrors(
                "starvation", () => FeatureSource.Of(parsed.GetValue(features), parsed.GetValue(gram), parsed.GetValue(labels), parsed.GetValue(logits)));
            Regularizer regularizer = parsed.GetValue(decoupling) ? Regularizer.SpectralDecoupling : Regularizer.WeightDecay;
            Result result = Run(source, new Settings(parsed.GetValue(lambda), regularizer, parsed.GetValue(rank), parsed.GetValue(method), parsed.GetValue(times) ?? []), cancellationToken);
            TextWriter output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json))
            {
                ResultOutput.WriteJson(result, output);
            }
            else
            {
                ResultOutput.WriteTable(Table(result), output);
            }

            return Task.FromResult((int)ExitCode.Done);
        });
        return command;
    }

    private static Result Run(FeatureSource source, Settings settings, CancellationToken cancellationToken)
    {
        string path = source.Features ?? source.Gram!;
        TangentSet set = Computation.RunKeepingFileErrors(path, () => source.Read(settings.Rank, settings.Method, cancellationToken));
        TangentFeatures features = set.Features;
        return Computation.RunKeepingFileErrors(path, () =>
        {
            LinearizedNetwork network = new(features.LeftVectors, features.Strengths, settings.Lambda, settings.Regularizer);
            FixedPoint optimum = FixedPoint.Find(network);
            Vector<double> spread = optimum.Dual.Map(a => a * (1 - a));
            Matrix<double> curvature = network.LeftVectors.TransposeThisAndMultiply(network.LeftVectors.MapIndexed((row, _, value) => value * spread[row]));
            Vector<double> scale = curvature.Diagonal().PointwiseSqrt();
            Matrix<double> coupling = curvature.MapIndexed((row, column, value) => value / (scale[row] * scale[column]));
            return new Result(
                set.ExampleCount,
                set.ParameterCount,
                [.. features.Strengths],
                features.Strengths.DotProduct(features.Strengths) / features.TotalSquare,
                [.. optimum.Responses],
                optimum.Residual,
                optimum.IsAttractive,
                Rows(coupling),
                Rows(Starvation.Matrix(network)),
                source.Logits is { } logits ? [.. FeatureSource.ReadLogits(logits, set.ExampleCount).Select(row => set.Responses(row).ToArray())] : null,
                settings.Times.Count == 0 ? null : [.. new PrimalDynamics(network).Integrate(settings.Times).Select(z => z.ToArray())],
                network is { Regularizer: Regularizer.SpectralDecoupling, IsRankDeficient: true }
                    ? $"The {network.FeatureCount} features span less than the {network.ExampleCount} examples: spectral decoupling decouples within their span only."
                    : null);
        });
    }

    private static IReadOnlyList<IReadOnlyList<double>> Rows(Matrix<double> matrix) => [.. matrix.EnumerateRows().Select(row => row.ToArray())];

    private static ResultTable Table(Result result)
    {
        ResultTable table = new(ResultColumn.Number("feature"), ResultColumn.Number("strength"), ResultColumn.Number("response z"), "starved most by")
        {
            Title = $"{result.Examples} examples{(result.Parameters is { } parameters ? $", {parameters} parameters" : "")}; these features carry {result.ShareOfSquares:P1} of the squared features. {result.Warning}".TrimEnd(),
        };
        for (int j = 0; j < result.Strengths.Count; j++)
        {
            double sign = Math.Sign(result.Responses[j]);
            int worst = Enumerable.Range(0, result.Strengths.Count).Where(i => i != j).OrderBy(i => result.Starvation[j][i] * sign).FirstOrDefault(-1);
            bool starved = worst >= 0 && result.Starvation[j][worst] * sign < 0;
            table.Add($"{j + 1}", result.Strengths[j].ToString("G6"), result.Responses[j].ToString("G6"), starved ? $"{worst + 1}" : "");
        }

        return table;
    }

    private sealed record Settings(double Lambda, Regularizer Regularizer, int Rank, FeatureMethod Method, IReadOnlyList<double> Times);

    internal sealed record Result(
        int Examples,
        int? Parameters,
        IReadOnlyList<double> Strengths,
        double ShareOfSquares,
        IReadOnlyList<double> Responses,
        double Residual,
        bool Attractive,
        IReadOnlyList<IReadOnlyList<double>> Coupling,
        IReadOnlyList<IReadOnlyList<double>> Starvation,
        IReadOnlyList<IReadOnlyList<double>>? Checkpoints,
        IReadOnlyList<IReadOnlyList<double>>? Linearized,
        string? Warning);
}
