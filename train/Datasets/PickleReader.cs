using System.Buffers.Binary;
using System.Text;

namespace GradientDynamics.Train.Datasets;

/// <summary>
/// Reads pickles of lists, dictionaries, numbers, texts and instances of one named class. Nothing is imported and no code is run: any other class, and any instruction that would call something, is an
/// error.
/// </summary>
/// <remarks>The format, protocols 2 to 4: https://github.com/python/cpython/blob/main/Lib/pickletools.py.</remarks>
internal sealed class PickleReader(Stream stream, string path, string className)
{
    // Names of attributes and classes.
    private const int LongestText = 1 << 16;

    private readonly byte[] _buffer = new byte[sizeof(long)];
    private readonly List<PickleValue> _stack = [];
    private readonly List<int> _marks = [];
    private readonly Dictionary<int, PickleValue> _memo = [];

    /// <summary>Takes each instance when its attributes are known; the lists in them may be given up afterwards.</summary>
    public Action<IReadOnlyDictionary<string, PickleValue>>? InstanceRead { get; init; }

    /// <summary>Reads one pickle; the stream stands behind it afterwards.</summary>
    /// <exception cref="InvalidDataException">The file is no such pickle, or has something else in it.</exception>
    public PickleValue Read()
    {
        _stack.Clear();
        _marks.Clear();
        _memo.Clear();
        try
        {
            while (Step(ReadByte()))
            {
            }

            return Pop();
        }
        catch (Exception error) when (error is EndOfStreamException or ArgumentOutOfRangeException or InvalidCastException or KeyNotFoundException or OverflowException)
        {
            throw Wrong("is cut off or damaged", error);
        }
    }

    private bool Step(byte instruction)
    {
        switch (instruction)
        {
            case 0x80: // PROTO
                if (ReadByte() is var protocol && protocol is < 2 or > 4)
                {
                    throw Wrong($"is a pickle of protocol {protocol}");
                }

                break;
            case 0x95: // FRAME
                Take(8);
                break;
            case (byte)'.': // STOP
                return false;
            case (byte)'(': // MARK
                _marks.Add(_stack.Count);
                break;
            case (byte)'N':
            case 0x88: // NEWTRUE
            case 0x89: // NEWFALSE
                _stack.Add(new(instruction == 0x88 ? 1 : 0, null));
                break;
            case (byte)'K':
                _stack.Add(new(ReadByte(), null));
                break;
            case (byte)'M':
                _stack.Add(new(BinaryPrimitives.ReadUInt16LittleEndian(Take(2)), null));
                break;
            case (byte)'J':
                _stack.Add(new(BinaryPrimitives.ReadInt32LittleEndian(Take(4)), null));
                break;
            case 0x8a: // LONG1
                _stack.Add(ReadLong(ReadByte()));
                break;
            case (byte)'G': // BINFLOAT
                Take(8);
                _stack.Add(new(0, "float"));
                break;
            case (byte)'X':
            case (byte)'T':
                _stack.Add(new(0, ReadText(BinaryPrimitives.ReadInt32LittleEndian(Take(4)))));
                break;
            case 0x8c: // SHORT_BINUNICODE
            case (byte)'U':
                _stack.Add(new(0, ReadText(ReadByte())));
                break;
            case (byte)']':
                _stack.Add(new(0, new PickleList()));
                break;
            case (byte)'}':
                _stack.Add(new(0, new Dictionary<string, PickleValue>(StringComparer.Ordinal)));
                break;
            case (byte)')':
                _stack.Add(new(0, new PickleTuple([])));
                break;
            case 0x85 or 0x86 or 0x87: // TUPLE1 to TUPLE3
                _stack.Add(new(0, new PickleTuple(PopFrom(_stack.Count - (instruction - 0x84)))));
                break;
            case (byte)'t':
                _stack.Add(new(0, new PickleTuple(PopFrom(PopMark()))));
                break;
            case (byte)'a':
            case (byte)'e':
                PickleValue[] items = PopFrom(instruction == 'a' ? _stack.Count - 1 : PopMark());
                ((PickleList)_stack[^1].Object!).Add(items);
                break;
            case (byte)'s':
            case (byte)'u':
                SetItems(PopFrom(instruction == 's' ? _stack.Count - 2 : PopMark()));
                break;
            case (byte)'q':
                _memo[ReadByte()] = _stack[^1];
                break;
            case (byte)'r':
                _memo[BinaryPrimitives.ReadInt32LittleEndian(Take(4))] = _stack[^1];
                break;
            case 0x94: // MEMOIZE
                _memo[_memo.Count] = _stack[^1];
                break;
            case (byte)'h':
                _stack.Add(_memo[ReadByte()]);
                break;
            case (byte)'j':
                _stack.Add(_memo[BinaryPrimitives.ReadInt32LittleEndian(Take(4))]);
                break;
            case (byte)'c': // GLOBAL
                _stack.Add(new(0, Class(ReadLine(), ReadLine())));
                break;
            case 0x93: // STACK_GLOBAL
                string name = (string)Pop().Object!;
                _stack.Add(new(0, Class((string)Pop().Object!, name)));
                break;
            case 0x81: // NEWOBJ
                Pop();
                _ = (PickleClass)Pop().Object!;
                _stack.Add(new(0, new PickleInstance()));
                break;
            case (byte)'b': // BUILD
                Build();
                break;
            default:
                throw Wrong($"has the instruction 0x{instruction:x2}");
        }

        return true;
    }

    private void Build()
    {
        PickleValue state = Pop();
        if (_stack[^1].Object is not PickleInstance)
        {
            throw Wrong("sets the state of something else");
        }

        Dictionary<string, PickleValue> attributes = (Dictionary<string, PickleValue>)state.Object!;
        InstanceRead?.Invoke(attributes);
        // What came of it is elsewhere; the memo would hold every list to the end.
        foreach (PickleList list in attributes.Values.Select(value => value.Object).OfType<PickleList>())
        {
            list.Clear();
        }

        attributes.Clear();
    }

    private void SetItems(PickleValue[] items)
    {
        Dictionary<string, PickleValue> target = (Dictionary<string, PickleValue>)_stack[^1].Object!;
        for (int i = 0; i + 1 < items.Length; i += 2)
        {
            target[items[i].Object as string ?? items[i].Number.ToString()] = items[i + 1];
        }
    }

    private PickleClass Class(string module, string name) => name == className ? new() : throw Wrong($"has a {module}.{name} in it");

    private PickleValue ReadLong(int length)
    {
        ReadOnlySpan<byte> bytes = Take(length);
        // A number of more than 64 bits occurs as a magic number only.
        if (length > sizeof(long))
        {
            return new(0, Convert.ToHexStringLower(bytes));
        }

        long value = 0;
        for (int i = 0; i < length; i++)
        {
            value |= (long)bytes[i] << (8 * i);
        }

        int unused = 64 - (8 * length);
        return new(length is 0 or 8 ? value : value << unused >> unused, null);
    }

    private string ReadText(int length) => length is >= 0 and <= LongestText ? Encoding.UTF8.GetString(Take(length)) : throw Wrong("is cut off or damaged");

    private string ReadLine()
    {
        StringBuilder line = new();
        for (byte read = ReadByte(); read != '\n'; read = ReadByte())
        {
            line.Append((char)read);
        }

        return line.ToString();
    }

    private PickleValue Pop()
    {
        PickleValue value = _stack[^1];
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    private int PopMark()
    {
        int mark = _marks[^1];
        _marks.RemoveAt(_marks.Count - 1);
        return mark;
    }

    private PickleValue[] PopFrom(int start)
    {
        PickleValue[] values = [.. _stack[start..]];
        _stack.RemoveRange(start, values.Length);
        return values;
    }

    private byte ReadByte() => stream.ReadByte() is >= 0 and var read ? (byte)read : throw new EndOfStreamException();

    private ReadOnlySpan<byte> Take(int count)
    {
        byte[] buffer = count <= _buffer.Length ? _buffer : new byte[count];
        stream.ReadExactly(buffer, 0, count);
        return buffer.AsSpan(0, count);
    }

    private InvalidDataException Wrong(string what, Exception? inner = null) => new($"{path}: {what}; accepted are lists of {className} as torch.save writes them.", inner);

    private sealed record PickleClass;

    private sealed record PickleTuple(PickleValue[] Items);

    private sealed record PickleInstance;
}

/// <summary>A value of a pickle: a number, or an object.</summary>
/// <param name="Number">The number, where there is no object; true is 1, false and None are 0.</param>
/// <param name="Object">A text, list, dictionary, tuple or instance.</param>
internal readonly record struct PickleValue(long Number, object? Object);

/// <summary>A list of a pickle: whole numbers without a box each, or its length.</summary>
internal sealed class PickleList
{
    private readonly List<int> _numbers = [];

    /// <summary>The whole numbers of the list, where it has nothing else.</summary>
    public IReadOnlyList<int>? Numbers => Others == 0 ? _numbers : null;

    /// <summary>Items that are no whole numbers of 32 bits.</summary>
    public int Others { get; private set; }

    /// <summary>Adds items.</summary>
    public void Add(ReadOnlySpan<PickleValue> items)
    {
        foreach (PickleValue item in items)
        {
            if (item.Object is null && item.Number is >= int.MinValue and <= int.MaxValue)
            {
                _numbers.Add((int)item.Number);
            }
            else
            {
                Others++;
            }
        }
    }

    /// <summary>Gives the items up.</summary>
    public void Clear()
    {
        _numbers.Clear();
        _numbers.Capacity = 0;
    }
}
