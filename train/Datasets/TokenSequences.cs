using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using GradientDynamics.CommandLine;
using GradientDynamics.Preprocessing;

namespace GradientDynamics.Train.Datasets;

/// <summary>Token ids of many texts or pairs, one after the other, without padding.</summary>
internal sealed class TokenSequences
{
    private static readonly byte[] Format = "gradientdynamics.tokens/1"u8.ToArray();

    private readonly int[] _ids;
    private readonly int[] _starts;
    private readonly int[] _firstLengths;

    private TokenSequences(int[] ids, int[] starts, int[] firstLengths)
    {
        _ids = ids;
        _starts = starts;
        _firstLengths = firstLengths;
    }

    /// <summary>Number of sequences.</summary>
    public int Count => _firstLengths.Length;

    /// <summary>Token ids of a sequence, special tokens included.</summary>
    public ReadOnlySpan<int> IdsOf(int sequence) => _ids.AsSpan(_starts[sequence], LengthOf(sequence));

    /// <summary>Number of tokens of a sequence.</summary>
    public int LengthOf(int sequence) => _starts[sequence + 1] - _starts[sequence];

    /// <summary>Tokens of the first text with its special tokens; those after them belong to the second.</summary>
    public int FirstLengthOf(int sequence) => _firstLengths[sequence];

    /// <summary>The largest id; −1 where there is none.</summary>
    public int LargestId => _ids.Length == 0 ? -1 : _ids.Max();

    /// <summary>Some of the sequences, one after the other.</summary>
    public TokenSequences Part(int start, int count) => Of([.. Enumerable.Range(start, count).Select(sequence => (IdsOf(sequence).ToArray(), FirstLengthOf(sequence)))]);

    /// <summary>Sequences from their parts.</summary>
    /// <param name="sequences">Token ids of each, and how many of them belong to the first text.</param>
    public static TokenSequences Of(IReadOnlyList<(int[] Ids, int FirstLength)> sequences)
    {
        int[] starts = new int[sequences.Count + 1];
        for (int i = 0; i < sequences.Count; i++)
        {
            starts[i + 1] = checked(starts[i] + sequences[i].Ids.Length);
        }

        int[] ids = new int[starts[^1]];
        for (int i = 0; i < sequences.Count; i++)
        {
            sequences[i].Ids.CopyTo(ids, starts[i]);
        }

        return new(ids, starts, [.. sequences.Select(sequence => sequence.FirstLength)]);
    }

    /// <summary>Tokenizes texts on all processors, or reads what was tokenized before.</summary>
    /// <param name="texts">Texts, or pairs.</param>
    /// <param name="tokenizer">Tokenizer without padding.</param>
    /// <param name="settings">What the tokens depend on beside the texts: it goes into the cache's name.</param>
    /// <param name="cache">Folder for tokens of earlier runs; null keeps none.</param>
    public static TokenSequences Tokenize(IReadOnlyList<Text> texts, TextTokenizer tokenizer, string settings, string? cache)
    {
        if (cache is null)
        {
            return Tokenize(texts, tokenizer);
        }

        byte[] key = KeyOf(texts, settings);
        string path = Path.Combine(cache, $"tokens-{Convert.ToHexStringLower(key)[..16]}.bin");
        if (TryRead(path, key) is { } known)
        {
            return known;
        }

        TokenSequences sequences = Tokenize(texts, tokenizer);
        Directory.CreateDirectory(cache);
        AtomicFile.Write(path, stream => sequences.Write(stream, key));
        return sequences;
    }

    private static TokenSequences Tokenize(IReadOnlyList<Text> texts, TextTokenizer tokenizer)
    {
        (int[] Ids, int FirstLength)[] sequences = new (int[], int)[texts.Count];
        Parallel.For(0, sequences.Length, i =>
        {
            TokenizedText text = tokenizer.Tokenize(texts[i].First, texts[i].Second);
            int second = Array.IndexOf(text.Segments, 1);
            sequences[i] = (Array.ConvertAll(text.Ids, id => (int)id), second < 0 ? text.Ids.Length : second);
        });
        return Of(sequences);
    }

    private static byte[] KeyOf(IReadOnlyList<Text> texts, string settings)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Format);
        Append(settings);
        foreach (Text text in texts)
        {
            Append(text.First);
            Append(text.Second);
        }

        return hash.GetHashAndReset();

        void Append(string? text)
        {
            Span<byte> length = stackalloc byte[sizeof(int)];
            byte[] bytes = Encoding.UTF8.GetBytes(text ?? "");
            BinaryPrimitives.WriteInt32LittleEndian(length, text is null ? -1 : bytes.Length);
            hash.AppendData(length);
            hash.AppendData(bytes);
        }
    }

    // Format, key, a hash of what follows, the number of sequences, their starts, the lengths of first texts, and the ids.
    private void Write(Stream stream, byte[] key)
    {
        stream.Write(Format);
        stream.Write(key);
        byte[][] parts = [BitConverter.GetBytes(Count), .. new int[][] { _starts, _firstLengths, _ids }.Select(part => MemoryMarshal.AsBytes(part.AsSpan()).ToArray())];
        stream.Write(SHA256.HashData([.. parts.SelectMany(SHA256.HashData)]));
        foreach (byte[] part in parts)
        {
            stream.Write(part);
        }
    }

    // Whatever is wrong with a file of the cache, the texts are there to be tokenized again.
    private static TokenSequences? TryRead(string path, byte[] key)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        ReadOnlySpan<byte> bytes = File.ReadAllBytes(path);
        int headLength = Format.Length + key.Length + SHA256.HashSizeInBytes + sizeof(int);
        if (bytes.Length < headLength || !bytes.StartsWith(Format) || !bytes[Format.Length..].StartsWith(key))
        {
            return null;
        }

        ReadOnlySpan<byte> sum = bytes.Slice(Format.Length + key.Length, SHA256.HashSizeInBytes);
        ReadOnlySpan<byte> countBytes = bytes.Slice(headLength - sizeof(int), sizeof(int));
        long count = BitConverter.ToInt32(countBytes);
        ReadOnlySpan<byte> rest = bytes[headLength..];
        if (count < 0 || ((2 * count) + 1) * sizeof(int) > rest.Length || rest.Length % sizeof(int) != 0)
        {
            return null;
        }

        int startBytes = (int)(count + 1) * sizeof(int);
        int firstBytes = (int)count * sizeof(int);
        ReadOnlySpan<byte> starts = rest[..startBytes];
        ReadOnlySpan<byte> firsts = rest.Slice(startBytes, firstBytes);
        ReadOnlySpan<byte> ids = rest[(startBytes + firstBytes)..];
        byte[] found = SHA256.HashData([.. SHA256.HashData(countBytes), .. SHA256.HashData(starts), .. SHA256.HashData(firsts), .. SHA256.HashData(ids)]);
        return sum.SequenceEqual(found)
            ? new(MemoryMarshal.Cast<byte, int>(ids).ToArray(), MemoryMarshal.Cast<byte, int>(starts).ToArray(), MemoryMarshal.Cast<byte, int>(firsts).ToArray())
            : null;
    }
}

/// <summary>A text, or a pair of texts.</summary>
/// <param name="First">The text, or the first of the pair.</param>
/// <param name="Second">The second of the pair; null where there is one text.</param>
internal readonly record struct Text(string First, string? Second = null);
