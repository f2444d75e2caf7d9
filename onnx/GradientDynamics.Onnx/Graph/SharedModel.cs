using System.Buffers;
using Google.Protobuf;
using OnnxProto;

namespace GradientDynamics.Onnx.Graph;

/// <summary>
/// Parses a model whose initializers' raw data stay where they are: they are most of a file, and a copy of them would double what reading takes.
/// The file is cut at the fields that lead to them (graph, initializer, raw_data); everything else is parsed as usual.
/// </summary>
internal static class SharedModel
{
    private const int Graph = 7;
    private const int Initializer = 5;
    private const int RawData = 9;

    /// <summary>The model; its initializers' raw data lie in <paramref name="file"/>, which must not change any more.</summary>
    /// <exception cref="InvalidProtocolBufferException">The bytes are no such message.</exception>
    public static ModelProto Parse(ReadOnlyMemory<byte> file)
    {
        // Anything unusual goes the usual way, which also says what is wrong.
        if (Cut(file, Graph) is not { Taken: [ReadOnlyMemory<byte> graphBytes] } model || Cut(graphBytes, Initializer) is not { } graph)
        {
            return ModelProto.Parser.ParseFrom(file.Span);
        }

        ModelProto result = ModelProto.Parser.ParseFrom(model.Rest);
        result.Graph = GraphProto.Parser.ParseFrom(graph.Rest);
        foreach (ReadOnlyMemory<byte> initializer in graph.Taken)
        {
            result.Graph.Initializer.Add(ParseTensor(initializer));
        }

        return result;
    }

    private static TensorProto ParseTensor(ReadOnlyMemory<byte> bytes)
    {
        if (Cut(bytes, RawData) is not { Taken: [ReadOnlyMemory<byte> data] } tensor)
        {
            return TensorProto.Parser.ParseFrom(bytes.Span);
        }

        TensorProto result = TensorProto.Parser.ParseFrom(tensor.Rest);
        result.RawData = UnsafeByteOperations.UnsafeWrap(data);
        return result;
    }

    // The contents of a length-delimited field and everything else of a message, in order; null where the bytes are no such message.
    private static CutMessage? Cut(ReadOnlyMemory<byte> message, int field)
    {
        ReadOnlySpan<byte> bytes = message.Span;
        List<ReadOnlyMemory<byte>> taken = [];
        List<ReadOnlyMemory<byte>> rest = [];
        int kept = 0;
        int position = 0;
        while (position < bytes.Length)
        {
            int start = position;
            if (!TryReadVarint(bytes, ref position, out ulong tag) || tag >> 3 is 0 or > int.MaxValue)
            {
                return null;
            }

            ulong length = 0;
            switch ((WireFormat.WireType)(tag & 7))
            {
                case WireFormat.WireType.Varint when TryReadVarint(bytes, ref position, out _):
                    break;
                case WireFormat.WireType.Fixed64:
                    length = 8;
                    break;
                case WireFormat.WireType.Fixed32:
                    length = 4;
                    break;
                case WireFormat.WireType.LengthDelimited when TryReadVarint(bytes, ref position, out length):
                    break;
                default:
                    return null;
            }

            if (length > (ulong)(bytes.Length - position))
            {
                return null;
            }

            int content = position;
            position += (int)length;
            if (tag >> 3 == (ulong)field)
            {
                if ((WireFormat.WireType)(tag & 7) != WireFormat.WireType.LengthDelimited)
                {
                    return null;
                }

                taken.Add(message[content..position]);
                rest.Add(message[kept..start]);
                kept = position;
            }
        }

        rest.Add(message[kept..]);
        return new(taken, Join(rest));
    }

    private static bool TryReadVarint(ReadOnlySpan<byte> bytes, ref int position, out ulong value)
    {
        value = 0;
        for (int shift = 0; shift < 64 && position < bytes.Length; shift += 7)
        {
            byte next = bytes[position++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return true;
            }
        }

        return false;
    }

    private static ReadOnlySequence<byte> Join(List<ReadOnlyMemory<byte>> parts)
    {
        Segment first = new(parts[0], 0);
        Segment last = first;
        foreach (ReadOnlyMemory<byte> part in parts.Skip(1).Where(part => part.Length > 0))
        {
            last = last.Append(part);
        }

        return new(first, 0, last, last.Memory.Length);
    }

    private sealed record CutMessage(List<ReadOnlyMemory<byte>> Taken, ReadOnlySequence<byte> Rest);

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, long runningIndex)
        {
            Memory = memory;
            RunningIndex = runningIndex;
        }

        public Segment Append(ReadOnlyMemory<byte> memory)
        {
            Segment next = new(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
