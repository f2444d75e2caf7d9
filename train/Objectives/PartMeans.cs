using static TorchSharp.torch;

namespace GradientDynamics.Train.Objectives;

/// <summary>Means over the parts (classes, groups, environments) of a batch.</summary>
/// <param name="Means">Mean of each part, shape (parts); 0 for a part that the batch has no example of. Carries gradients.</param>
/// <param name="Present">1 for each part that the batch has examples of, else 0, shape (parts).</param>
internal readonly record struct PartMeans(Tensor Means, Tensor Present)
{
    /// <summary>Number of parts that the batch has examples of, a scalar.</summary>
    public Tensor PresentCount => Present.sum();

    /// <summary>Mean of the means over the parts that are present, a scalar.</summary>
    public Tensor Average => Means.sum() / PresentCount;

    /// <summary>Means of values (batch) over parts (batch), numbered below <paramref name="count"/>.</summary>
    public static PartMeans Of(Tensor values, Tensor parts, long count)
    {
        Tensor members = nn.functional.one_hot(parts, count).to(values.dtype);
        Tensor sizes = members.sum([0]);
        // An absent part has the sum 0; dividing it by 1 keeps it and its gradient 0.
        return new(values.unsqueeze(0).mm(members).squeeze(0) / sizes.clamp(min: 1), sizes.gt(0).to(values.dtype));
    }
}
