using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;

namespace GradientDynamics.Onnx.Gradients;

/// <summary>
/// Which value of a model holds its logits. An output of probabilities is no logit: their gradient vanishes where the network is
/// confident, and an attack that follows it stands still. Where the model ends in Softmax or, with one output, in Sigmoid, the logits are what stands before.
/// </summary>
/// <param name="Name">Name of the value.</param>
/// <param name="Origin">Where the value was found, for the companion's metadata.</param>
internal sealed record LogitsValue(string Name, string Origin)
{
    private static readonly HashSet<string> Unchanged = ["Identity", "Dropout"];
    private static readonly HashSet<string> Reshaped = ["Flatten", "Reshape", "Squeeze", "Unsqueeze", "Cast"];

    /// <summary>Finds the logits.</summary>
    /// <exception cref="InvalidModelException">There are none, or which they are is ambiguous.</exception>
    public static LogitsValue Find(OnnxGraph model, IReadOnlyDictionary<string, TensorType> types, string? wish)
    {
        string output = wish ?? OutputOf(model, types);
        if (!types.ContainsKey(output))
        {
            throw new UnfitSettingException("logits", $"The model has no value '{output}' to take as logits.");
        }

        bool reshaped = false;
        for (string value = output; ;)
        {
            GraphNode? producer = model.Nodes.FirstOrDefault(node => node.Outputs.Contains(value));
            if (producer is null || producer.Domain.Length > 0)
            {
                return new(output, $"value '{output}'");
            }

            if (producer.Operator is "Softmax" or "Sigmoid")
            {
                if (reshaped)
                {
                    throw new InvalidModelException($"The output '{output}' holds probabilities: a reshaped {producer}. Name the value that holds the logits.");
                }

                CheckClasses(producer, output, types[value].Shape);
                return new(producer.Inputs[0], $"value '{producer.Inputs[0]}' before the final {producer}");
            }

            if (!Unchanged.Contains(producer.Operator) && !Reshaped.Contains(producer.Operator))
            {
                return new(output, $"value '{output}'");
            }

            reshaped |= Reshaped.Contains(producer.Operator);
            value = producer.Inputs[0];
        }
    }

    private static string OutputOf(OnnxGraph model, IReadOnlyDictionary<string, TensorType> types)
    {
        GraphValue[] floating = [.. model.Outputs.Where(output => types[output.Name].Element is var element && (element.IsFloatingPoint || element == ElementType.Undefined))];
        GraphValue? named = floating.FirstOrDefault(output => output.Name == InputGradientGraph.LogitsName);
        return floating switch
        {
            [var only] => only.Name,
            [] => throw new InvalidModelException($"The model has no output of floating point to take as logits; its outputs are {string.Join(", ", model.Outputs)}."),
            _ => named?.Name ?? throw new UnfitSettingException(
                "logits",
                $"The model has several outputs: {string.Join(", ", floating.Select(output => $"'{output.Name}'"))}. Name the one that holds the logits."),
        };
    }

    private static void CheckClasses(GraphNode node, string output, TensorShape? shape)
    {
        bool single = shape is { Rank: 1 } || (shape is { Rank: > 1 } && shape.Skip(1).All(size => size.Value == 1));
        if (node.Operator == "Sigmoid" && !single)
        {
            throw new InvalidModelException($"The output '{output}' {shape} holds one probability per class of {node}, not one class of several; a single output is accepted with Sigmoid.");
        }

        if (node.Operator == "Softmax")
        {
            long axis = SoftmaxAttributes.Of(node).Axis;
            if (single || shape is null || shape.Rank < 2 || (axis < 0 ? axis + shape.Rank : axis) != 1)
            {
                throw new InvalidModelException($"The output '{output}' {shape} of {node} normalises axis {axis}; probabilities of several classes along axis 1 are accepted.");
            }
        }
    }
}
