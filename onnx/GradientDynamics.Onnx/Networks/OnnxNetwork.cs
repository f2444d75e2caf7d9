using GradientDynamics.Onnx.FineTuning;
using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Networks;

/// <summary>
/// A model from an ONNX file of whatever framework, trained further. Its BatchNormalization and Dropout train, a final Softmax, Sigmoid or
/// LogSoftmax is left out (objectives take logits), weights that the exporter stored as Constant nodes are trained, and single numbers that it
/// stored as initializers are not. The result is the same graph with other weights.
/// </summary>
public sealed record OnnxNetworkOptions : NetworkOptions
{
    /// <summary>The model's file; a relative path is below the current folder.</summary>
    public required string File
    {
        get;
        init => field = value.Length > 0 ? value : throw new ArgumentException("It is empty; the path of an ONNX file is accepted.", nameof(File));
    }

    /// <summary>
    /// Number of classes for which the last fully connected layer is drawn anew (Gemm, or MatMul with or without Add; with a single logit, 2 classes have one
    /// output). Null keeps the layer, which then has as many outputs as the run has logits. Default null.
    /// </summary>
    public int? ReplaceHead { get; init => field = value is null or >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(ReplaceHead), value, "1 and more is accepted"); }

    /// <summary>Name of the value that holds the logits, where the model's outputs leave it open. Default null: the only output of floating point, or the one called logits.</summary>
    public string? Logits { get; init; }

    /// <summary>Normalisation put before the model, where it takes normalised inputs and the data are pixels. Default none.</summary>
    public InputNormalization? Normalization { get; init; }

    private protected override OnnxGraph Build(InputSpec input, int logitCount, Random random, Action<string> say)
    {
        try
        {
            OnnxGraph graph = TrainableGraph.Of(OnnxModelFile.Read(File), Logits, say);
            if (graph.Inputs.Count == 1)
            {
                RequireInput(graph.Inputs[0], input);
            }

            if (ReplaceHead is { } classes)
            {
                if (classes != logitCount && (classes, logitCount) != (2, 1))
                {
                    throw new UnfitSettingException("replaceHead", $"replaceHead is {classes} and the run has {logitCount} logits; accepted is the number of classes.");
                }

                graph = LinearHead.Replace(graph, logitCount, random, Initialization);
            }

            RequireLogits(graph.Outputs[0], logitCount);
            return Normalization is null ? graph : Normalization.Before(graph);
        }
        catch (UnfitSettingException error)
        {
            throw new UnfitSettingException(error.Setting, $"'{File}': {error.Message}");
        }
        catch (InvalidModelException error) when (!error.Message.StartsWith($"'{File}'", StringComparison.Ordinal))
        {
            throw new InvalidModelException($"'{File}': {error.Message}", error);
        }
    }

    private static void RequireInput(GraphValue own, InputSpec given)
    {
        bool fits = own.Type.Element == given.Element && (own.Type.Shape is not { } shape
            || (shape.Rank == given.Shape.Count + 1 && given.Shape.Index().All(size => shape[size.Index + 1].Value is null || shape[size.Index + 1].Value == size.Item)));
        if (!fits)
        {
            throw new UnfitSettingException("file", $"The model's input is {own}, and the data are {given.BatchType}; accepted are data of the model's input.");
        }
    }

    private static void RequireLogits(GraphValue output, int logitCount)
    {
        if (output.Type.Shape is not { Rank: 2 } shape || shape[0].Value is not null)
        {
            throw new InvalidModelException($"The logits are {output}; [batch, logits] for batches of any size is accepted.");
        }

        if (shape[1].Value != logitCount)
        {
            throw new UnfitSettingException("replaceHead", $"The logits are {output}, and the run has {logitCount}; accepted are as many, or replaceHead.");
        }
    }
}
