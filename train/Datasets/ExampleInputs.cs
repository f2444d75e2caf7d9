using System.Security.Cryptography;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Datasets;

/// <summary>The inputs of a split's examples, one tensor for each input of the description.</summary>
public abstract class ExampleInputs
{
    /// <summary>Number of examples.</summary>
    public abstract int Count { get; }

    /// <summary>Whether all examples are in memory already, so that a device can hold them as a whole.</summary>
    public abstract bool AreInMemory { get; }

    /// <summary>Adds what makes the inputs what they are to a hash: equal for equal inputs on every machine.</summary>
    public abstract void AppendTo(IncrementalHash hash);

    /// <summary>The inputs of chosen examples in the CPU's memory, in the order of the description's inputs, each (examples, shape). They belong to no dispose scope.</summary>
    /// <param name="examples">Indices of the examples.</param>
    /// <exception cref="InvalidDataException">A file is not what it was when the dataset was loaded; the message names it.</exception>
    internal abstract Tensor[] Read(ReadOnlySpan<int> examples);

    /// <summary>As <see cref="Read"/>, of the shape that the description states also where a batch may be shorter.</summary>
    internal virtual Tensor[] ReadWhole(ReadOnlySpan<int> examples) => Read(examples);

    /// <summary>An order of the examples in which batches cost least, where order does not matter; null where all orders cost the same.</summary>
    internal virtual int[]? CheapestOrder => null;

    /// <summary>Whether training sees inputs changed at random, anew on each visit of an example.</summary>
    public virtual bool AreAugmented => false;

    /// <summary>As <see cref="Read"/>, changed at random where <see cref="AreAugmented"/>: example i of the batch by the numbers of <c>visits.Of(i)</c>.</summary>
    internal virtual Tensor[] ReadForTraining(ReadOnlySpan<int> examples, Visits visits) => Read(examples);

    /// <summary>As <see cref="Read"/>, or with visits as <see cref="ReadForTraining"/>.</summary>
    /// <param name="examples">Indices of the examples.</param>
    /// <param name="visits">Random numbers of training; null elsewhere.</param>
    /// <param name="used">Tensors of an earlier call that nobody needs any more: returned once more where they fit, for fresh memory costs as much as a part of the reading, or disposed. Null where there are none.</param>
    internal virtual Tensor[] Refill(ReadOnlySpan<int> examples, Visits? visits, Tensor[]? used)
    {
        foreach (Tensor tensor in used ?? [])
        {
            tensor.Dispose();
        }

        return visits is { } drawn ? ReadForTraining(examples, drawn) : Read(examples);
    }

    /// <summary>What is done once before the first batch, where that takes long enough to say so; reading does it unasked otherwise.</summary>
    internal virtual void Prepare(Action<string> say, CancellationToken cancellationToken)
    {
    }

    /// <summary>Reads every example to its end, and says of each that cannot be read which it is and why.</summary>
    /// <param name="report">Takes the number of examples done, now and then.</param>
    /// <param name="cancellationToken">Interrupts it.</param>
    internal virtual IReadOnlyList<string> FindBroken(Action<int> report, CancellationToken cancellationToken)
    {
        List<string> broken = [];
        // A part at a time: all examples as tensors may exceed the memory.
        int part = Math.Clamp(Count / 20, 64, 1000);
        for (int start = 0; start < Count; start += part)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                foreach (Tensor tensor in Read([.. Enumerable.Range(start, Math.Min(part, Count - start))]))
                {
                    tensor.Dispose();
                }
            }
            catch (InvalidDataException error)
            {
                broken.Add(error.Message);
            }

            report(Math.Min(start + part, Count));
        }

        return broken;
    }

    /// <summary>All inputs in the CPU's memory. They belong to no dispose scope.</summary>
    internal virtual Tensor[] ReadAll() => Read([.. Enumerable.Range(0, Count)]);
}
