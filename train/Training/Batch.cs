using static TorchSharp.torch;

namespace GradientDynamics.Train.Training;

/// <summary>The examples of one step.</summary>
/// <param name="Inputs">Inputs (batch, input shape).</param>
/// <param name="Labels">Labels (batch), INT64.</param>
/// <param name="Groups">Groups (batch), INT64: label x attributes + attribute.</param>
/// <param name="Step">Number of the step that the batch is for, from 0.</param>
internal sealed record Batch(Tensor Inputs, Tensor Labels, Tensor Groups, long Step)
{
    /// <summary>Attributes (batch), INT64, or null where the dataset has none.</summary>
    public Tensor? Attributes { get; init; }

    /// <summary>Environments (batch), INT64, or null where the dataset has none.</summary>
    public Tensor? Environments { get; init; }

    /// <summary>Real-valued targets (batch), or null where the dataset has none.</summary>
    public Tensor? Targets { get; init; }
}
