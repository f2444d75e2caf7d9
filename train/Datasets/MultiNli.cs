using System.Text.Json;
using System.Text.Json.Serialization;
using GradientDynamics.Train.Sampling;

namespace GradientDynamics.Train.Datasets;

/// <summary>
/// MultiNLI: whether a sentence contradicts another, follows from it, or neither; the attribute is whether the second has a negation word. As Idrissi et al., 2022, lay it out on disk.
/// </summary>
/// <remarks>Williams et al., 2018, https://arxiv.org/abs/1704.05426; the attribute and the split are of Sagawa et al., 2020, https://arxiv.org/abs/1911.08731.</remarks>
public sealed record MultiNliOptions : TextDatasetOptions
{
    /// <summary>Tokens of a pair in the published features.</summary>
    internal const int PublishedLength = 128;

    /// <summary>Folder with metadata_multinli.csv and multinli/; a relative path is below GRADIENTDYNAMICS_DATA, or below the current folder where that is not set.</summary>
    public required string Folder
    {
        get;
        init
        {
            ArgumentException.ThrowIfNullOrEmpty(value, nameof(Folder));
            field = value;
        }
    }

    /// <summary>What is read. Default features: the published ones, tokenized before, so that no vocabulary is needed.</summary>
    public MultiNliReading Source { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override IReadOnlyList<Split> Splits => [Split.Train, Split.Validation, Split.Test];

    internal override string? DataFolderPath => DataFolder.Existing(Folder);

    internal override GroupedDataset Load(Split split, RunSeed seed)
    {
        string folder = DataFolder.Resolve(Folder);
        string metadataFile = Path.Combine(folder, MultiNli.MetadataFile);
        List<GroupMetadata> rows = GroupMetadata.Read(metadataFile, split);
        (TokenSequences Sequences, TokenLayout Layout) tokens;
        int[] sequences;
        if (Source == MultiNliReading.Features)
        {
            TokenSequences all = FeatureFile.ReadAll([.. MultiNli.FeatureFiles.Select(file => Path.Combine(folder, file))], PublishedLength);
            tokens = (all, new(PublishedLength, Tokens.Padding == TokenPadding.Longest, PaddingId: 0, all.LargestId + 1));
            sequences = [.. rows.Select(row => row.TextNumber(metadataFile, all.Count))];
        }
        else
        {
            List<MultiNliPair> pairs = MultiNli.ReadPairs(folder);
            tokens = Tokens.Tokenize([.. rows.Select(row => pairs[row.TextNumber(metadataFile, pairs.Count)]).Select(pair => new Text(pair.Premise, pair.Hypothesis))], PublishedLength);
            sequences = [.. Enumerable.Range(0, rows.Count)];
        }

        return Of("multinli", split, MultiNli.Classes, MultiNli.Attributes, tokens, [.. rows.Zip(sequences, (row, sequence) => (sequence, row.Label, row.Attribute))]);
    }
}

/// <summary>Where MultiNLI's tokens come from.</summary>
public enum MultiNliReading
{
    /// <summary>The features of Sagawa et al.: pairs tokenized by bert-base-uncased to 128 tokens, in files of torch.</summary>
    Features,

    /// <summary>The sentences of MultiNLI 1.0, tokenized here.</summary>
    Text,
}

/// <summary>A pair of MultiNLI.</summary>
/// <param name="Premise">The first sentence.</param>
/// <param name="Hypothesis">The second.</param>
/// <param name="Label">0 contradiction, 1 entailment, 2 neutral.</param>
internal sealed record MultiNliPair(string Premise, string Hypothesis, int Label);

/// <summary>Files, names and rules of MultiNLI.</summary>
internal static class MultiNli
{
    /// <summary>The metadata.</summary>
    public const string MetadataFile = "metadata_multinli.csv";

    /// <summary>The split and attributes of Sagawa et al., as they publish them.</summary>
    public const string PublishedMetadata = "multinli/data/metadata_random.csv";

    private static readonly string[] NegationWords = ["nobody", "no", "never", "nothing"];

    /// <summary>Classes by label.</summary>
    public static IReadOnlyList<string> Classes { get; } = ["contradiction", "entailment", "neutral"];

    /// <summary>Values of the attribute.</summary>
    public static IReadOnlyList<string> Attributes { get; } = ["no negation", "negation"];

    /// <summary>Features in the order in which they count.</summary>
    public static IReadOnlyList<string> FeatureFiles { get; } =
        [.. ((string[])["train", "dev"]).Select(part => $"multinli/glue_data/MNLI/cached_{part}_bert-base-uncased_128_mnli"), "multinli/glue_data/MNLI/cached_dev_bert-base-uncased_128_mnli-mm"];

    /// <summary>Sentences in the same order.</summary>
    public static IReadOnlyList<string> TextFiles { get; } = [.. ((string[])["train", "dev_matched", "dev_mismatched"]).Select(part => $"multinli/data/multinli_1.0_{part}.jsonl")];

    /// <summary>Whether a sentence has a negation word: punctuation is taken out, and words are what stands between spaces.</summary>
    /// <remarks>The words are of Gururangan et al., 2018, https://arxiv.org/abs/1803.02324.</remarks>
    public static bool HasNegation(string sentence)
    {
        string plain = string.Concat(sentence.Where(character => character is not ((>= '!' and <= '/') or (>= ':' and <= '@') or (>= '[' and <= '`') or (>= '{' and <= '~')))).ToLowerInvariant();
        return plain.Split(' ').Any(NegationWords.Contains);
    }

    /// <summary>The pairs of all files that have a label.</summary>
    /// <exception cref="InvalidDataException">A line is no pair; the message names file and line.</exception>
    public static List<MultiNliPair> ReadPairs(string folder)
    {
        List<MultiNliPair> pairs = [];
        foreach (string path in TextFiles.Select(file => Path.Combine(folder, file)))
        {
            if (!File.Exists(path))
            {
                throw new FileNotFoundException($"{path}: no such file; accepted is MultiNLI 1.0 as JSON lines, from multinli_1.0.zip of https://cims.nyu.edu/~sbowman/multinli/.", path);
            }

            foreach ((int number, string line) in File.ReadLines(path).Index())
            {
                // Annotators who did not agree gave '-', and such pairs are in no experiment.
                if (line.Length > 0 && ReadPair(line, $"{path}: line {number + 1}") is { } pair)
                {
                    pairs.Add(pair);
                }
            }
        }

        return pairs;
    }

    private static MultiNliPair? ReadPair(string line, string place)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(line);
            string? label = json.RootElement.GetProperty("gold_label").GetString();
            int index = Array.IndexOf([.. Classes], label);
            return label == "-" ? null : index < 0
                ? throw new InvalidDataException($"{place}: the gold_label is '{label}'; accepted are {string.Join(", ", Classes)} and -.")
                : new(json.RootElement.GetProperty("sentence1").GetString() ?? "", json.RootElement.GetProperty("sentence2").GetString() ?? "", index);
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new InvalidDataException($"{place}: is no pair: {error.Message.TrimEnd('.')}; accepted are objects with gold_label, sentence1 and sentence2.", error);
        }
    }
}
