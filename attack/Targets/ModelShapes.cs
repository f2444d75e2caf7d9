namespace GradientDynamics.Attack.Targets;

/// <summary>What a model's declared input and output shapes mean for an audit.</summary>
internal static class ModelShapes
{
    /// <summary>Shape of one input: the model's without its batch dimension, sizes that it leaves open taken from the examples.</summary>
    /// <exception cref="InputShapeException">They do not fit together.</exception>
    public static IReadOnlyList<int> Input(string model, IReadOnlyList<long> declared, IReadOnlyList<int>? examples)
    {
        string shape = $"[{string.Join(", ", declared.Skip(1).Select(size => size < 0 ? "?" : $"{size}"))}]";
        if (declared.Count < 1)
        {
            throw new InputShapeException($"{model}: its input has no batch dimension; accepted is a first dimension that varies.");
        }

        if (declared[0] >= 0)
        {
            throw new InputShapeException($"{model}: its input has the fixed batch size {declared[0]}; accepted is a first dimension that varies.");
        }

        if (examples is null)
        {
            return declared.Skip(1).All(size => size >= 0)
                ? [.. declared.Skip(1).Select(size => (int)size)]
                : throw new InputShapeException($"{model}: its input {shape} leaves sizes open and there are no examples to tell them.");
        }

        return declared.Count - 1 == examples.Count && declared.Skip(1).Zip(examples, (own, other) => own < 0 || own == other).All(fits => fits)
            ? examples
            : throw new InputShapeException($"{model} takes inputs of shape {shape}, the evaluation set has [{string.Join(", ", examples)}].");
    }

    /// <summary>Number of logits: the last dimension of an output (batch, logits).</summary>
    /// <exception cref="InputShapeException">The output is of another form.</exception>
    public static int LogitCount(string model, string output, IReadOnlyList<long> declared) =>
        declared is [_, >= 1 and <= int.MaxValue and long logits]
            ? (int)logits
            : throw new InputShapeException(
                $"{model}: its output '{output}' is [{string.Join(", ", declared.Select(size => size < 0 ? "?" : $"{size}"))}]; accepted is [batch, logits] with a fixed number of logits.");
}
