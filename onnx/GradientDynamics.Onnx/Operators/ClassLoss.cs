using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Operators;

/// <summary>What becomes of the losses of single examples.</summary>
public enum LossReduction
{
    /// <summary>Their mean, weighted.</summary>
    Mean,

    /// <summary>Their sum.</summary>
    Sum,

    /// <summary>Nothing.</summary>
    None,
}

/// <summary>Attributes of NegativeLogLikelihoodLoss and SoftmaxCrossEntropyLoss.</summary>
/// <param name="IgnoredLabel">Label whose examples do not count; null for none.</param>
/// <param name="Reduction">What becomes of the losses.</param>
public sealed record ClassLossAttributes(long? IgnoredLabel, LossReduction Reduction)
{
    internal static AttributeSchema<long?> IgnoredLabelSchema { get; } = AttributeSchema.OptionalInt("ignore_index", "none");

    internal static AttributeSchema<LossReduction> ReductionSchema { get; } = AttributeSchema.Choice(
        "reduction", 1, ("mean", LossReduction.Mean), ("sum", LossReduction.Sum), ("none", LossReduction.None));

    /// <summary>The attributes of <paramref name="node"/>.</summary>
    public static ClassLossAttributes Of(GraphNode node) => new(IgnoredLabelSchema.Of(node), ReductionSchema.Of(node));
}

internal static class ClassLoss
{
    public static OperatorSchema NegativeLogLikelihood { get; } = new()
    {
        Name = "NegativeLogLikelihoodLoss",
        Summary = "Minus the input at the target's class along axis 1, times the class's weight, and the mean or sum of these.",
        FirstOpset = 12,
        Inputs =
        [
            OperandSchema.Of("input", "T", ElementTypeSet.Floating), OperandSchema.Of("target", "Tind", ElementTypeSet.Index), OperandSchema.OrAbsent("weight", "T", ElementTypeSet.Floating),
        ],
        Outputs = [OperandSchema.Of("loss", "T", ElementTypeSet.Floating)],
        Attributes = [ClassLossAttributes.IgnoredLabelSchema, ClassLossAttributes.ReductionSchema],
        Shapes = call => [Shape(call)],
    };

    public static OperatorSchema CrossEntropy { get; } = new()
    {
        Name = "SoftmaxCrossEntropyLoss",
        Summary = "NegativeLogLikelihoodLoss of LogSoftmax along axis 1, which it gives too.",
        FirstOpset = 12,
        Inputs =
        [
            OperandSchema.Of("scores", "T", ElementTypeSet.Floating), OperandSchema.Of("labels", "Tind", ElementTypeSet.Index), OperandSchema.OrAbsent("weights", "T", ElementTypeSet.Floating),
        ],
        Outputs = [OperandSchema.Of("output", "T", ElementTypeSet.Floating), OperandSchema.OrAbsent("log_prob", "T", ElementTypeSet.Floating)],
        Attributes = [ClassLossAttributes.IgnoredLabelSchema, ClassLossAttributes.ReductionSchema],
        Shapes = call => [Shape(call), call.Shape(0)],
    };

    private static TensorShape? Shape(OperatorCall call)
    {
        TensorShape? scores = call.Shape(0);
        TensorShape? labels = call.Shape(1);
        if (scores is not null && scores.Rank < 2)
        {
            throw call.Error($"its scores are {scores}; two dimensions and more are accepted: batch, classes and others");
        }

        TensorShape? examples = scores is null ? null : new([scores[0], .. scores.Skip(2)]);
        if (examples is not null && labels is not null && (examples.Rank != labels.Rank || examples.Zip(labels).Any(pair => !OperatorCall.MayEqual(pair.First, pair.Second))))
        {
            throw call.Error($"its scores are {scores} and its labels {labels}; labels {examples} are accepted");
        }

        call.RequireRank(2, "weight", 1);
        if (scores is not null && call.Shape(2) is { } weight && !OperatorCall.MayEqual(weight[0], scores[1]))
        {
            throw call.Error($"its weights are {weight} and its scores {scores}; one for each class is accepted");
        }

        return ClassLossAttributes.Of(call.Node).Reduction != LossReduction.None ? TensorShape.Scalar
            : examples is not null && labels is not null ? new([.. examples.Zip(labels, OperatorCall.Unify)])
            : examples ?? labels;
    }
}
