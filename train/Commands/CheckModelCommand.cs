using System.CommandLine;
using System.Globalization;
using GradientDynamics.CommandLine;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;
using GradientDynamics.Onnx.Runtime;
using GradientDynamics.Train.Agreement;
using GradientDynamics.Train.Sampling;

namespace GradientDynamics.Train.Commands;

/// <summary><c>gd-train check-model</c>: whether TorchSharp and ONNX Runtime agree on a model and its gradients, and at which node they part.</summary>
internal static class CheckModelCommand
{
    public static Command Create()
    {
        Argument<string> model = new("model") { Description = "An ONNX model." };
        Option<string[]> inputs = new("--inputs")
        {
            Description = "Inputs besides the random ones: .npz, .npy, .pb or an evaluation set (.parquet); several are accepted.", AllowMultipleArgumentsPerToken = true,
        };
        Option<string[]> shapes = new("--shape") { Description = "Sizes of an input where they vary, as NAME=2x16. A size that nothing states is 2.", AllowMultipleArgumentsPerToken = true };
        Option<string[]> ranges = new("--range")
        {
            Description = "Random values of an input, as NAME=0:100: from 0, below 100. Floats are within the model's bounds, token ids within their embedding, other integers 0 or 1 by themselves.",
            AllowMultipleArgumentsPerToken = true,
        };
        Option<long> seed = new("--seed") { Description = "Seed of the random inputs. Default 0." };
        Option<string?> cut = new("--cut")
        {
            Description = "A value between the inputs and the outputs, such as token embeddings: gradients are checked with respect to it, at what the inputs make of it, in place of the inputs that only lead to it.",
        };
        Option<bool> noGradient = new("--no-gradient") { Description = "Leaves the input gradients out." };
        Option<bool> json = CommandOutput.JsonOption();

        Command command = new("check-model", "Compares TorchSharp and ONNX Runtime on a model, and its gradients with finite differences.") { model, inputs, shapes, ranges, seed, cut, noGradient, json };
        command.SetAction(async (result, cancellationToken) =>
        {
            string path = result.GetRequiredValue(model);
            OnnxGraph graph = OnnxModelFile.Read(path);
            if (OperatorSupport.OpsetObstacle(graph) is { } opset)
            {
                throw new CommandException(ExitCode.File, $"'{path}': {opset}.");
            }

            CutGraph? gradientsFrom = result.GetValue(cut) is { } value ? CutGraph.At(graph, value) : null;
            ModelInputs random = ModelInputs.Random(graph, new(result.GetValue(seed)), Shapes(graph, result.GetValue(shapes) ?? []), Ranges(graph, result.GetValue(ranges) ?? []));
            IReadOnlyList<ModelInputs> given = await ModelInputs.ReadAsync(graph, result.GetValue(inputs) ?? [], cancellationToken);
            GradientRequest request = new(new(result.GetValue(seed)), gradientsFrom, result.GetValue(noGradient) ? "--no-gradient was given" : null);
            CheckResult check = Run(path, graph, [random, .. given], request, cancellationToken);

            CommandOutput output = CommandOutput.Of(result, json);
            output.Write(check, check.ToTable());
            if (!output.Json && check.NotExecuted.Count > 0)
            {
                output.Error.WriteLine($"{path}: TorchSharp's side has no operator {string.Join(", ", check.NotExecuted)}; what stands before was compared.");
            }

            return check.Failure is { } failure ? throw new CommandException(ExitCode.Numerics, $"{path}: {failure}") : (int)ExitCode.Done;
        });
        return command;
    }

    private static CheckResult Run(string path, OnnxGraph graph, IReadOnlyList<ModelInputs> sets, GradientRequest request, CancellationToken cancellationToken)
    {
        string[] unknown = [.. graph.Nodes.Where(node => !OperatorSupport.IsExecuted(node)).Select(OperatorSupport.NameOf).Distinct().Order(StringComparer.Ordinal)];
        if (unknown.Length > 0)
        {
            // An operator that ONNX Runtime does not know either is told by the file, in the file's own opset, not by a part of its graph.
            OnnxSession.Load(path).Dispose();
        }

        List<CheckedInputs> results = [];
        foreach (ModelInputs set in sets)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                results.Add(Check(path, graph, set, results.Count, unknown, request, cancellationToken));
            }
            catch (Exception error) when (error is InvalidModelException or ModelRunException)
            {
                string where = set.IsGiven ? $"{set.Source}: {path} does not run on it" : $"{path}: it does not run on random inputs (--shape and --range choose others)";
                throw new CommandException(ExitCode.File, $"{where}: {(error is ModelRunException run ? run.Reason : error.Message)}", error);
            }
        }

        return CheckResult.Of(Path.GetFullPath(path), unknown, results);
    }

    private static CheckedInputs Check(string path, OnnxGraph graph, ModelInputs set, int index, string[] unknown, GradientRequest request, CancellationToken cancellationToken)
    {
        IReadOnlyList<ValueAgreement> values = BackEndRun.Compare(graph, path, set.Values);
        DifferingNode? first = null;
        if (values.Any(value => !value.Agrees))
        {
            first = BackEndRun.FindFirst(graph, path, set.Values) is var (node, value) ? new(OperatorSupport.NameOf(node), node.Name, value) : null;
        }

        string? notFinite = unknown.Length > 0 ? null : NotFinite(graph, set);
        cancellationToken.ThrowIfCancellationRequested();
        (OnnxGraph differentiated, IReadOnlyDictionary<string, ConstantTensor> point) = (graph, set.Values);
        string? withoutGradients = request.Refused
            ?? (unknown.Length > 0 ? $"TorchSharp's side has no operator {string.Join(", ", unknown)}"
                : notFinite is not null ? $"the output '{notFinite}' is not finite"
                : first is not null ? "the outputs differ"
                : null);
        if (withoutGradients is null && request.From is { } cut)
        {
            (differentiated, point) = (cut.Graph, cut.PointOf(set.Values));
        }

        if (withoutGradients is null && !differentiated.Inputs.Any(input => input.Type.Element.IsFloatingPoint))
        {
            withoutGradients = $"the model has no input of floating point, and a gradient with respect to {string.Join(", ", differentiated.Inputs)} does not exist; --cut NAME checks it with respect to a value inside, such as embeddings";
        }

        IReadOnlyList<InputGradientCheck> gradients = withoutGradients is null
            ? GradientCheck.Run(differentiated, point, request.Seed.Stream($"check-model gradient/{index}"), GradientScope.Model)
            : [];
        return new(set.Source, set.Values.ToDictionary(pair => pair.Key, pair => $"{pair.Value.Element}{pair.Value.Shape}"), values, first, notFinite, gradients, withoutGradients)
        {
            IsQuantized = graph.Nodes.Any(node => node.Operator is "QuantizeLinear" or "DequantizeLinear" or "DynamicQuantizeLinear"),
        };
    }

    // An output that is no number agrees with another one, and is of no use.
    private static string? NotFinite(OnnxGraph graph, ModelInputs set) => BackEndRun.InTorchSharp(graph, set.Values)
        .Where(pair => pair.Value.Element.IsFloatingPoint)
        .FirstOrDefault(pair => BackEndAgreement.HasNonFinite(pair.Value)).Key;

    private static Dictionary<string, long[]> Shapes(OnnxGraph graph, string[] texts) => Named(graph, "--shape", texts, "NAME=2x16", text =>
    {
        long[] sizes = [.. text.Split('x').Select(part => long.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out long size) && size > 0 ? size : -1)];
        return sizes.Contains(-1) ? null : sizes;
    });

    private static Dictionary<string, (double, double)> Ranges(OnnxGraph graph, string[] texts) => Named(graph, "--range", texts, "NAME=0:100, the second number above the first", text =>
    {
        string[] parts = text.Split(':');
        return parts.Length == 2
            && double.TryParse(parts[0], NumberStyles.Float, CultureInfo.InvariantCulture, out double least) && double.IsFinite(least)
            && double.TryParse(parts[1], NumberStyles.Float, CultureInfo.InvariantCulture, out double below) && double.IsFinite(below) && least < below
                ? new Tuple<double, double>(least, below)
                : null;
    }).ToDictionary(pair => pair.Key, pair => (pair.Value.Item1, pair.Value.Item2));

    private static Dictionary<string, T> Named<T>(OnnxGraph graph, string option, string[] texts, string accepted, Func<string, T?> parse)
        where T : class
    {
        Dictionary<string, T> named = new(StringComparer.Ordinal);
        foreach (string text in texts)
        {
            // Names may have an equals sign, sizes not.
            int equals = text.LastIndexOf('=');
            if (equals <= 0 || parse(text[(equals + 1)..]) is not { } value)
            {
                throw new CommandException(ExitCode.Configuration, $"{option}: is '{text}'; accepted is {accepted}.");
            }

            string name = text[..equals];
            if (graph.Inputs.All(input => input.Name != name))
            {
                throw new CommandException(ExitCode.Configuration, $"{option}: the model has no input '{name}'; its inputs are {string.Join(", ", graph.Inputs)}.");
            }

            named[name] = value;
        }

        return named;
    }
}

/// <summary>Which gradients are checked.</summary>
/// <param name="Seed">Seed of projections and directions.</param>
/// <param name="From">Where the graph is cut; null where gradients are those with respect to the inputs.</param>
/// <param name="Refused">Why none are; null where they are.</param>
internal sealed record GradientRequest(RunSeed Seed, CutGraph? From, string? Refused);

/// <summary>The node at which the back ends part.</summary>
/// <param name="Operator">Its operator.</param>
/// <param name="Name">Its name.</param>
/// <param name="Value">The output in which they differ.</param>
internal sealed record DifferingNode(string Operator, string Name, ValueAgreement Value);

/// <summary>What was found on one set of inputs.</summary>
/// <param name="Source">Where the inputs come from.</param>
/// <param name="Inputs">Types and shapes of the inputs.</param>
/// <param name="Values">The outputs in both back ends; where TorchSharp cannot execute the model, the values up to where it can.</param>
/// <param name="FirstDifference">The node at which they part.</param>
/// <param name="NotFinite">An output that has numbers that are not finite.</param>
/// <param name="Gradients">The gradients with respect to the inputs of floating point, or to the value at which the graph was cut.</param>
/// <param name="GradientsNotChecked">Why no gradient was checked at all; null where <c>gradients</c> says what became of each.</param>
internal sealed record CheckedInputs(
    string Source,
    IReadOnlyDictionary<string, string> Inputs,
    IReadOnlyList<ValueAgreement> Values,
    DifferingNode? FirstDifference,
    string? NotFinite,
    IReadOnlyList<InputGradientCheck> Gradients,
    string? GradientsNotChecked)
{
    /// <summary>Whether the model is quantized: ONNX Runtime then fuses its operators into integer ones, which round elsewhere, by up to a quantization step.</summary>
    public bool IsQuantized { get; init; }

    /// <summary>Whether the back ends differ only by what ONNX Runtime makes of a quantized graph.</summary>
    public bool DiffersByFusionOnly => IsQuantized && FirstDifference is null && Values.Any(value => !value.Agrees);

    /// <summary>The value that differs most, relative to what is accepted.</summary>
    public ValueAgreement? Worst => Values.MaxBy(value => value.Agrees ? (value.LargestDifference ?? 0) / Math.Max(value.Tolerance, double.Epsilon) : double.PositiveInfinity);

    /// <summary>What failed; null where nothing did.</summary>
    public string? Failure()
    {
        if (Worst is { Agrees: false } worst && !DiffersByFusionOnly)
        {
            string where = FirstDifference is { } first
                ? $"they part at node {first.Operator} '{(first.Name.Length > 0 ? first.Name : first.Value.Value)}', whose output '{first.Value.Value}' differs by {Text(first.Value.LargestDifference)}"
                : "node by node they agree: the difference comes with ONNX Runtime's optimizations";
            return $"TorchSharp's and ONNX Runtime's '{worst.Value}' differ by {Text(worst.LargestDifference)} on {Source} inputs; accepted is {worst.Tolerance:G3}; {where}. What would be served is not what is trained.";
        }

        return NotFinite is not null
            ? $"the output '{NotFinite}' is not finite on {Source} inputs; accepted is a model whose weights and outputs are finite numbers."
            : Gradients.FirstOrDefault(gradient => gradient.Outcome == GradientOutcome.Differs) is { } wrong ? $"on {Source} inputs {wrong.Reason}." : null;
    }

    private static string Text(double? number) => number?.ToString("G3", CultureInfo.InvariantCulture) ?? "more than a number, or in type or shape";
}

/// <summary>Result of <c>gd-train check-model</c>.</summary>
/// <param name="Model">Path of the model.</param>
/// <param name="LargestDifference">Largest absolute difference of an output in both back ends; null where it is no number.</param>
/// <param name="Tolerance">What rounding may account for in that output.</param>
/// <param name="GradientsChecked">Number of gradients that were compared with finite differences or autograd, over all sets of inputs; 0 says that none was.</param>
/// <param name="NotExecuted">Operators that TorchSharp does not execute.</param>
/// <param name="Checks">What was found on each set of inputs.</param>
/// <param name="Failure">What failed; none where nothing did.</param>
internal sealed record CheckResult(string Model, double? LargestDifference, double Tolerance, int GradientsChecked, IReadOnlyList<string> NotExecuted, IReadOnlyList<CheckedInputs> Checks, string? Failure)
{
    public static CheckResult Of(string model, IReadOnlyList<string> notExecuted, IReadOnlyList<CheckedInputs> checks)
    {
        ValueAgreement? worst = checks.Select(check => check.Worst).MaxBy(value => value is null ? -1 : value.Agrees ? value.LargestDifference ?? 0 : double.PositiveInfinity);
        int gradients = checks.Sum(check => check.Gradients.Count(gradient => gradient.Outcome != GradientOutcome.NotChecked));
        return new(model, worst?.LargestDifference, worst?.Tolerance ?? 0, gradients, notExecuted, checks, checks.Select(check => check.Failure()).FirstOrDefault(failure => failure is not null));
    }

    public ResultTable ToTable()
    {
        ResultTable table = new("inputs", "compared", ResultColumn.Number("largest difference"), ResultColumn.Number("tolerance"), "result");
        foreach (CheckedInputs check in Checks)
        {
            foreach (ValueAgreement value in NotExecuted.Count > 0 ? check.Worst is { } worst ? [worst] : [] : check.Values)
            {
                table.Add(check.Source, $"{value.Value}, TorchSharp and ONNX Runtime", Text(value.LargestDifference), Text(value.Tolerance),
                    value.Agrees ? "agree" : check.DiffersByFusionOnly ? "agree node by node; ONNX Runtime fuses quantized operators, which round elsewhere" : "differ");
            }

            if (check.GradientsNotChecked is { } reason)
            {
                table.Add(check.Source, "gradients", "", "", $"not checked: {reason}");
            }

            foreach (InputGradientCheck gradient in check.Gradients)
            {
                table.Add(
                    check.Source,
                    $"gradient of {gradient.Input}{(gradient.How is null ? "" : $", {gradient.How} and {gradient.ComparedWith}")}",
                    gradient.LargestError is { } error ? $"{Text(error)} relative" : "",
                    "",
                    gradient.Outcome switch { GradientOutcome.Agrees => gradient.Reason is null ? "agree" : $"agree; {gradient.Reason}", GradientOutcome.Differs => "differ", _ => $"not checked: {gradient.Reason}" });
            }
        }

        return table;
    }

    private static string Text(double? number) => number?.ToString("G2", CultureInfo.InvariantCulture) ?? "";
}
