using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace GradientDynamics.Train.Datasets;

/// <summary>One split of a dataset: inputs, labels and attributes. The group is computed from label and attribute, never stored.</summary>
public sealed class GroupedDataset
{
    private readonly ExampleInputs _inputs;
    private readonly int[] _labels;
    private readonly int[]? _attributes;
    private readonly int[]? _environments;
    private readonly float[]? _targets;

    /// <summary>A split over arrays that the caller gives away.</summary>
    /// <param name="description">What the data is.</param>
    /// <param name="split">Which split this is.</param>
    /// <param name="inputs">Inputs, row-major (count, input shape).</param>
    /// <param name="labels">Class index of each example.</param>
    /// <param name="attributes">Attribute index of each example; null where the description names no attributes.</param>
    /// <param name="environments">Environment of each example, from 0, for methods that compare environments, or null.</param>
    /// <param name="targets">Real-valued target of each example for regression, or null.</param>
    /// <exception cref="InvalidDataException">An input or target is not finite, or a label or attribute has no name.</exception>
    public GroupedDataset(DatasetDescription description, Split split, float[] inputs, int[] labels, int[]? attributes, int[]? environments = null, float[]? targets = null)
        : this(description, split, new ArrayInputs(inputs, (description ?? throw new ArgumentNullException(nameof(description))).InputShape), labels, attributes, environments, targets)
    {
    }

    /// <summary>A split whose inputs are held, or read, elsewhere.</summary>
    /// <param name="description">What the data is.</param>
    /// <param name="split">Which split this is.</param>
    /// <param name="inputs">Inputs of the examples.</param>
    /// <param name="labels">Class index of each example.</param>
    /// <param name="attributes">Attribute index of each example; null where the description names no attributes.</param>
    /// <param name="environments">Environment of each example, from 0, for methods that compare environments, or null.</param>
    /// <param name="targets">Real-valued target of each example for regression, or null.</param>
    /// <exception cref="InvalidDataException">An input or target is not finite, or a label or attribute has no name.</exception>
    public GroupedDataset(DatasetDescription description, Split split, ExampleInputs inputs, int[] labels, int[]? attributes, int[]? environments = null, float[]? targets = null)
    {
        ArgumentNullException.ThrowIfNull(description);
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentOutOfRangeException.ThrowIfNotEqual(inputs.Count, labels.Length, nameof(inputs));
        ArgumentOutOfRangeException.ThrowIfNotEqual(attributes?.Length ?? labels.Length, labels.Length, nameof(attributes));
        ArgumentOutOfRangeException.ThrowIfNotEqual(environments?.Length ?? labels.Length, labels.Length, nameof(environments));
        ArgumentOutOfRangeException.ThrowIfNotEqual(targets?.Length ?? labels.Length, labels.Length, nameof(targets));
        ArgumentOutOfRangeException.ThrowIfNotEqual(attributes is null, description.Attributes.Count == 0, nameof(attributes));
        Description = description;
        Split = split;
        _inputs = inputs;
        _labels = labels;
        _attributes = attributes;
        _environments = environments;
        _targets = targets;
        Check();
    }

    /// <summary>What the data is.</summary>
    public DatasetDescription Description { get; }

    /// <summary>Which split this is.</summary>
    public Split Split { get; }

    /// <summary>Number of examples.</summary>
    public int Count => _labels.Length;

    /// <summary>Inputs of the examples, wherever they are.</summary>
    public ExampleInputs Source => _inputs;

    /// <summary>Inputs, row-major (count, input shape).</summary>
    /// <exception cref="InvalidOperationException">The inputs are not an array of numbers in memory.</exception>
    public ReadOnlyMemory<float> Inputs => _inputs is ArrayInputs array
        ? array.Values
        : throw new InvalidOperationException($"The inputs of {Description.Name} are not an array of numbers in memory; read them through {nameof(Source)}.");

    /// <summary>Class index of each example.</summary>
    public ReadOnlySpan<int> Labels => _labels;

    /// <summary>Attribute index of each example; empty where the dataset has no attribute.</summary>
    public ReadOnlySpan<int> Attributes => _attributes;

    /// <summary>Environment of each example; empty where the dataset has none.</summary>
    public ReadOnlySpan<int> Environments => _environments;

    /// <summary>Real-valued target of each example; empty where the dataset has none.</summary>
    public ReadOnlySpan<float> Targets => _targets;

    /// <summary>Group of each example: label x attributes + attribute.</summary>
    public int[] Groups()
    {
        int[] groups = new int[Count];
        for (int i = 0; i < groups.Length; i++)
        {
            groups[i] = Description.GroupOf(_labels[i], _attributes is null ? 0 : _attributes[i]);
        }

        return groups;
    }

    /// <summary>Number of examples of every group, empty groups included.</summary>
    public long[] GroupCounts()
    {
        long[] counts = new long[Description.GroupCount];
        foreach (int group in Groups())
        {
            counts[group]++;
        }

        return counts;
    }

    /// <summary>The input of one example.</summary>
    public ReadOnlySpan<float> Input(int index)
    {
        int size = checked((int)Description.InputSize);
        return Inputs.Span.Slice(index * size, size);
    }

    /// <summary>SHA-256 of shape, names, labels, attributes, environments, inputs and targets: equal for equal data on every machine.</summary>
    public string ContentHash()
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{string.Join(',', Description.InputShape)}\n{string.Join('\n', Description.Classes)}\n\n{string.Join('\n', Description.Attributes)}\n\n"));
        AppendIntegers(hash, _labels);
        AppendIntegers(hash, _attributes ?? []);
        AppendIntegers(hash, _environments ?? []);
        _inputs.AppendTo(hash);
        hash.AppendData(MemoryMarshal.AsBytes(_targets.AsSpan()));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void AppendIntegers(IncrementalHash hash, int[] values)
    {
        byte[] length = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(length, values.LongLength);
        hash.AppendData(length);
        hash.AppendData(MemoryMarshal.AsBytes(values.AsSpan()));
    }

    private void Check()
    {
        ReadOnlySpan<float> inputs = _inputs is ArrayInputs array ? array.Values.Span : [];
        for (int i = 0; i < inputs.Length; i++)
        {
            if (!float.IsFinite(inputs[i]))
            {
                throw new InvalidDataException($"{Description.Name}, {Split} split: example {i / Description.InputSize} has the input {inputs[i]} at position {i % Description.InputSize}; finite numbers are accepted.");
            }
        }

        for (int i = 0; i < _targets?.Length; i++)
        {
            if (!float.IsFinite(_targets[i]))
            {
                throw new InvalidDataException($"{Description.Name}, {Split} split: example {i} has the target {_targets[i]}; finite numbers are accepted.");
            }
        }

        for (int i = 0; i < Count; i++)
        {
            if ((uint)_labels[i] >= (uint)Description.Classes.Count)
            {
                throw new InvalidDataException($"{Description.Name}, {Split} split: example {i} has the label {_labels[i]}; accepted are 0 to {Description.Classes.Count - 1}.");
            }

            if (_attributes is not null && (uint)_attributes[i] >= (uint)Description.Attributes.Count)
            {
                throw new InvalidDataException($"{Description.Name}, {Split} split: example {i} has the attribute {_attributes[i]}; accepted are 0 to {Description.Attributes.Count - 1}.");
            }
        }
    }
}
