using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Networks;
using GradientDynamics.Preprocessing;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Datasets;

/// <summary>Tokens of texts or pairs of texts as BERT takes them: token ids, where there is a token, and which text it belongs to. Held without padding, padded batch by batch.</summary>
internal sealed class TokenInputs : ExampleInputs
{
    private readonly TokenSequences _sequences;
    private readonly int[] _examples;
    private readonly TokenLayout _layout;

    /// <summary>Some of the sequences.</summary>
    /// <param name="sequences">Sequences.</param>
    /// <param name="examples">Which of them, in order.</param>
    /// <param name="layout">How they are padded.</param>
    public TokenInputs(TokenSequences sequences, int[] examples, TokenLayout layout)
    {
        if (Array.FindIndex(examples, example => sequences.LengthOf(example) > layout.Length) is >= 0 and int longest)
        {
            throw new ArgumentException($"Example {longest} has {sequences.LengthOf(examples[longest])} tokens; at most {layout.Length} are accepted.", nameof(examples));
        }

        _sequences = sequences;
        _examples = examples;
        _layout = layout;
        // Stable, and the longest first: what does not fit into memory shows at once.
        CheapestOrder = layout.Varies ? [.. Enumerable.Range(0, examples.Length).OrderByDescending(example => sequences.LengthOf(examples[example]))] : null;
    }

    /// <inheritdoc/>
    public override int Count => _examples.Length;

    /// <summary>Not as tensors: padded, all examples would take several times the memory.</summary>
    public override bool AreInMemory => false;

    internal override int[]? CheapestOrder { get; }

    /// <inheritdoc/>
    public override void AppendTo(IncrementalHash hash)
    {
        ArgumentNullException.ThrowIfNull(hash);
        Span<byte> lengths = stackalloc byte[2 * sizeof(int)];
        foreach (int example in _examples)
        {
            BinaryPrimitives.WriteInt32LittleEndian(lengths, _sequences.LengthOf(example));
            BinaryPrimitives.WriteInt32LittleEndian(lengths[sizeof(int)..], _sequences.FirstLengthOf(example));
            hash.AppendData(lengths);
            hash.AppendData(MemoryMarshal.AsBytes(_sequences.IdsOf(example)));
        }
    }

    internal override Tensor[] Read(ReadOnlySpan<int> examples)
    {
        if (!_layout.Varies)
        {
            return ReadWhole(examples);
        }

        int longest = 1;
        foreach (int example in examples)
        {
            longest = Math.Max(longest, _sequences.LengthOf(_examples[example]));
        }

        return Read(examples, longest);
    }

    internal override Tensor[] ReadWhole(ReadOnlySpan<int> examples) => Read(examples, _layout.Length);

    private Tensor[] Read(ReadOnlySpan<int> examples, int length)
    {
        long[] shape = [examples.Length, length];
        Tensor[] columns = [.. Enumerable.Range(0, 3).Select(_ => zeros(shape, ScalarType.Int64).DetachFromDisposeScope())];
        Span<long> ids = MemoryMarshal.Cast<byte, long>(columns[0].bytes);
        Span<long> mask = MemoryMarshal.Cast<byte, long>(columns[1].bytes);
        Span<long> types = MemoryMarshal.Cast<byte, long>(columns[2].bytes);
        for (int row = 0; row < examples.Length; row++)
        {
            int example = _examples[examples[row]];
            ReadOnlySpan<int> own = _sequences.IdsOf(example);
            int start = row * length;
            for (int i = 0; i < own.Length; i++)
            {
                ids[start + i] = own[i];
            }

            ids.Slice(start + own.Length, length - own.Length).Fill(_layout.PaddingId);
            mask.Slice(start, own.Length).Fill(1);
            int first = _sequences.FirstLengthOf(example);
            types.Slice(start + first, own.Length - first).Fill(1);
        }

        return columns;
    }
}

/// <summary>How tokens become inputs.</summary>
/// <param name="Length">Most tokens of an example, special tokens included.</param>
/// <param name="Varies">Whether a batch is as long as its longest example; else all are as long as the most.</param>
/// <param name="PaddingId">Id after the end of a text.</param>
/// <param name="TokenCount">Number that all ids are below; null where it is not known.</param>
internal sealed record TokenLayout(int Length, bool Varies, int PaddingId, int? TokenCount)
{
    /// <summary>How texts became tokens; null where they were given as tokens.</summary>
    public TextPreprocessing? Preprocessing { get; init; }

    /// <summary>The inputs that a network gets.</summary>
    public IReadOnlyList<DatasetInput> Inputs =>
    [
        Input(BertOptions.InputIdsName) with { Limit = TokenCount },
        Input(BertOptions.AttentionMaskName),
        Input(BertOptions.TokenTypeIdsName) with { Limit = 2 },
    ];

    private DatasetInput Input(string name) => new(name, ElementType.Int64, [Length]) { Varies = Varies };
}
