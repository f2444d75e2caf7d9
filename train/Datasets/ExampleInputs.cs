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

    /// <summary>All inputs in the CPU's memory. They belong to no dispose scope.</summary>
    internal virtual Tensor[] ReadAll() => Read([.. Enumerable.Range(0, Count)]);
}
