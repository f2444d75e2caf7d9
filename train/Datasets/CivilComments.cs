using System.Text.Json.Serialization;
using GradientDynamics.Train.Sampling;

namespace GradientDynamics.Train.Datasets;

/// <summary>
/// CivilComments: whether a comment is toxic; the attribute is whom it mentions. As Idrissi et al., 2022, lay it out on disk.
/// </summary>
/// <remarks>
/// Borkan et al., 2019, https://arxiv.org/abs/1903.04561; the split is of Koh et al., 2021 (WILDS), https://arxiv.org/abs/2012.07421. In validation and test a comment is there once for each identity
/// that it mentions, in either version, and not at all where it mentions none.
/// </remarks>
public sealed record CivilCommentsOptions : TextDatasetOptions
{
    /// <summary>Tokens of a comment in the published experiments.</summary>
    internal const int PublishedLength = 220;

    /// <summary>Folder with the metadata files and civilcomments/; a relative path is below GRADIENTDYNAMICS_DATA, or below the current folder where that is not set.</summary>
    public required string Folder
    {
        get;
        init
        {
            ArgumentException.ThrowIfNullOrEmpty(value, nameof(Folder));
            field = value;
        }
    }

    /// <summary>Groups of the training set. Default coarse; the published experiments train group subsampling and group reweighting on the fine version.</summary>
    public CivilCommentsVersion Version { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override IReadOnlyList<Split> Splits => [Split.Train, Split.Validation, Split.Test];

    internal override string? DataFolderPath => DataFolder.Existing(Folder);

    internal override GroupedDataset Load(Split split, RunSeed seed)
    {
        string folder = DataFolder.Resolve(Folder);
        string metadataFile = Path.Combine(folder, CivilComments.MetadataFile(Version));
        List<GroupMetadata> rows = GroupMetadata.Read(metadataFile, split);
        List<string> texts = CivilComments.ReadTexts(Path.Combine(folder, CivilComments.TextFile(Version)));
        (TokenSequences, TokenLayout) tokens = Tokens.Tokenize([.. rows.Select(row => new Text(texts[row.TextNumber(metadataFile, texts.Count)]))], PublishedLength);
        IReadOnlyList<string> attributes = split == Split.Train && Version == CivilCommentsVersion.Coarse ? CivilComments.CoarseAttributes : CivilComments.Identities;
        return Of("civilcomments", split, CivilComments.Classes, attributes, tokens, [.. rows.Index().Select(row => (row.Index, row.Item.Label, row.Item.Attribute))]);
    }
}

/// <summary>Which groups CivilComments' training set has.</summary>
public enum CivilCommentsVersion
{
    /// <summary>Four: a comment mentions any identity, or none.</summary>
    Coarse,

    /// <summary>Sixteen: a comment is there once for each of eight identities that it mentions, and not at all where it mentions none.</summary>
    Fine,
}

/// <summary>Files, names and rules of CivilComments.</summary>
internal static class CivilComments
{
    /// <summary>The comments with their annotations, as WILDS publishes them.</summary>
    public const string OriginalFile = "civilcomments/all_data_with_identities.csv";

    /// <summary>Column of the comments.</summary>
    public const string TextColumn = "comment_text";

    // An annotation is a share of annotators.
    private const double Majority = 0.5;

    /// <summary>Classes by label.</summary>
    public static IReadOnlyList<string> Classes { get; } = ["non-toxic", "toxic"];

    /// <summary>Values of the fine attribute: columns of the annotations, in the order in which they are numbered.</summary>
    public static IReadOnlyList<string> Identities { get; } = ["male", "female", "LGBTQ", "christian", "muslim", "other_religions", "black", "white"];

    /// <summary>Values of the coarse attribute.</summary>
    public static IReadOnlyList<string> CoarseAttributes { get; } = ["identity", "no identity"];

    /// <summary>The metadata of a version.</summary>
    public static string MetadataFile(CivilCommentsVersion version) => $"metadata_civilcomments_{Name(version)}.csv";

    /// <summary>The comments of a version, in the order of its metadata.</summary>
    public static string TextFile(CivilCommentsVersion version) => $"civilcomments/civilcomments_{Name(version)}.csv";

    /// <summary>The comments of a version's file.</summary>
    public static List<string> ReadTexts(string path)
    {
        using CsvRows rows = new(path);
        int column = rows.Column(TextColumn);
        List<string> texts = [];
        while (rows.Read())
        {
            texts.Add(rows.Text(column));
        }

        return texts;
    }

    /// <summary>The rows of a version, made of the published annotations.</summary>
    /// <param name="comments">Comments in the order of the file.</param>
    /// <param name="version">The version.</param>
    public static IEnumerable<(Split Split, int Label, int Attribute, string Text)> Rows(IReadOnlyList<AnnotatedComment> comments, CivilCommentsVersion version)
    {
        if (version == CivilCommentsVersion.Coarse)
        {
            foreach (AnnotatedComment comment in comments.Where(comment => comment.Split == Split.Train))
            {
                yield return (comment.Split, comment.Label, comment.Identities.Count > 0 ? 0 : 1, comment.Text);
            }
        }

        // The order of the published files: splits by name, then identities.
        foreach (Split split in (Split[])[Split.Test, Split.Train, Split.Validation])
        {
            if (split == Split.Train && version == CivilCommentsVersion.Coarse)
            {
                continue;
            }

            for (int identity = 0; identity < Identities.Count; identity++)
            {
                foreach (AnnotatedComment comment in comments.Where(comment => comment.Split == split && comment.Identities.Contains(identity)))
                {
                    yield return (split, comment.Label, identity, comment.Text);
                }
            }
        }
    }

    /// <summary>Reads the published annotations.</summary>
    /// <exception cref="InvalidDataException">A column is missing or a value is none.</exception>
    public static List<AnnotatedComment> ReadOriginal(string path)
    {
        using CsvRows rows = new(path);
        int text = rows.Column(TextColumn);
        int split = rows.Column("split");
        int toxicity = rows.Column("toxicity");
        int[] identities = [.. Identities.Select(rows.Column)];
        List<AnnotatedComment> comments = [];
        while (rows.Read())
        {
            Split own = rows.Text(split) switch
            {
                "train" => Split.Train,
                "val" => Split.Validation,
                "test" => Split.Test,
                _ => throw rows.Wrong($"column 'split' is '{rows.Text(split)}'; accepted are train, val and test"),
            };
            comments.Add(new(own, rows.Number(toxicity) >= Majority ? 1 : 0, [.. Enumerable.Range(0, identities.Length).Where(identity => rows.Number(identities[identity]) >= Majority)], rows.Text(text)));
        }

        return comments;
    }

    private static string Name(CivilCommentsVersion version) => version == CivilCommentsVersion.Coarse ? "coarse" : "fine";
}

/// <summary>A comment with what most annotators say of it.</summary>
/// <param name="Split">Its split.</param>
/// <param name="Label">1 where it is toxic.</param>
/// <param name="Identities">Identities that it mentions.</param>
/// <param name="Text">The comment.</param>
internal sealed record AnnotatedComment(Split Split, int Label, IReadOnlyList<int> Identities, string Text);
