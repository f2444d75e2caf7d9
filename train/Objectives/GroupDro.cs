using System.Globalization;
using GradientDynamics.Train.Training;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Objectives;

/// <summary>
/// Group distributionally robust optimisation: the sum of group losses L_g weighted by q, which grows for the groups that do badly: q_g ← q_g·exp(η·L_g) for the groups of a batch, then
/// q ← q / Σq, then the loss Σ q_g·L_g over the groups of the batch. L_g is the mean cross-entropy of the batch's examples of group g.
/// </summary>
/// <remarks>
/// Sagawa et al., "Distributionally Robust Neural Networks for Group Shifts", 2020, https://arxiv.org/abs/1911.08731, in the form of Idrissi et al., 2022, https://arxiv.org/abs/2110.14503, whose
/// experiments draw batches with the sampler group-reweighting: the sampler is chosen apart from the objective. With η = 0 this is the mean of the group losses.
/// </remarks>
public sealed record GroupDroOptions : ObjectiveOptions
{
    /// <summary>Step size η of the group weights. Default 0.1, as in the experiments of Idrissi et al.</summary>
    public double WeightStepSize { get; init { NumberGuards.ThrowIfNegativeOrNotFinite(value, nameof(WeightStepSize)); field = value; } } = 0.1;

    internal override bool IsMeanOverExamples => false;

    internal override IObjective Create(ObjectiveContext context) => new GroupDroObjective(this, context.GroupCount);
}

internal sealed class GroupDroObjective(GroupDroOptions options, int groupCount) : IObjective
{
    // One for every group, empty groups included, as in the papers' code: the first step divides by their number.
    private readonly double[] _weights = [.. Enumerable.Repeat(1.0, groupCount)];

    public IReadOnlyDictionary<string, double> State
    {
        get => _weights.Index().ToDictionary(pair => Name(pair.Index), pair => pair.Item, StringComparer.Ordinal);
        set
        {
            for (int group = 0; group < _weights.Length; group++)
            {
                _weights[group] = value.TryGetValue(Name(group), out double weight) ? weight : throw new InvalidDataException($"the weight of group {group} is missing in the objective's state.");
            }
        }
    }

    public ObjectiveValue Evaluate(Tensor logits, Batch batch)
    {
        PartMeans losses = PartMeans.Of(ClassificationLoss.PerExample(logits, batch.Labels), batch.Groups, groupCount);
        float[] values = losses.Means.detach().cpu().to(ScalarType.Float32).data<float>().ToArray();
        float[] present = losses.Present.cpu().to(ScalarType.Float32).data<float>().ToArray();
        for (int group = 0; group < groupCount; group++)
        {
            _weights[group] *= present[group] > 0 ? Math.Exp(options.WeightStepSize * values[group]) : 1;
        }

        double sum = _weights.Sum();
        for (int group = 0; group < groupCount; group++)
        {
            _weights[group] /= sum;
        }

        // An absent group has the loss 0.
        return new((losses.Means * tensor(_weights, logits.dtype, logits.device)).sum(), Penalty: null);
    }

    public void ObserveValidation(double loss, long nextStep)
    {
    }

    private static string Name(int group) => string.Create(CultureInfo.InvariantCulture, $"groupWeight{group}");
}
