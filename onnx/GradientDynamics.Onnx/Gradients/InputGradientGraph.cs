using System.Collections.Immutable;
using System.Text.Json;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;

namespace GradientDynamics.Onnx.Gradients;

/// <summary>
/// Derives the companion of a classifier: a graph of standard operators that yields the gradient of an attack loss with respect to the
/// classifier's input. It has the model's inputs and labels, targets and loss_kind (INT64 [batch]); its outputs are the logits as the
/// model gives them, the loss [batch] of each example, and input_gradient, the gradient of the sum of the losses, so that each row is
/// its example's own. The same model gives the same bytes.
/// </summary>
public static class InputGradientGraph
{
    /// <summary>What is put in front of a name that the model uses already.</summary>
    public const string Prefix = "gradientdynamics_";

    /// <summary>Metadata: the values of loss_kind that the companion takes, separated by commas.</summary>
    public const string LossKindsKey = "gradientdynamics.loss_kinds";

    /// <summary>Metadata: the values of loss_kind that the companion takes where a target is given, separated by commas.</summary>
    public const string TargetedLossKindsKey = "gradientdynamics.targeted_loss_kinds";

    /// <summary>Metadata: number of classes of the losses; 2 with a single logit.</summary>
    public const string ClassCountKey = "gradientdynamics.class_count";

    /// <summary>Metadata: which value of the model the logits are.</summary>
    public const string LogitsOriginKey = "gradientdynamics.logits";

    /// <summary>Metadata: the input that is differentiated.</summary>
    public const string DifferentiatedInputKey = "gradientdynamics.differentiated_input";

    /// <summary>Metadata: the nodes that the gradient passes straight through, as a JSON list of "Operator 'name'"; absent where there are none.</summary>
    public const string StraightThroughKey = "gradientdynamics.straight_through";

    internal const string LogitsName = "logits";

    /// <summary>The companion of <paramref name="model"/>.</summary>
    /// <exception cref="UnsupportedOperatorException">The gradient passes through an operator, or a form of it, without a rule; the message names the node.</exception>
    /// <exception cref="InvalidModelException">The model is no classifier, or what is differentiated is ambiguous.</exception>
    public static OnnxGraph Derive(OnnxGraph model, InputGradientOptions? options = null)
    {
        (OnnxGraph forward, TypeScope scope, LogitsValue logits, InputGradientNames names) = Resolve(model, options ?? new());
        IReadOnlyDictionary<string, TensorType> types = scope.Types;
        TensorType inputType = types[names.Input];
        TensorType logitsType = types[logits.Name];
        long classes = ClassesOf(logits.Name, logitsType);
        GradientGraph graph = new(model, [names.Labels, names.Targets, names.LossKind, names.Logits, names.Loss, names.InputGradient]);
        Backpropagation pass = new(forward, scope, graph, names.Input, logits.Name);
        if (!pass.IsActive(logits.Name))
        {
            throw new InvalidModelException($"The logits '{logits.Name}' do not depend on the input '{names.Input}' through operators that have gradients.");
        }

        HalfPrecision precision = new(graph, logitsType, inputType);
        (string loss, string logitsGradient) = EmitLoss(graph, precision.Widen(logits.Name), precision.LossType, classes, names);
        string gradient = pass.Run(names.Input, logits.Name, precision.Narrow(logitsGradient))
            ?? throw new InvalidModelException($"The logits '{logits.Name}' do not depend on the input '{names.Input}' through operators that have gradients.");
        graph.Rename(loss, names.Loss);
        graph.Rename(precision.Restore(gradient), names.InputGradient);
        if (names.Logits != logits.Name)
        {
            graph.AddNamed(names.Logits, "Identity", logits.Name);
        }

        Dimension batch = BatchOf(logitsType.Shape!, inputType.Shape);
        TensorType perExample = new(ElementType.Int64, new(batch));
        GraphNode[] nodes = [.. pass.ForwardNodes, .. graph.Nodes];
        HashSet<string> used = [.. nodes.SelectMany(node => node.Uses)];
        return new OnnxGraph(
            [.. forward.Inputs, new(names.Labels, perExample), new(names.Targets, perExample), new(names.LossKind, perExample)],
            [new(names.Logits, logitsType), new(names.Loss, new(precision.LossType.Element, new(batch))), new(names.InputGradient, new(precision.GradientElement, inputType.Shape))],
            nodes,
            model.Initializers.Where(pair => used.Contains(pair.Key)),
            graph.Opset,
            WithStraightThrough(pass.StraightThroughNodes, model.Metadata.SetItems(new Dictionary<string, string>
            {
                [LossKindsKey] = Kinds(classes, targeted: false),
                [TargetedLossKindsKey] = Kinds(classes, targeted: true),
                [ClassCountKey] = $"{classes}",
                [LogitsOriginKey] = logits.Origin,
                [DifferentiatedInputKey] = names.Input,
            })),
            model.Name + ".gradient")
        {
            Source = model.Source,
        };
    }

    /// <summary>The names that the companion of <paramref name="model"/> uses.</summary>
    /// <exception cref="InvalidModelException">The model is no classifier, or what is differentiated is ambiguous.</exception>
    public static InputGradientNames NamesFor(OnnxGraph model, InputGradientOptions? options = null) => Resolve(model, options ?? new()).Names;

    /// <summary>The nodes that a companion's gradient passes straight through, as its metadata says; none where it says nothing.</summary>
    /// <exception cref="InvalidModelException">The metadata holds something else.</exception>
    public static IReadOnlyList<string> StraightThroughOf(IReadOnlyDictionary<string, string> metadata)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        try
        {
            return metadata.TryGetValue(StraightThroughKey, out string? text) ? JsonSerializer.Deserialize<string[]>(text) ?? [] : [];
        }
        catch (JsonException error)
        {
            throw new InvalidModelException($"Metadata '{StraightThroughKey}' is {metadata[StraightThroughKey]}; a JSON list of texts is accepted.", error);
        }
    }

    private static ImmutableSortedDictionary<string, string> WithStraightThrough(IReadOnlyList<StraightThroughNode> nodes, ImmutableSortedDictionary<string, string> metadata) => nodes.Count == 0
        ? metadata.Remove(StraightThroughKey)
        : metadata.SetItem(StraightThroughKey, JsonSerializer.Serialize(nodes.Reverse().Select(node => $"{node}")));

    // The graph that is differentiated, what is known of its values, where its logits are, and what the companion's values are called.
    private static (OnnxGraph Forward, TypeScope Scope, LogitsValue Logits, InputGradientNames Names) Resolve(OnnxGraph model, InputGradientOptions options)
    {
        if (options is { Input: { } input, Cut: { } both })
        {
            throw new UnfitSettingException("input", $"The input '{input}' and the cut '{both}' are both named; the one that is differentiated is accepted.");
        }

        if (OperatorSupport.OpsetObstacle(model) is { } opset)
        {
            throw new UnsupportedOperatorException($"{opset}.");
        }

        TypeScope scope = ShapeInference.InferScope(model);
        LogitsValue logits = LogitsValue.Find(model, scope.Types, options.Logits);
        OnnxGraph forward = options.Cut is { } cut ? GraphCut.At(model, scope.Types, cut, [logits.Name], "logits") : model;
        return (forward, scope, logits, NamesFor(model, logits.Name, options.Cut ?? InputOf(model, options.Input).Name));
    }

    private static InputGradientNames NamesFor(OnnxGraph model, string logits, string input)
    {
        HashSet<string> used = [.. GradientGraph.NamesOf(model)];
        string Free(string name)
        {
            while (used.Contains(name))
            {
                name = Prefix + name;
            }

            return name;
        }

        return new(
            Free("labels"),
            Free("targets"),
            Free("loss_kind"),
            logits == LogitsName ? logits : Free(LogitsName),
            Free("loss"),
            Free("input_gradient"),
            input);
    }

    private static GraphValue InputOf(OnnxGraph model, string? wish)
    {
        string all = string.Join(", ", model.Inputs);
        GraphValue[] floating = [.. model.Inputs.Where(input => input.Type.Element.IsFloatingPoint)];
        if (wish is not null)
        {
            return floating.FirstOrDefault(input => input.Name == wish)
                ?? throw new UnfitSettingException("input", $"The model has no input '{wish}' of floating point to differentiate; its inputs are {all}.");
        }

        return floating switch
        {
            [var only] => only,
            [] => throw new InvalidModelException($"The model has no input of floating point: a gradient with respect to integers or text does not exist; a value of floating point to cut the graph at is accepted. Its inputs are {all}."),
            _ => throw new UnfitSettingException("input", $"The model has several inputs of floating point; name the one to differentiate. Its inputs are {all}."),
        };
    }

    // Number of classes; a single logit stands for two.
    private static long ClassesOf(string logits, TensorType type)
    {
        if (!type.Element.IsFloatingPoint)
        {
            throw new InvalidModelException($"The logits '{logits}' are {type}; a floating-point type is accepted.");
        }

        return type.Shape switch
        {
            { Rank: 1 } => 2,
            { Rank: > 1 } shape when shape[1].Value is { } count and > 0 && shape.Skip(2).All(size => size.Value == 1) => Math.Max(count, 2),
            _ => throw new InvalidModelException($"The logits '{logits}' are {type}; [batch], [batch, 1] and [batch, classes] with a fixed number of classes are accepted."),
        };
    }

    private static (string Loss, string Gradient) EmitLoss(GradientGraph graph, string logits, TensorType type, long classes, InputGradientNames names)
    {
        TensorShape shape = type.Shape!;
        bool single = shape.Rank == 1 || shape[1].Value == 1;
        long[] extra = [.. Enumerable.Range(2, Math.Max(0, shape.Rank - 2)).Select(axis => (long)axis)];
        string matrix = shape.Rank switch
        {
            1 => graph.Unsqueeze(logits, 1),
            2 => logits,
            _ => graph.Add("Squeeze", logits, graph.Indices(extra)),
        };
        (string loss, string gradient) = classes == 2
            ? AttackLosses.EmitTwoClasses(graph, matrix, type.Element, single, names)
            : AttackLosses.EmitManyClasses(graph, matrix, type.Element, classes, names);
        return (loss, shape.Rank == 1 ? graph.Add("Squeeze", gradient, graph.Indices(1)) : graph.Unsqueeze(gradient, extra));
    }

    private static Dimension BatchOf(TensorShape logits, TensorShape? input) =>
        logits[0] != Dimension.Unknown || input is null || input.Rank == 0 ? logits[0] : input[0];

    private static string Kinds(long classes, bool targeted) => string.Join(",", AttackLosses.KindsFor(classes, targeted).Select(kind => (int)kind));
}
