using System.Text;
using System.Text.Json;
using GradientDynamics.CommandLine;
using GradientDynamics.Train.Datasets;
using GradientDynamics.Train.Sampling;

namespace GradientDynamics.Train.Preparation;

/// <summary>
/// Pairs from templates that look like MultiNLI's: the hypothesis repeats the premise's verb, turns it into its opposite, or says something else, and says so with a negation word or without. As in
/// MultiNLI, most hypotheses also have a word that gives their class away, and negation goes with contradiction.
/// </summary>
internal static class MultiNliLookalike
{
    private const int DefaultSize = 3000;

    // As the published split, 50 : 20 : 30, with enough of every group to measure it.
    private const double ValidationShare = 0.4;
    private const double TestShare = 0.6;
    private const int SmallestEvaluatedGroup = 20;

    // Annotators leave such words in most hypotheses (Gururangan et al., 2018, table 4).
    private const double TellTaleShare = 0.8;

    private static readonly string[] People = ["teacher", "doctor", "farmer", "lawyer", "driver", "singer", "soldier", "writer", "painter", "manager", "student", "nurse", "judge", "captain", "baker", "clerk"];
    private static readonly string[] Things = ["door", "window", "shop", "letter", "box", "book", "gate", "bag", "car", "report", "machine", "garden", "meeting", "bottle", "phone", "house"];
    private static readonly string[] Places = ["in the city", "near the river", "at the station", "in the office", "on the hill", "in the village", "at home", "by the road"];
    private static readonly (string Verb, string Opposite)[] Verbs =
        [("opened", "closed"), ("bought", "sold"), ("found", "lost"), ("raised", "lowered"), ("accepted", "refused"), ("kept", "discarded"), ("praised", "blamed"), ("built", "destroyed"), ("filled", "emptied"), ("liked", "hated")];

    private static readonly string[] OtherVerbs = ["described", "painted", "photographed", "inherited", "insured", "measured", "borrowed", "renamed", "guarded", "polished"];

    // By class.
    private static readonly string[][] TellTales =
    [
        ["instead", "only", "alone", "asleep", "empty"],
        ["somewhere", "outdoors", "actually", "somehow", "certainly"],
        ["because it was cheap", "for the first time", "to win a prize", "before the holidays", "with a tall friend"],
    ];

    /// <summary>Writes sentences, features and metadata, and returns the options that read them.</summary>
    /// <param name="request">Where, how many, and from which seed.</param>
    /// <param name="published">Training examples of each group as published.</param>
    public static MultiNliOptions Write(SynthesisRequest request, IReadOnlyList<long> published)
    {
        int size = request.Size ?? DefaultSize;
        RunSeed seed = new(request.Seed);
        List<(Split Split, int Label, int Attribute)> rows = [];
        foreach ((Split split, double share, int smallest) in ((Split, double, int)[])[(Split.Train, 1, 1), (Split.Validation, ValidationShare, SmallestEvaluatedGroup), (Split.Test, TestShare, SmallestEvaluatedGroup)])
        {
            int[] groups = SynthesizedGroups.Of(published, (int)Math.Ceiling(share * size), split, seed, smallest);
            rows.AddRange(groups.Select(group => (split, group / MultiNli.Attributes.Count, group % MultiNli.Attributes.Count)));
        }

        // Splits lie mixed in the files, as the published ones do.
        (Split Split, int Label, int Attribute)[] order = [.. rows];
        seed.Stream("multinli/order").Shuffle(order);
        MultiNliPair[] pairs = [.. order.Select((row, index) => Draw(row.Label, row.Attribute == 1, seed.Stream("multinli/pair", index)))];
        MetadataFile.Write(
            Path.Combine(request.Folder, MultiNli.MetadataFile), order.Select((row, number) => new GroupMetadata(MetadataFile.Number(number), MetadataFile.Number(number), row.Split, row.Label, row.Attribute)));

        // In the proportions of the published files, of which training is by far the largest.
        int firstPart = pairs.Length * 9 / 10;
        int secondPart = (pairs.Length + firstPart) / 2;
        Range[] parts = [new(0, firstPart), new(firstPart, secondPart), new(secondPart, pairs.Length)];
        TokenSequences sequences = TokenSequences.Tokenize([.. pairs.Select(pair => new Text(pair.Premise, pair.Hypothesis))], LookalikeVocabulary.Open(request.Folder, Words(pairs), MultiNliOptions.PublishedLength), "", cache: null);
        foreach (((string text, string features), Range part) in MultiNli.TextFiles.Zip(MultiNli.FeatureFiles).Zip(parts))
        {
            WriteSentences(Path.Combine(request.Folder, text), pairs[part]);
            (int start, int count) = part.GetOffsetAndLength(pairs.Length);
            FeatureFile.Write(Path.Combine(request.Folder, features), sequences.Part(start, count), [.. pairs[part].Select(pair => pair.Label)], MultiNliOptions.PublishedLength);
        }

        new SynthesizedData("multinli", size, request.Seed).Write(request.Folder);
        return new() { Folder = request.FinalFolder, Tokens = new() { Vocabulary = Path.Combine(request.FinalFolder, LookalikeVocabulary.FileName) } };
    }

    private static MultiNliPair Draw(int label, bool negated, Random random)
    {
        string person = Pick(People, random);
        string thing = Pick(Things, random);
        (string verb, string opposite) = Pick(Verbs, random);
        if (random.Next(2) == 0)
        {
            (verb, opposite) = (opposite, verb);
        }

        // A negated sentence follows where what it denies is the opposite, and contradicts where it denies the premise itself.
        string stated = (label, negated) switch
        {
            (0, false) or (1, true) => opposite,
            (0, true) or (1, false) => verb,
            _ => Pick(OtherVerbs, random),
        };
        string hypothesis = (negated ? random.Next(4) : -1) switch
        {
            0 => $"The {person} never {stated} the {thing}",
            1 => $"There was no {thing} that the {person} {stated}",
            2 => $"Nobody {stated} the {thing}",
            3 => $"There was nothing that the {person} {stated}",
            _ => $"The {person} {stated} the {thing}",
        };
        string tellTale = random.NextDouble() < TellTaleShare ? $" {Pick(TellTales[label], random)}" : "";
        return new($"The {person} {verb} the {thing} {Pick(Places, random)}.", $"{hypothesis}{tellTale}.", label);
    }

    private static T Pick<T>(T[] choices, Random random) => choices[random.Next(choices.Length)];

    private static IEnumerable<string> Words(IEnumerable<MultiNliPair> pairs) => pairs.SelectMany(pair => (string[])[pair.Premise, pair.Hypothesis]);

    private static void WriteSentences(string path, IEnumerable<MultiNliPair> pairs) => AtomicFile.Write(path, stream =>
    {
        using StreamWriter writer = new(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true) { NewLine = "\n" };
        foreach (MultiNliPair pair in pairs)
        {
            writer.WriteLine(JsonSerializer.Serialize(new { gold_label = MultiNli.Classes[pair.Label], sentence1 = pair.Premise, sentence2 = pair.Hypothesis }));
        }
    });
}
