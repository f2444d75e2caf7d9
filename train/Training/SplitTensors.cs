using System.Runtime.InteropServices;
using GradientDynamics.Train.Datasets;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Training;

/// <summary>A split as tensors, from which batches are taken.</summary>
internal sealed class SplitTensors : IDisposable
{
    private readonly Tensor _inputs;
    private readonly Tensor _labels;
    private readonly Tensor _groups;
    private readonly Tensor? _environments;

    public SplitTensors(GroupedDataset data)
    {
        Data = data;
        Groups = data.Groups();
        _inputs = zeros([data.Count, .. data.Description.InputShape], float32).DetachFromDisposeScope();
        MemoryMarshal.AsBytes(data.Inputs.Span).CopyTo(_inputs.bytes);
        _labels = Indices(data.Labels);
        _groups = Indices(Groups);
        _environments = data.Environments.IsEmpty ? null : Indices(data.Environments);
    }

    public GroupedDataset Data { get; }

    public int[] Groups { get; }

    /// <summary>The examples at <paramref name="indices"/>, in that order; the tensors belong to the current dispose scope.</summary>
    public Batch Take(ReadOnlySpan<int> indices, long step)
    {
        if (IsWhole(indices))
        {
            return new(_inputs.alias(), _labels.alias(), _groups.alias(), _environments?.alias(), step);
        }

        using Tensor chosen = Indices(indices);
        return new(_inputs.index_select(0, chosen), _labels.index_select(0, chosen), _groups.index_select(0, chosen), _environments?.index_select(0, chosen), step);
    }

    /// <summary>The examples of a range; views, which belong to the current dispose scope.</summary>
    public Batch Range(int start, int count, long step) =>
        new(_inputs.narrow(0, start, count), _labels.narrow(0, start, count), _groups.narrow(0, start, count), _environments?.narrow(0, start, count), step);

    public void Dispose()
    {
        _inputs.Dispose();
        _labels.Dispose();
        _groups.Dispose();
        _environments?.Dispose();
    }

    private static Tensor Indices(ReadOnlySpan<int> values)
    {
        long[] wide = new long[values.Length];
        for (int i = 0; i < wide.Length; i++)
        {
            wide[i] = values[i];
        }

        return tensor(wide, int64).DetachFromDisposeScope();
    }

    private bool IsWhole(ReadOnlySpan<int> indices)
    {
        if (indices.Length != Data.Count)
        {
            return false;
        }

        for (int i = 0; i < indices.Length; i++)
        {
            if (indices[i] != i)
            {
                return false;
            }
        }

        return true;
    }
}
