using System.Globalization;
using GradientDynamics.Onnx.Gradients;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Runtime;
using GradientDynamics.Serve.Inference;

namespace GradientDynamics.Serve.Repository;

/// <summary>The companion <c>NAME.gradient</c> of a model: its logits, an attack's loss and the gradient of the loss with respect to the input, for labels and targets that the caller gives.</summary>
internal static class GradientCompanion
{
    /// <summary>What the companion's name adds to the model's.</summary>
    public const string Suffix = ".gradient";

    private const long Untargeted = -1;

    /// <summary>Derives and loads the companion of the model in <paramref name="path"/>; a model without a gradient has an unavailable one that says why.</summary>
    public static ServedModel Load(string model, string version, string path, ModelConfiguration configuration)
    {
        try
        {
            OnnxGraph graph = OnnxModelFile.Read(path);
            var options = new InputGradientOptions { Cut = configuration.GradientCut };
            OnnxGraph companion = InputGradientGraph.Derive(graph, options);
            InputGradientNames names = InputGradientGraph.NamesFor(graph, options);
            var rules = new CompanionRules(
                names,
                long.Parse(companion.Metadata[InputGradientGraph.ClassCountKey], CultureInfo.InvariantCulture),
                Kinds(companion, InputGradientGraph.LossKindsKey),
                Kinds(companion, InputGradientGraph.TargetedLossKindsKey));
            OnnxSession session = OnnxSession.Load(companion, model + Suffix);
            return ServedModel.Ready(model + Suffix, version, session, configuration.MaxBatchSize, inputs => CheckValues(inputs, rules));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return ServedModel.Unavailable(model + Suffix, version, $"no gradient can be derived: {exception.Message}");
        }
    }

    /// <summary>Labels and targets outside the classes select nothing and would yield a gradient of zero; a loss that is not defined for the number of classes would yield NaN.</summary>
    private static void CheckValues(IReadOnlyList<OnnxTensor> inputs, CompanionRules rules)
    {
        ReadOnlySpan<long> labels = Values(inputs, rules.Names.Labels);
        ReadOnlySpan<long> targets = Values(inputs, rules.Names.Targets);
        ReadOnlySpan<long> kinds = Values(inputs, rules.Names.LossKind);
        if (targets.Length != labels.Length || kinds.Length != labels.Length)
        {
            throw Refusal.InvalidArgument(
                $"'{rules.Names.Labels}', '{rules.Names.Targets}' and '{rules.Names.LossKind}' have {labels.Length}, {targets.Length} and {kinds.Length} elements; one each per example is accepted");
        }

        for (int i = 0; i < labels.Length; i++)
        {
            if (labels[i] < 0 || labels[i] >= rules.Classes)
            {
                throw Refusal.InvalidArgument($"input '{rules.Names.Labels}': element {i} is {labels[i]}; accepted are classes from 0 to {rules.Classes - 1}");
            }

            if (targets[i] < Untargeted || targets[i] >= rules.Classes || targets[i] == labels[i])
            {
                throw Refusal.InvalidArgument(
                    $"input '{rules.Names.Targets}': element {i} is {targets[i]}; accepted are classes from 0 to {rules.Classes - 1} other than the label, and {Untargeted} for no target");
            }

            bool targeted = targets[i] != Untargeted;
            long[] accepted = targeted ? rules.TargetedKinds : rules.Kinds;
            if (!accepted.Contains(kinds[i]))
            {
                throw Refusal.InvalidArgument(
                    $"input '{rules.Names.LossKind}': element {i} is {kinds[i]}; with {rules.Classes} classes {(targeted ? "and a target " : "")}accepted are {string.Join(", ", accepted)}");
            }
        }
    }

    private static ReadOnlySpan<long> Values(IReadOnlyList<OnnxTensor> inputs, string name) => inputs.First(input => input.Name == name).Elements<long>();

    private static long[] Kinds(OnnxGraph companion, string key) =>
        [.. companion.Metadata[key].Split(',').Select(kind => long.Parse(kind, CultureInfo.InvariantCulture))];

    /// <summary>The values that a companion takes.</summary>
    private sealed record CompanionRules(InputGradientNames Names, long Classes, long[] Kinds, long[] TargetedKinds);
}
