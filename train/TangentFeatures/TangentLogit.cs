using GradientDynamics.CommandLine;
using GradientDynamics.Train.Datasets;
using static TorchSharp.torch;

namespace GradientDynamics.Train.TangentFeatures;

/// <summary>The number ŷ that a network gives an example, and the label ±1 that it should have the sign of.</summary>
/// <param name="Class">The class whose logit it is; null for two classes stands for their difference, z₁ − z₀, or the single logit.</param>
internal readonly record struct TangentLogit(int? Class)
{
    /// <summary>What reports call it.</summary>
    public string Name => Class is { } index ? $"class {index}" : "difference";

    /// <summary>The choice that a command line names, checked against the data.</summary>
    /// <exception cref="CommandException">There is no such class, or several classes and none named.</exception>
    public static TangentLogit Parse(int? index, DatasetDescription description)
    {
        int classes = description.Classes.Count;
        if (index is { } named && (named < 0 || named >= classes))
        {
            throw new CommandException(ExitCode.Configuration, $"--logit: is {named}; accepted is the position of a class, 0 to {classes - 1}.");
        }

        return index is null && classes > 2
            ? throw new CommandException(ExitCode.Configuration, $"--logit: is missing, and the dataset has {classes} classes; accepted is the position of a class, 0 to {classes - 1}, whose logit is followed against all others.")
            : new(index);
    }

    /// <summary>ŷ of each example, (batch).</summary>
    public Tensor Of(Tensor logits)
    {
        if (logits.shape is not [_, var count] || (count == 1 && Class is 0))
        {
            throw new CommandException(ExitCode.Configuration, $"--logit: the network has logits of shape [{string.Join(", ", logits.shape)}]; accepted are [batch, classes], and of a single logit class 1 or no class.");
        }

        return count == 1 ? logits.squeeze(1) : Class is { } index ? logits.select(1, index) : logits.select(1, 1) - logits.select(1, 0);
    }

    /// <summary>1 where the label is the class, else −1.</summary>
    public long Sign(int label) => label == (Class ?? 1) ? 1 : -1;
}
