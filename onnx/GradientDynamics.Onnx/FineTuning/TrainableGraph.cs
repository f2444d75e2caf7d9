using GradientDynamics.Onnx.Gradients;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Networks;
using GradientDynamics.Onnx.Operators;

namespace GradientDynamics.Onnx.FineTuning;

/// <summary>
/// A model of whatever origin as a graph that can be trained further: initializers are what is trained, Constant nodes what is not, the only
/// output is the logits, and normalisation and dropout are in the form whose training the execution knows.
/// </summary>
public static class TrainableGraph
{
    // Operators that a number stands in without being a weight: scales, offsets, exponents and bounds.
    private static readonly HashSet<string> Arithmetic = ["Add", "Clip", "Div", "Max", "Min", "Mul", "Pow", "Sub", "Where"];

    /// <summary>Makes the graph trainable; <paramref name="say"/> takes what was changed.</summary>
    /// <param name="model">The model.</param>
    /// <param name="logits">Name of the value that holds the logits; null finds it.</param>
    /// <param name="say">Takes a line for every kind of change.</param>
    /// <exception cref="InvalidModelException">Which value holds the logits is not clear, or a node cannot be brought into the form.</exception>
    public static OnnxGraph Of(OnnxGraph model, string? logits, Action<string> say)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(say);
        GraphEdit graph = new(model);
        NameBatch(graph);
        EndAtLogits(graph, model, logits, say);
        OwnNormalizationParameters(graph);
        InferenceForm(graph, say);
        ConstantsToWeights(graph, say);
        NumbersToConstants(graph, say);
        OnnxGraph trainable = graph.ToGraph();
        if (trainable.Nodes.Any(node => node.Operator == "Conv") && trainable.Nodes.All(node => node.Operator != "BatchNormalization"))
        {
            say("The model has no BatchNormalization: where its exporter folded it into convolutions, it stays folded.");
        }

        return WithInferredOutput(trainable);
    }

    /// <summary>The graph whose output has the type that follows from the nodes.</summary>
    internal static OnnxGraph WithInferredOutput(OnnxGraph graph)
    {
        GraphEdit edit = new(graph);
        edit.Outputs[0] = new(edit.Outputs[0].Name, new(ElementType.Undefined, null));
        OnnxGraph open = edit.ToGraph();
        edit.Outputs[0] = new(edit.Outputs[0].Name, ShapeInference.Infer(open)[edit.Outputs[0].Name]);
        return edit.ToGraph();
    }

    // An exporter that was shown one batch may have written down its size.
    private static void NameBatch(GraphEdit graph)
    {
        for (int i = 0; i < graph.Inputs.Count; i++)
        {
            if (graph.Inputs[i].Type is { Shape: { Rank: > 0 } shape } type && shape[0].Symbol is null)
            {
                graph.Inputs[i] = new(graph.Inputs[i].Name, new(type.Element, new([Dimension.Named(InputSpec.BatchSymbol), .. shape.Skip(1)])));
            }
        }
    }

    private static void EndAtLogits(GraphEdit graph, OnnxGraph model, string? wish, Action<string> say)
    {
        LogitsValue found = LogitsValue.Find(model, ShapeInference.Infer(model), wish);
        string name = found.Name;
        if (graph.Producer(name) is { Operator: "LogSoftmax", Domain: "" } logarithm)
        {
            name = logarithm.Inputs[0];
        }

        if (model.Outputs.All(output => output.Name != name))
        {
            say($"The network ends at '{name}', its logits, which objectives take; what stands behind it is left out.");
        }
        else if (model.Outputs.Count > 1)
        {
            say($"Of the outputs {string.Join(", ", model.Outputs.Select(output => $"'{output.Name}'"))} only '{name}', the logits, is kept.");
        }

        GraphValue? declared = graph.Outputs.Find(output => output.Name == name);
        graph.Outputs.Clear();
        graph.Outputs.Add(declared ?? new(name, new(ElementType.Undefined, null)));
    }

    // Exporters store equal tensors once; two normalisations whose parameters began equal are not one.
    private static void OwnNormalizationParameters(GraphEdit graph)
    {
        foreach (GraphNode identity in graph.Nodes.Where(node => node is { Operator: "Identity", Domain: "" }).ToArray())
        {
            if (graph.Initializers.TryGetValue(identity.Inputs[0], out ConstantTensor? shared) && graph.Nodes.Any(node => WeightOperands.OfNormalization(node).Contains(identity.Outputs[0])))
            {
                graph.Nodes.Remove(identity);
                graph.Set(identity.Outputs[0], shared);
            }
        }

        HashSet<string> owned = new(StringComparer.Ordinal);
        foreach (GraphNode node in graph.Nodes.ToArray())
        {
            string[] operands = [.. WeightOperands.OfNormalization(node)];
            if (operands.Length == 0)
            {
                continue;
            }

            string[] inputs = [.. node.Inputs];
            for (int i = 1; i < inputs.Length; i++)
            {
                if (graph.Initializers.TryGetValue(inputs[i], out ConstantTensor? tensor) && !owned.Add(inputs[i]))
                {
                    inputs[i] = graph.Unused(inputs[i]);
                    graph.Set(inputs[i], tensor);
                    owned.Add(inputs[i]);
                }
            }

            graph.Replace(node, inputs);
        }
    }

    // Nodes that state their own training mode, as exports from a training state have them, would train in service too.
    private static void InferenceForm(GraphEdit graph, Action<string> say)
    {
        int changed = 0;
        foreach (GraphNode node in graph.Nodes.Where(node => node.Domain.Length == 0).ToArray())
        {
            if (node.Operator == "BatchNormalization" && BatchNormalizationAttributes.Of(node).TrainingMode)
            {
                foreach (string statistics in node.Outputs.Skip(1).Where(output => output.Length > 0 && graph.Uses(output) > 0))
                {
                    throw new InvalidModelException($"Node {node} gives its running statistics '{statistics}' to other nodes; a network that uses them in training only is accepted.");
                }

                graph.Replace(node, attributes: node.Attributes.Without("training_mode"), outputs: node.Outputs.Take(1));
                changed++;
            }
            else if (node.Operator == "Dropout" && (node.Input(2) is not null || DropoutAttributes.Of(node).Seed is not null))
            {
                graph.Replace(node, node.Inputs.Take(2), node.Attributes.Without("seed"));
                changed++;
            }
        }

        if (changed > 0)
        {
            say($"{changed} BatchNormalization and Dropout nodes stated a training mode or a seed of their own; they follow training and the run's seed instead.");
        }
    }

    private static void ConstantsToWeights(GraphEdit graph, Action<string> say)
    {
        HashSet<string> origins = [.. graph.Nodes.SelectMany(node => WeightOperands.Of(node, graph)).Select(operand => WeightOperands.Origin(operand, graph))];
        int changed = 0;
        foreach (GraphNode constant in graph.Nodes.Where(node => node is { Operator: "Constant", Domain: "" } && origins.Contains(node.Outputs[0])).ToArray())
        {
            ConstantTensor value = ConstantAttributes.Of(constant).Value;
            if (value.Element.IsFloatingPoint && value.ElementCount > 1)
            {
                graph.Nodes.Remove(constant);
                graph.Set(constant.Outputs[0], value);
                changed++;
            }
        }

        if (changed > 0)
        {
            say($"{changed} Constant nodes hold weights; they are trained.");
        }
    }

    // Numbers that are no weights, but which a file may hold as initializers: single numbers in arithmetic, what meets the input before the first
    // weight (its normalisation), and masks, whose numbers are not finite.
    private static void NumbersToConstants(GraphEdit graph, Action<string> say)
    {
        HashSet<string> plain = PlainValues(graph);
        List<string> names = [];
        foreach ((string name, ConstantTensor tensor) in graph.Initializers.Where(pair => pair.Value.Element.IsFloatingPoint).ToArray())
        {
            GraphNode[] users = [.. graph.Nodes.Where(node => node.Inputs.Contains(name))];
            bool arithmetic = users.Length > 0 && Array.TrueForAll(users, node => node.Domain.Length == 0 && Arithmetic.Contains(node.Operator));
            bool number = tensor.ElementCount == 1 && !users.SelectMany(node => WeightOperands.Of(node, graph)).Contains(name);
            bool ofInput = Array.TrueForAll(users, node => node.Inputs.All(input => input == name || plain.Contains(input) || graph.Initializers.ContainsKey(input)) && node.Inputs.Any(plain.Contains));
            if (arithmetic && (number || ofInput || !IsFinite(tensor)))
            {
                graph.Initializers.Remove(name);
                graph.Nodes.Insert(0, new("Constant", [], [name], NodeAttributes.None.With("value", tensor)));
                names.Add(name);
            }
        }

        if (names.Count > 0)
        {
            say($"{names.Count} initializers are numbers and no weights, and are not trained: {string.Join(", ", names.Take(5).Select(name => $"'{name}'"))}{(names.Count > 5 ? ", …" : "")}.");
        }
    }

    // Values that come from floating-point inputs by operators without weights.
    private static HashSet<string> PlainValues(GraphEdit graph)
    {
        HashSet<string> plain = [.. graph.Inputs.Where(input => input.Type.Element.IsFloatingPoint).Select(input => input.Name)];
        foreach (GraphNode node in graph.Nodes.Where(node => !WeightOperands.Has(node) && node.Inputs.Any(plain.Contains)))
        {
            plain.UnionWith(node.Outputs);
        }

        return plain;
    }

    private static bool IsFinite(ConstantTensor tensor) => tensor.Element switch
    {
        ElementType.Float => !tensor.AsSpan<float>().ToArray().Any(number => !float.IsFinite(number) || number <= -1e4f),
        ElementType.Double => !tensor.AsSpan<double>().ToArray().Any(number => !double.IsFinite(number) || number <= -1e4),
        _ => true,
    };
}
