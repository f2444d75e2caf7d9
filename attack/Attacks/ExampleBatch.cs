namespace GradientDynamics.Attack.Attacks;

/// <summary>Some examples of an evaluation set: inputs (count, input), labels, and the names that random starts and messages refer to.</summary>
internal sealed class ExampleBatch
{
    /// <summary>Examples with their inputs row-major in one array.</summary>
    public ExampleBatch(string[] ids, float[] inputs, int[] labels, int inputLength)
    {
        if (labels.Length != ids.Length || inputs.Length != (long)ids.Length * inputLength)
        {
            throw new ArgumentException($"{ids.Length} ids, {labels.Length} labels and {inputs.Length} input elements of {inputLength} each do not belong together.");
        }

        Ids = ids;
        Inputs = inputs;
        Labels = labels;
        InputLength = inputLength;
    }

    /// <summary>Names of the examples.</summary>
    public string[] Ids { get; }

    /// <summary>All inputs.</summary>
    public float[] Inputs { get; }

    /// <summary>True classes.</summary>
    public int[] Labels { get; }

    /// <summary>Elements of one input.</summary>
    public int InputLength { get; }

    /// <summary>Number of examples.</summary>
    public int Count => Ids.Length;

    /// <summary>The input of one example.</summary>
    public ReadOnlySpan<float> Input(int example) => Inputs.AsSpan(example * InputLength, InputLength);
}
