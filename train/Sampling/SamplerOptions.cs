using System.Text.Json.Serialization;

namespace GradientDynamics.Train.Sampling;

/// <summary>Which examples an epoch consists of, and in which order.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(ShuffleOptions), "shuffle")]
[JsonDerivedType(typeof(ClassSubsamplingOptions), "class-subsampling")]
[JsonDerivedType(typeof(GroupSubsamplingOptions), "group-subsampling")]
[JsonDerivedType(typeof(ClassReweightingOptions), "class-reweighting")]
[JsonDerivedType(typeof(GroupReweightingOptions), "group-reweighting")]
[JsonDerivedType(typeof(ClassSquareRootReweightingOptions), "class-square-root-reweighting")]
[JsonDerivedType(typeof(GroupSquareRootReweightingOptions), "group-square-root-reweighting")]
[JsonDerivedType(typeof(ClassBalancedBatchesOptions), "class-balanced-batches")]
public abstract record SamplerOptions
{
    /// <summary>A sampler over the training set with these labels and groups.</summary>
    internal abstract ISampler Create(ReadOnlySpan<int> labels, ReadOnlySpan<int> groups, RunSeed seed);
}

/// <summary>Yields the indices of an epoch's examples; it knows neither tensors nor files.</summary>
internal interface ISampler
{
    /// <summary>Indices of the examples of <paramref name="epoch"/>, in order. The same epoch gives the same indices.</summary>
    int[] SampleEpoch(long epoch);
}
