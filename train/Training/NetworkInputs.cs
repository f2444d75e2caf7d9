using GradientDynamics.CommandLine;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Train.Agreement;
using GradientDynamics.Train.Datasets;
using GradientDynamics.Train.Execution;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Training;

/// <summary>A network's inputs and those that a dataset gives. One input goes by position, several by their names; a network may leave some of several out.</summary>
internal static class NetworkInputs
{
    /// <summary>Fails unless the dataset gives what the network takes.</summary>
    /// <param name="network">The network.</param>
    /// <param name="data">The dataset.</param>
    /// <param name="say">Takes a line about inputs that the network does not look at; null drops it.</param>
    /// <exception cref="CommandException">It does not; the message names the input.</exception>
    public static void RequireFit(OnnxGraph network, DatasetDescription data, Action<string>? say)
    {
        if (data.Inputs.Count == 1 ? network.Inputs.Count != 1 : network.Inputs.Any(input => data.Inputs.All(given => given.Name != input.Name)))
        {
            throw new CommandException(ExitCode.Configuration, $"network: it has the inputs {Names(network.Inputs.Select(input => input.Name))}, and the dataset gives {Names(data.Inputs.Select(input => input.Name))}; accepted is a network of the same inputs.");
        }

        foreach (GraphValue input in network.Inputs)
        {
            DatasetInput given = Of(input, data);
            RequireFit(input, given);
            if (given.Limit is { } limit && ModelInputs.EmbeddingSizeOf(network, input.Name) is { } rows && rows < limit)
            {
                throw new CommandException(ExitCode.Configuration, $"network: its input '{input.Name}' takes numbers below {rows}, and the dataset's vocabulary has {limit} tokens; accepted is a network with as large a vocabulary.");
            }
        }

        string[] unseen = [.. data.Inputs.Select(given => given.Name).Where(name => data.Inputs.Count > 1 && network.Inputs.All(input => input.Name != name))];
        if (unseen.Length > 0)
        {
            say?.Invoke($"The network does not take {Names(unseen)} of the dataset's inputs.");
        }
    }

    /// <summary>The network's inputs for the first examples of a split, of the description's shape.</summary>
    public static Dictionary<string, ConstantTensor> Read(OnnxGraph network, GroupedDataset data, int count)
    {
        Tensor[] columns = data.Source.ReadWhole([.. Enumerable.Range(0, count)]);
        try
        {
            return network.Inputs.ToDictionary(
                input => input.Name,
                input => TorchTensors.ToConstant(columns[data.Description.Inputs.Index().First(given => given.Item == Of(input, data.Description)).Index]),
                StringComparer.Ordinal);
        }
        finally
        {
            foreach (Tensor column in columns)
            {
                column.Dispose();
            }
        }
    }

    private static DatasetInput Of(GraphValue input, DatasetDescription data) => data.Inputs.Count == 1 ? data.Inputs[0] : data.Inputs.First(given => given.Name == input.Name);

    private static void RequireFit(GraphValue input, DatasetInput given)
    {
        bool fits = input.Type.Element == given.Element && (input.Type.Shape is not { } shape
            || (shape.Rank == given.Shape.Count + 1 && given.Shape.Index().All(size => shape[size.Index + 1].Value is not { } own || own == size.Item)));
        if (!fits)
        {
            throw new CommandException(ExitCode.Configuration, $"network: its input is {input}, and the dataset gives {given.Element}[batch, {string.Join(", ", given.Shape)}]; accepted is a network of that input.");
        }

        if (given.Varies && input.Type.Shape is { } declared && Enumerable.Range(1, given.Shape.Count).Any(axis => declared[axis].Value is not null))
        {
            throw new CommandException(ExitCode.Configuration, $"network: its input is {input}, of a fixed length, and the dataset pads a batch to its longest text; accepted is dataset.tokens.padding maximum.");
        }
    }

    private static string Names(IEnumerable<string> names) => string.Join(", ", names.Select(name => $"'{name}'"));
}
