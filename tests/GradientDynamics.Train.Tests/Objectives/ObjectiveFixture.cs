using GradientDynamics.Train.Objectives;
using GradientDynamics.Train.Training;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Tests.Objectives;

/// <summary>Objectives of every kind, and small batches for them.</summary>
internal static class ObjectiveFixture
{
    /// <summary>Values are computed by hand in doubles; float32 keeps seven digits, the sums here are of order one.</summary>
    public const double Float32 = 2e-6;

    /// <summary>Data with two attributes, environments and targets; two classes unless the logits say more.</summary>
    public static ObjectiveContext Context(int logits, int attributes = 2) => new("test", logits, Math.Max(2, logits), attributes, HasEnvironments: true, HasTargets: true);

    /// <summary>A batch with a group for every label and attribute, attributes and environments alternating.</summary>
    public static Batch Batch(long[] labels, long[]? environments = null, long[]? attributes = null, float[]? targets = null, long step = 0)
    {
        long[] alternating = [.. Enumerable.Range(0, labels.Length).Select(i => (long)(i % 2))];
        attributes ??= alternating;
        return new(tensor(labels), tensor(labels), tensor([.. labels.Zip(attributes).Select(pair => (2 * pair.First) + pair.Second)]), step)
        {
            Attributes = tensor(attributes),
            Environments = tensor(environments ?? alternating),
            Targets = tensor(targets ?? [.. labels.Select(label => (2f * label) - 1)]),
        };
    }

    /// <summary>Every kind of objective, in forms whose value is a differentiable function of the logits: the weights of group-dro follow the losses, and are not differentiated.</summary>
    public static ObjectiveOptions[] Smooth =>
    [
        new ErmOptions(),
        new SpectralDecouplingOptions { Coefficient = 0.3, Target = 0.5 },
        new SpectralDecouplingOptions { Reduction = LogitReduction.SumPerExample },
        new SpectralDecouplingOptions { Reduction = LogitReduction.Sum },
        new SpectralDecouplingOptions { Reduction = LogitReduction.MeanPerClass, Coefficient = 0.7, Target = -0.2 },
        new GroupDroOptions { WeightStepSize = 0 },
        new IrmOptions { Coefficient = 3 },
        new IrmOptions { Coefficient = 3, DivideByCoefficient = false, Environments = EnvironmentSource.Attribute },
        new VRexOptions { Coefficient = 3 },
        new VRexOptions { Coefficient = 0.5, Environments = EnvironmentSource.Attribute },
        new FocalLossOptions(),
        new FocalLossOptions { Focus = 0.5 },
        new LabelSmoothingOptions(),
        new SquaredErrorOptions(),
        new HingeLossOptions(),
        new MarginVarianceOptions(),
    ];

    /// <summary>Loss and penalty together.</summary>
    public static double Value(ObjectiveOptions options, Tensor logits, Batch batch) =>
        options.Create(Context((int)logits.shape[1])).Evaluate(logits, batch).Total.to(ScalarType.Float64).item<double>();
}
