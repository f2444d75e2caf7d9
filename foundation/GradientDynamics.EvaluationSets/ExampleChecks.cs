namespace GradientDynamics.EvaluationSets;

/// <summary>What must hold for every example, checked alike when it is written and when it is read.</summary>
internal sealed class ExampleChecks(EvaluationSetMetadata metadata, string path)
{
    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);

    /// <summary>Throws where the example breaks a rule of the set; <paramref name="row"/> counts from 0.</summary>
    public void Check(EvaluationExample example, long row)
    {
        if (string.IsNullOrEmpty(example.Id))
        {
            throw Wrong(row, "", "column 'id' is empty; accepted is a name of its own for each example");
        }

        if (!_ids.Add(example.Id))
        {
            throw Wrong(row, example.Id, "column 'id' repeats an earlier row's; accepted is a name of its own for each example");
        }

        if (example.Label < 0 || example.Label >= metadata.ClassNames.Count)
        {
            throw Wrong(row, example.Id, $"column 'label' is {example.Label}; accepted is 0 to {metadata.ClassNames.Count - 1}");
        }

        if (metadata.HasAttribute ? example.Attribute is not { } attribute || attribute < 0 || attribute >= metadata.AttributeNames.Count : example.Attribute is not null)
        {
            string accepted = metadata.HasAttribute ? $"0 to {metadata.AttributeNames.Count - 1}" : "none, for the metadata names no attributes";
            throw Wrong(row, example.Id, $"column 'attribute' is {example.Attribute?.ToString() ?? "absent"}; accepted is {accepted}");
        }

        if (example.Inputs.Count != metadata.Inputs.Count)
        {
            throw Wrong(row, example.Id, $"has {example.Inputs.Count} inputs; accepted is {metadata.Inputs.Count}");
        }

        for (int i = 0; i < metadata.Inputs.Count; i++)
        {
            CheckInput(example, i, row);
        }
    }

    private void CheckInput(EvaluationExample example, int index, long row)
    {
        EvaluationInput input = metadata.Inputs[index];
        byte[] bytes = example.Inputs[index];
        string column = metadata.ColumnOf(index);
        if (input.Datatype == Datatype.Bytes)
        {
            return;
        }

        if (bytes.Length != input.ByteCount)
        {
            throw Wrong(row, example.Id, $"column '{column}' has {bytes.Length} bytes; accepted is {input.ByteCount}, shape [{string.Join(", ", input.Shape)}] of {input.Datatype.ProtocolName()}");
        }

        if (!input.Datatype.IsFloatingPoint() && input.Bounds is null && input.Datatype != Datatype.Bool)
        {
            return;
        }

        int count = input.ElementCount;
        int perChannel = input.Shape.Count == 0 ? 1 : count / input.Shape[0];
        for (int channel = 0; channel * perChannel < count; channel++)
        {
            // A bound such as 0.1 is compared as the datatype holds it.
            (double lower, double upper) = input.Bounds is { } bounds
                ? (Round(input.Datatype, bounds.LowerOf(channel)), Round(input.Datatype, bounds.UpperOf(channel)))
                : input.Datatype == Datatype.Bool ? (0, 1) : (double.MinValue, double.MaxValue);
            for (int i = channel * perChannel; i < (channel + 1) * perChannel; i++)
            {
                double value = TensorBytes.ElementAt(input.Datatype, bytes, i);
                if (!double.IsFinite(value) || value < lower || value > upper)
                {
                    string accepted = double.IsFinite(value) ? $"[{lower}, {upper}]" : "a finite number";
                    throw Wrong(row, example.Id, $"column '{column}' holds {value} at element {i}; accepted is {accepted}");
                }
            }
        }
    }

    private static double Round(Datatype datatype, double bound) => datatype switch
    {
        Datatype.FP32 => (float)bound,
        Datatype.FP16 => (double)(Half)bound,
        Datatype.BF16 => RoundToBFloat16((float)bound),
        _ => bound,
    };

    // To the nearest value whose low 16 bits are zero, ties to even.
    private static float RoundToBFloat16(float bound)
    {
        uint bits = BitConverter.SingleToUInt32Bits(bound);
        return BitConverter.UInt32BitsToSingle((bits + 0x7fff + ((bits >> 16) & 1)) & 0xffff0000);
    }

    private InvalidDataException Wrong(long row, string id, string what) =>
        new(id.Length == 0 ? $"{path}: row {row}: {what}." : $"{path}: row {row} (id '{id}'): {what}.");
}
