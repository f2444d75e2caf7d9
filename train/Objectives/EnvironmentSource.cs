using GradientDynamics.Train.Training;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Objectives;

/// <summary>What counts as an environment for the methods that compare environments.</summary>
public enum EnvironmentSource
{
    /// <summary>The environment that the dataset gives each training example.</summary>
    Dataset,

    /// <summary>The attribute of each training example.</summary>
    Attribute,
}

/// <summary>The environments of a batch.</summary>
internal sealed record Environments(EnvironmentSource Source, ObjectiveContext Context)
{
    /// <summary>Whether the data has them.</summary>
    public bool Exist => Source == EnvironmentSource.Dataset ? Context.HasEnvironments : Context.AttributeCount > 1;

    /// <summary>What the data lacks, for a refusal.</summary>
    public string Missing => Source == EnvironmentSource.Dataset
        ? $"compares environments, and {Context.Dataset} gives its examples none; accepted is a dataset with environments, or \"environments\": \"attribute\" with a dataset that has an attribute."
        : $"compares the values of the attribute, and {Context.Dataset} has no attribute with several; accepted is a dataset with an attribute.";

    /// <summary>Means of values (batch) over the environments of the batch.</summary>
    public PartMeans Means(Tensor values, Batch batch)
    {
        Tensor parts = (Source == EnvironmentSource.Dataset ? batch.Environments : batch.Attributes)!;
        // Environments are numbered from 0 without an upper bound; absent ones do not count.
        long count = Source == EnvironmentSource.Attribute ? Context.AttributeCount : parts.max().item<long>() + 1;
        return PartMeans.Of(values, parts, count);
    }
}
