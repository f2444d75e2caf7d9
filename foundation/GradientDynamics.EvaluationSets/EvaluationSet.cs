namespace GradientDynamics.EvaluationSets;

/// <summary>An evaluation set in memory: labelled examples with the model's inputs as bytes.</summary>
public sealed record EvaluationSet
{
    /// <summary>What the set says about itself.</summary>
    public required EvaluationSetMetadata Metadata { get; init; }

    /// <summary>The examples, in file order.</summary>
    public required IReadOnlyList<EvaluationExample> Examples { get; init; }

    /// <summary>Reads a set, at most <paramref name="limit"/> examples of it.</summary>
    /// <exception cref="InvalidDataException">The file is no evaluation set, or an example breaks a rule of it.</exception>
    public static async Task<EvaluationSet> ReadAsync(string path, int? limit = null, CancellationToken cancellationToken = default)
    {
        await using EvaluationSetReader reader = await EvaluationSetReader.OpenAsync(path, cancellationToken);
        List<EvaluationExample> examples = await reader.ReadAsync(limit, cancellationToken).ToListAsync(cancellationToken);
        return new EvaluationSet { Metadata = reader.Metadata, Examples = examples };
    }

    /// <summary>Group of an example: computed from label and attribute.</summary>
    public int GroupOf(int example) => Metadata.Group(Examples[example].Label, Examples[example].Attribute);

    /// <summary>One input of <paramref name="count"/> examples from <paramref name="start"/> on, (count, shape…) in row-major order.</summary>
    /// <exception cref="NotSupportedException">The datatype's values are not exactly floats.</exception>
    public float[] ReadFloats(int start, int count, int input = 0)
    {
        EvaluationInput description = Metadata.Inputs[input];
        int elements = description.ElementCount;
        float[] floats = new float[checked(count * elements)];
        for (int i = 0; i < count; i++)
        {
            TensorBytes.ToFloats(description.Datatype, Examples[start + i].Inputs[input], floats.AsSpan(i * elements, elements));
        }

        return floats;
    }

    /// <summary>One input of <paramref name="count"/> examples from <paramref name="start"/> on, their bytes one after the other, as the protocol's raw contents hold them.</summary>
    /// <exception cref="NotSupportedException">The datatype is BYTES, whose raw contents carry a length before each element.</exception>
    public byte[] ReadBytes(int start, int count, int input = 0)
    {
        EvaluationInput description = Metadata.Inputs[input];
        if (description.Datatype == Datatype.Bytes)
        {
            throw new NotSupportedException("Elements of datatype BYTES have any length; read each example's own.");
        }

        byte[] bytes = new byte[checked(count * description.ByteCount)];
        for (int i = 0; i < count; i++)
        {
            Examples[start + i].Inputs[input].CopyTo(bytes, i * description.ByteCount);
        }

        return bytes;
    }
}
