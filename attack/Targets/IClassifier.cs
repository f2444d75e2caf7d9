using GradientDynamics.Onnx.Gradients;

namespace GradientDynamics.Attack.Targets;

/// <summary>A classifier as an attack sees it: logits, and gradients of a loss with respect to the input.</summary>
/// <remarks>
/// A model of a single logit z appears here as two classes with the logits (0, z). Calls may run at the same time; the memory of a call must not change until it is done.
/// </remarks>
public interface IClassifier : IAsyncDisposable
{
    /// <summary>What messages and reports call it.</summary>
    string Name { get; }

    /// <summary>Number of classes, at least two.</summary>
    int ClassCount { get; }

    /// <summary>Shape of one input, without the batch dimension.</summary>
    IReadOnlyList<int> InputShape { get; }

    /// <summary>Writes the logits (count, classes) of <paramref name="count"/> inputs.</summary>
    Task LogitsAsync(ReadOnlyMemory<float> inputs, int count, Memory<float> logits, CancellationToken cancellationToken);

    /// <summary>Writes logits, loss and the gradient of each example's own loss with respect to its input.</summary>
    /// <param name="query">What is asked.</param>
    /// <param name="result">Where the answers go.</param>
    /// <param name="finished">
    /// Called once for each part of the batch, by the thread that computed it, as soon as it is written: with its first example and their number. Parts may be handed over at the same time. The
    /// inputs of these examples are not read any more.
    /// </param>
    /// <param name="cancellationToken">Cancels the call.</param>
    Task LossGradientAsync(LossGradientQuery query, LossGradients result, Action<int, int>? finished, CancellationToken cancellationToken);
}

/// <summary>What a gradient is asked of: inputs (count, input), labels, the classes aimed at (−1 for none), and the loss.</summary>
/// <param name="Count">Number of examples.</param>
/// <param name="Inputs">The inputs, row-major.</param>
/// <param name="Labels">The true classes.</param>
/// <param name="Targets">The classes aimed at; −1 where the attack is untargeted.</param>
/// <param name="Loss">The loss.</param>
public readonly record struct LossGradientQuery(int Count, ReadOnlyMemory<float> Inputs, ReadOnlyMemory<long> Labels, ReadOnlyMemory<long> Targets, AttackLoss Loss);

/// <summary>Memory that receives logits, losses and gradients of up to <see cref="Capacity"/> examples; made once and used for every step.</summary>
public sealed class LossGradients
{
    /// <summary>Memory for <paramref name="capacity"/> examples.</summary>
    public LossGradients(int capacity, int classCount, int inputLength)
    {
        Capacity = capacity;
        Logits = new float[capacity * classCount];
        Loss = new float[capacity];
        Gradient = GC.AllocateUninitializedArray<float>(capacity * inputLength);
    }

    /// <summary>Examples for which there is room.</summary>
    public int Capacity { get; }

    /// <summary>Logits (examples, classes).</summary>
    public float[] Logits { get; }

    /// <summary>Loss of each example.</summary>
    public float[] Loss { get; }

    /// <summary>Gradients (examples, input).</summary>
    public float[] Gradient { get; }
}

/// <summary>Sizes that follow from a classifier's description.</summary>
public static class ClassifierSizes
{
    extension(IClassifier classifier)
    {
        /// <summary>Number of elements of one input.</summary>
        public int InputLength => classifier.InputShape.Aggregate(1, (product, size) => product * size);
    }
}
