using System.Globalization;
using System.Text;
using GradientDynamics.CommandLine;
using GradientDynamics.Train.Datasets;
using GradientDynamics.Train.Sampling;

namespace GradientDynamics.Train.Preparation;

/// <summary>
/// Comments from templates that look like CivilComments': toxic ones insult an author, an article or a plan, others praise or doubt it, and a quarter is as vague as both; many mention an identity, some two. As published, comments that
/// mention one are toxic twice as often as others.
/// </summary>
internal static class CivilCommentsLookalike
{
    private const int DefaultSize = 3000;
    private const double ValidationShare = 0.4;
    private const double TestShare = 0.8;

    // Enough of each of the 16 groups to measure it.
    private const int SmallestEvaluatedGroup = 20;
    private const double SecondIdentityShare = 0.2;

    // How often the verdict itself says nothing: annotators knew more, and a classifier can only guess from the rest of the comment.
    private const double VagueShare = 0.25;

    // How often a comment has a word that goes with the other class: without them, a single word would decide.
    private const double MixedShare = 0.15;

    // The papers print no counts per identity. These are drawn once, in the order of the attribute, so that some identities are rare and some are insulted more often.
    private static readonly double[] IdentityShares = [0.22, 0.26, 0.07, 0.18, 0.1, 0.04, 0.05, 0.08];
    private static readonly double[] ToxicFactors = [1, 0.9, 1.6, 0.7, 1.4, 1, 1.9, 1.7];

    private static readonly string[] Mentions = ["men", "women", "gay couples", "christians", "muslims", "buddhists", "black families", "white families"];
    private static readonly string[] Subjects = ["article", "column", "author", "editor", "plan", "mayor", "council", "proposal", "report", "budget", "survey", "speech"];
    private static readonly string[] Openings = ["I read this twice", "Let me be clear", "As usual", "Look at the facts", "Here we go again", "After all these years", "To be honest", "Good morning"];
    private static readonly string[] Insults = ["is utterly stupid", "is pathetic garbage", "deserves nothing but scorn", "is a ridiculous liar", "is idiotic", "is worthless trash", "makes fools of us", "is moronic", "stinks", "is a disgusting joke"];
    private static readonly string[] Vague = ["is what one expects", "says it all", "is quite something", "speaks for itself", "is typical", "is back in the news"];
    private static readonly string[] Opinions = ["makes a fair point", "is worth a second look", "needs more numbers", "is thoughtful", "surprised me", "could be shorter", "was well argued", "is a step forward", "left out the costs", "deserves credit"];

    /// <summary>Writes the annotated comments in WILDS' form, and a vocabulary of their words.</summary>
    /// <param name="request">Where, how many, and from which seed.</param>
    /// <param name="published">Training examples of each group of the coarse version as published.</param>
    public static void WriteOriginal(SynthesisRequest request, IReadOnlyList<long> published)
    {
        int size = request.Size ?? DefaultSize;
        RunSeed seed = new(request.Seed);
        int[] training = SynthesizedGroups.Of(published, size, Split.Train, seed);
        List<AnnotatedComment> comments = [.. training.Select((group, i) => Draw(Split.Train, group / 2, group % 2 == 0 ? [] : null, seed.Stream("civilcomments/train", i)))];
        double toxicShare = (double)published[2] / (published[0] + published[2]);
        foreach ((Split split, double share) in ((Split, double)[])[(Split.Validation, ValidationShare), (Split.Test, TestShare)])
        {
            // Comments without identities are in the file, and drop out of what is made of it.
            comments.AddRange(Enumerable.Range(0, size / 20).Select(i => Draw(split, i % 10 == 0 ? 1 : 0, null, seed.Stream($"civilcomments/{split}/none", i))));
            for (int group = 0; group < 2 * IdentityShares.Length; group++)
            {
                (int label, int identity) = (group / IdentityShares.Length, group % IdentityShares.Length);
                double toxic = Math.Min(0.9, toxicShare * ToxicFactors[identity]);
                int count = Math.Max(SmallestEvaluatedGroup, (int)Math.Round(share * size * IdentityShares[identity] * (label == 1 ? toxic : 1 - toxic)));
                comments.AddRange(Enumerable.Range(0, count).Select(i => Draw(split, label, [identity], seed.Stream($"civilcomments/{split}/{group}", i))));
            }
        }

        AnnotatedComment[] order = [.. comments];
        seed.Stream("civilcomments/order").Shuffle(order);
        string path = Path.Combine(request.Folder, CivilComments.OriginalFile);
        AtomicFile.Write(path, stream => Write(stream, order, seed.Stream("civilcomments/annotators")));
        LookalikeVocabulary.Open(request.Folder, order.Select(comment => comment.Text), CivilCommentsOptions.PublishedLength);
        new SynthesizedData("civilcomments", size, request.Seed).Write(request.Folder);
    }

    // Identities: none where null, drawn where empty.
    private static AnnotatedComment Draw(Split split, int label, int[]? identities, Random random)
    {
        List<int> mentioned = identities is null ? [] : [.. identities];
        if (identities is { Length: 0 })
        {
            mentioned.Add(Weighted([.. IdentityShares.Zip(ToxicFactors, (share, factor) => label == 1 ? share * factor : share)], random));
        }

        // Validation and test repeat a comment for each identity; their counts are of the first.
        if (identities is { Length: 0 } && random.NextDouble() < SecondIdentityShare && Weighted(IdentityShares, random) is var second && !mentioned.Contains(second))
        {
            mentioned.Add(second);
        }

        string about = mentioned.Count == 0 ? "" : $" about {string.Join(" and ", mentioned.Select(identity => Mentions[identity]))}";
        string subject = $"The {Pick(Subjects, random)}{about}";
        string verdict = Pick(random.NextDouble() < VagueShare ? Vague : label == 1 ? Insults : Opinions, random);
        string aside = random.NextDouble() < MixedShare ? $" The {Pick(Subjects, random)} {Pick(label == 1 ? Opinions : ["is no joke", "is not stupid", "said trash pickup is late", "called a liar a liar"], random)}." : "";
        mentioned.Sort();
        return new(split, label, mentioned, $"{Pick(Openings, random)}. {subject} {verdict}.{aside}");
    }

    private static void Write(Stream stream, AnnotatedComment[] comments, Random annotators)
    {
        using StreamWriter writer = new(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true) { NewLine = "\n" };
        writer.WriteLine($",id,{CivilComments.TextColumn},split,toxicity,{string.Join(',', CivilComments.Identities)}");
        foreach ((int index, AnnotatedComment comment) in comments.Index())
        {
            string split = comment.Split switch
            {
                Split.Train => "train",
                Split.Validation => "val",
                _ => "test",
            };
            string identities = string.Join(',', Enumerable.Range(0, CivilComments.Identities.Count).Select(identity => Share(comment.Identities.Contains(identity))));
            writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{index},{index},\"{comment.Text}\",{split},{Share(comment.Label == 1)},{identities}"));
        }

        // A share of annotators: half of them or more where it holds.
        string Share(bool holds) => ((holds ? 0.5 : 0) + (annotators.Next(5) / 10.0)).ToString("F1", CultureInfo.InvariantCulture);
    }

    private static T Pick<T>(T[] choices, Random random) => choices[random.Next(choices.Length)];

    private static int Weighted(double[] weights, Random random)
    {
        double drawn = random.NextDouble() * weights.Sum();
        int choice = 0;
        while (choice < weights.Length - 1 && drawn >= weights[choice])
        {
            drawn -= weights[choice++];
        }

        return choice;
    }
}
