using System.Runtime.InteropServices;
using GradientDynamics.Train.Datasets;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Training;

/// <summary>A split of which batches are taken as tensors on one device. Inputs that are in memory already are held there as a whole, others are read batch by batch.</summary>
internal sealed class SplitTensors : IDisposable
{
    private readonly Device _device;
    private readonly Tensor[]? _inputs;
    private readonly Tensor _labels;
    private readonly Tensor _groups;
    private readonly Tensor? _attributes;
    private readonly Tensor? _environments;
    private readonly Tensor? _targets;

    /// <summary>The examples of a split on a device; null is the CPU.</summary>
    public SplitTensors(GroupedDataset data, Device? device = null)
    {
        Data = data;
        Groups = data.Groups();
        _device = device ?? CPU;
        _inputs = data.Source.AreInMemory ? [.. data.Source.ReadAll().Select(column => TorchDevice.Move(column, _device))] : null;
        _labels = Indices(data.Labels);
        _groups = Indices(Groups);
        _attributes = data.Attributes.IsEmpty ? null : Indices(data.Attributes);
        _environments = data.Environments.IsEmpty ? null : Indices(data.Environments);
        _targets = data.Targets.IsEmpty ? null : Floats(data.Targets, [data.Count]);
    }

    public GroupedDataset Data { get; }

    public int[] Groups { get; }

    /// <summary>Whether a batch is read when it is taken: from files, or changed at random in training.</summary>
    public bool IsRead(bool training) => _inputs is null || (training && Data.Source.AreAugmented);

    /// <summary>The examples at <paramref name="indices"/>, in that order; the tensors belong to the current dispose scope.</summary>
    /// <param name="indices">Indices of the examples.</param>
    /// <param name="step">Number of the step that they are for.</param>
    /// <param name="read">Their inputs, read before, which stay the caller's and share their memory with the batch; null reads them here, or takes them from memory.</param>
    public Batch Take(ReadOnlySpan<int> indices, long step, Tensor[]? read = null)
    {
        if (IsRange(indices))
        {
            int start = indices.IsEmpty ? 0 : indices[0];
            int count = indices.Length;
            return Of(column => column.narrow(0, start, count), indices, step, read);
        }

        using Tensor chosen = Indices(indices);
        return Of(column => column.index_select(0, chosen), indices, step, read);
    }

    /// <summary>The examples of a range, which belong to the current dispose scope; views where they are in memory.</summary>
    public Batch Range(int start, int count, long step) => Take([.. Enumerable.Range(start, count)], step);

    public void Dispose()
    {
        foreach (Tensor? column in (Tensor?[])[.. _inputs ?? [], _labels, _groups, _attributes, _environments, _targets])
        {
            column?.Dispose();
        }
    }

    private Batch Of(Func<Tensor, Tensor> part, ReadOnlySpan<int> examples, long step, Tensor[]? read)
    {
        Tensor[] inputs = read is not null ? [.. read.Select(column => _device.type == TorchSharp.DeviceType.CPU ? column.alias() : column.to(_device))]
            : _inputs is null ? [.. Data.Source.Read(examples).Select(column => InScope(TorchDevice.Move(column, _device)))]
            : [.. _inputs.Select(part)];
        return new([.. inputs.Zip(Data.Description.Inputs, (tensor, input) => KeyValuePair.Create(input.Name, tensor))], part(_labels), part(_groups), step)
        {
            Attributes = _attributes is null ? null : part(_attributes),
            Environments = _environments is null ? null : part(_environments),
            Targets = _targets is null ? null : part(_targets),
        };
    }

    private static Tensor InScope(Tensor detached)
    {
        using (detached)
        {
            return detached.alias();
        }
    }

    private Tensor Floats(ReadOnlySpan<float> values, long[] shape)
    {
        Tensor onHost = zeros(shape, float32).DetachFromDisposeScope();
        MemoryMarshal.AsBytes(values).CopyTo(onHost.bytes);
        return TorchDevice.Move(onHost, _device);
    }

    private Tensor Indices(ReadOnlySpan<int> values)
    {
        long[] wide = new long[values.Length];
        for (int i = 0; i < wide.Length; i++)
        {
            wide[i] = values[i];
        }

        return TorchDevice.Move(tensor(wide, int64).DetachFromDisposeScope(), _device);
    }

    // One after the other: a view serves without a copy.
    private static bool IsRange(ReadOnlySpan<int> indices)
    {
        for (int i = 1; i < indices.Length; i++)
        {
            if (indices[i] != indices[0] + i)
            {
                return false;
            }
        }

        return true;
    }
}
