using GradientDynamics.Onnx.Networks;
using GradientDynamics.Train.Execution;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Training;

/// <summary>The examples of one step.</summary>
/// <param name="AllInputs">Each of the dataset's inputs by name (batch, input shape); the first is <see cref="Inputs"/>.</param>
/// <param name="Labels">Labels (batch), INT64.</param>
/// <param name="Groups">Groups (batch), INT64: label x attributes + attribute.</param>
/// <param name="Step">Number of the step that the batch is for, from 0.</param>
internal sealed record Batch(IReadOnlyList<KeyValuePair<string, Tensor>> AllInputs, Tensor Labels, Tensor Groups, long Step)
{
    /// <summary>The examples of one step of a dataset with one input.</summary>
    public Batch(Tensor inputs, Tensor labels, Tensor groups, long step)
        : this([KeyValuePair.Create(NetworkOptions.InputName, inputs)], labels, groups, step)
    {
    }

    /// <summary>The first input (batch, input shape), the only one of most datasets.</summary>
    public Tensor Inputs => AllInputs[0].Value;

    /// <summary>Attributes (batch), INT64, or null where the dataset has none.</summary>
    public Tensor? Attributes { get; init; }

    /// <summary>Environments (batch), INT64, or null where the dataset has none.</summary>
    public Tensor? Environments { get; init; }

    /// <summary>Real-valued targets (batch), or null where the dataset has none.</summary>
    public Tensor? Targets { get; init; }

    /// <summary>A network's logits for the batch (batch, logits): its first output.</summary>
    /// <exception cref="InputShapeException">The network takes other inputs.</exception>
    public Tensor Forward(GraphModule module)
    {
        if (AllInputs.Count == 1)
        {
            return module.forward(Inputs);
        }

        // A network may look at some of the inputs only: not every BERT has token types.
        IReadOnlyDictionary<string, Tensor> outputs = module.Execute(AllInputs.Where(input => module.Graph.Inputs.Any(own => own.Name == input.Key)).ToDictionary(StringComparer.Ordinal));
        string logits = module.Graph.Outputs[0].Name;
        foreach (Tensor other in outputs.Where(output => output.Key != logits).Select(output => output.Value))
        {
            other.Dispose();
        }

        return outputs[logits];
    }
}
