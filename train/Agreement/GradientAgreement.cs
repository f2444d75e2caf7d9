using System.Runtime.InteropServices;
using GradientDynamics.CommandLine;
using GradientDynamics.Onnx.Gradients;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Runtime;
using GradientDynamics.Train.Execution;
using TorchSharp;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Agreement;

/// <summary>How far the input gradient of the cross-entropy that will be served (the gradient companion in ONNX Runtime) and the one of training (TorchSharp's autograd) are apart on the same examples.</summary>
/// <param name="RelativeDifference">Euclidean norm of the difference, relative to that of autograd's gradient, or to 5e-4 where the gradient is smaller.</param>
/// <param name="Obstacle">Why the model has no companion; null where it has.</param>
internal readonly record struct GradientAgreement(double RelativeDifference, string? Obstacle)
{
    /// <summary>What rounding may account for, in the Euclidean norm: a ReLU whose input rounds to the other side of 0 moved 4.6e-3 of ResNet-18's gradient. A fault of a rule is of the order of 1.</summary>
    public const double Tolerance = 2e-2;

    // The gradient of a confident prediction is below what rounding of the logits leaves of it: p - 1 has an error of 6e-8 an example, times the weights. Differences up to 1e-5 are accepted.
    private const double SmallestSize = 1e-5 / Tolerance;

    /// <summary>Whether the gradients agree, or there is none to compare.</summary>
    public bool Holds => Obstacle is not null || RelativeDifference <= Tolerance;

    /// <summary>Computes both.</summary>
    /// <param name="model">A classifier that gives logits [batch, classes], or [batch, 1] for two classes.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="inputs">Inputs, row-major.</param>
    /// <param name="shape">Their shape, batch first.</param>
    /// <param name="labels">Class of each example.</param>
    public static GradientAgreement Measure(OnnxGraph model, string name, ReadOnlyMemory<float> inputs, long[] shape, ReadOnlySpan<int> labels)
    {
        OnnxGraph companion;
        try
        {
            companion = InputGradientGraph.Derive(model);
        }
        catch (InvalidModelException error)
        {
            return new(0, error.Message);
        }

        long[] classes = new long[labels.Length];
        for (int i = 0; i < classes.Length; i++)
        {
            classes[i] = labels[i];
        }

        return Compare(InTorchSharp(model, inputs.Span, shape, classes), InOnnxRuntime(companion, InputGradientGraph.NamesFor(model), name, inputs, shape, classes));
    }

    /// <summary>Compares autograd's gradient with the companion's.</summary>
    public static GradientAgreement Compare(ReadOnlySpan<float> autograd, ReadOnlySpan<float> companion)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(companion.Length, autograd.Length, nameof(companion));
        double difference = 0;
        double size = 0;
        for (int i = 0; i < autograd.Length; i++)
        {
            difference += Square((double)autograd[i] - companion[i]);
            size += Square(autograd[i]);
        }

        // A sum with NaN is NaN, which holds nowhere.
        return new(Math.Sqrt(difference) / Math.Max(Math.Sqrt(size), SmallestSize), null);

        static double Square(double number) => number * number;
    }

    /// <summary>Stops where they differ.</summary>
    public void ThrowIfDifferent(string model)
    {
        if (!Holds)
        {
            throw new CommandException(
                ExitCode.Numerics,
                $"{model}: the input gradients of TorchSharp and of the gradient companion in ONNX Runtime differ by {RelativeDifference:G3}, relatively; accepted is {Tolerance:G3}. Attacks on what is served would follow a wrong gradient.");
        }
    }

    private static float[] InTorchSharp(OnnxGraph model, ReadOnlySpan<float> inputs, long[] shape, long[] labels)
    {
        using DisposeScope scope = NewDisposeScope();
        using GraphModule module = new(model);
        module.eval();
        foreach (TorchSharp.Modules.Parameter parameter in module.parameters())
        {
            parameter.requires_grad_(false);
        }

        Tensor input = zeros(shape, float32);
        MemoryMarshal.AsBytes(inputs).CopyTo(input.bytes);
        input.requires_grad_();
        Tensor given = module.forward(input);
        Tensor logits = given.shape[1] == 1 ? cat([zeros_like(given), given], 1) : given;
        Tensor loss = nn.functional.cross_entropy(logits, tensor(labels), reduction: nn.Reduction.Sum);
        return autograd.grad([loss], [input])[0].contiguous().data<float>().ToArray();
    }

    private static float[] InOnnxRuntime(OnnxGraph companion, InputGradientNames names, string name, ReadOnlyMemory<float> inputs, long[] shape, long[] labels)
    {
        long[] targets = new long[labels.Length];
        Array.Fill(targets, -1);
        long[] kinds = new long[labels.Length];
        Array.Fill(kinds, (long)AttackLoss.CrossEntropy);
        using OnnxSession session = OnnxSession.Load(companion, $"{name} (gradient)");
        return session.Run(
            [
                OnnxTensor.CreateReadOnly(names.Input, inputs, shape),
                OnnxTensor.CreateReadOnly<long>(names.Labels, labels, labels.Length),
                OnnxTensor.CreateReadOnly<long>(names.Targets, targets, labels.Length),
                OnnxTensor.CreateReadOnly<long>(names.LossKind, kinds, labels.Length),
            ],
            [names.InputGradient])[0].ToArray<float>();
    }
}
