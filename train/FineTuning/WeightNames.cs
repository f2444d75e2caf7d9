using System.Text.RegularExpressions;

namespace GradientDynamics.Train.FineTuning;

/// <summary>
/// Names in weights files of torchvision and Hugging Face, where they differ from those of the networks here: older names of the same
/// parameters, BERT saved without its prefix, and buffers that are no weights.
/// </summary>
internal static partial class WeightNames
{
    private const string BertPrefix = "bert.";

    /// <summary>Whether the file's name is of a buffer that no network here has: a counter of batches, or the numbers of positions.</summary>
    public static bool IsIgnored(string name) => name.EndsWith(".num_batches_tracked", StringComparison.Ordinal) || name.EndsWith("embeddings.position_ids", StringComparison.Ordinal);

    /// <summary>Whether the file's name is of a head for another task, with which BERT is published: masked words and next sentences.</summary>
    public static bool IsPretrainingHead(string name) => name.StartsWith("cls.", StringComparison.Ordinal);

    /// <summary>The network's name for the file's.</summary>
    /// <param name="name">Name in the file.</param>
    /// <param name="expected">Names of the network.</param>
    public static string Of(string name, IReadOnlySet<string> expected)
    {
        string current = GammaOrBeta().Replace(name, match => match.Groups[1].Value + (match.Groups[2].Value == "gamma" ? "weight" : "bias"));
        current = DenseLayer().Replace(current, "$1$2");
        current = TransformerPerceptron().Replace(current, match => match.Groups[1].Value + (match.Groups[2].Value == "linear_1" ? "0" : "3"));
        return !expected.Contains(current) && expected.Contains(BertPrefix + current) ? BertPrefix + current : current;
    }

    // Checkpoints converted from TensorFlow.
    [GeneratedRegex(@"^(.*LayerNorm\.)(gamma|beta)$", RegexOptions.CultureInvariant)]
    private static partial Regex GammaOrBeta();

    // torchvision's published DenseNets.
    [GeneratedRegex(@"^(.*denselayer\d+\.(?:norm|conv))\.([12]\..*)$", RegexOptions.CultureInvariant)]
    private static partial Regex DenseLayer();

    // torchvision's published vision transformers.
    [GeneratedRegex(@"^(.*\.mlp\.)(linear_1|linear_2)(?=\.)", RegexOptions.CultureInvariant)]
    private static partial Regex TransformerPerceptron();
}
