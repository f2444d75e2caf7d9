using System.Buffers.Binary;
using System.Globalization;
using Google.Protobuf;

namespace GradientDynamics.Train.Training.TensorBoard;

/// <summary>
/// A TensorBoard event file: records of length, masked CRC of the length, an Event message, masked CRC of the message. Only what scalars need of the message's fields is written.
/// </summary>
/// <remarks>Field numbers are those of TensorFlow's event.proto and summary.proto.</remarks>
internal sealed class EventFile : IDisposable
{
    private const int WallTimeField = 1;
    private const int StepField = 2;
    private const int FileVersionField = 3;
    private const int SummaryField = 5;
    private const int SessionLogField = 7;
    private const int SummaryValueField = 1;
    private const int TagField = 1;
    private const int SimpleValueField = 2;
    private const int SessionStatusField = 1;
    private const int SessionStart = 1;

    private readonly Stream _stream;
    private readonly TimeProvider _clock;

    /// <summary>Begins a file on a stream, which is disposed with it. Steps from <paramref name="firstStep"/> on that other files of the folder have are void: the run was resumed before them.</summary>
    public EventFile(Stream stream, long firstStep, TimeProvider clock)
    {
        _stream = stream;
        _clock = clock;
        Write(0, output =>
        {
            output.WriteTag(FileVersionField, WireFormat.WireType.LengthDelimited);
            output.WriteString("brain.Event:2");
        });
        Write(firstStep, output => WriteMessage(output, SessionLogField, log =>
        {
            log.WriteTag(SessionStatusField, WireFormat.WireType.Varint);
            log.WriteEnum(SessionStart);
        }));
        _stream.Flush();
    }

    /// <summary>Begins a new file in a folder, under a name that TensorBoard recognises and that sorts after those of earlier parts of the run.</summary>
    public static EventFile Create(string folder, long firstStep, TimeProvider clock)
    {
        Directory.CreateDirectory(folder);
        int part = Directory.EnumerateFiles(folder, "events.out.tfevents.*").Count();
        string name = string.Create(CultureInfo.InvariantCulture, $"events.out.tfevents.{clock.GetUtcNow().ToUnixTimeSeconds():D10}.{Environment.MachineName}.{Environment.ProcessId}.{part}");
        return new(new FileStream(Path.Combine(folder, name), FileMode.CreateNew, FileAccess.Write, FileShare.Read), firstStep, clock);
    }

    /// <summary>Writes scalars of one step.</summary>
    public void WriteScalars(long step, IEnumerable<KeyValuePair<string, double>> scalars)
    {
        Write(step, output => WriteMessage(output, SummaryField, summary =>
        {
            foreach ((string tag, double value) in scalars)
            {
                WriteMessage(summary, SummaryValueField, entry =>
                {
                    entry.WriteTag(TagField, WireFormat.WireType.LengthDelimited);
                    entry.WriteString(tag);
                    entry.WriteTag(SimpleValueField, WireFormat.WireType.Fixed32);
                    entry.WriteFloat((float)value);
                });
            }
        }));
        _stream.Flush();
    }

    public void Dispose() => _stream.Dispose();

    private static void WriteMessage(CodedOutputStream output, int field, Action<CodedOutputStream> write)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(ByteString.CopyFrom(Message(write)));
    }

    private static byte[] Message(Action<CodedOutputStream> write)
    {
        using MemoryStream buffer = new();
        using (CodedOutputStream output = new(buffer, leaveOpen: true))
        {
            write(output);
        }

        return buffer.ToArray();
    }

    private void Write(long step, Action<CodedOutputStream> writeContent)
    {
        byte[] data = Message(output =>
        {
            output.WriteTag(WallTimeField, WireFormat.WireType.Fixed64);
            output.WriteDouble(_clock.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0);
            output.WriteTag(StepField, WireFormat.WireType.Varint);
            output.WriteInt64(step);
            writeContent(output);
        });
        byte[] record = new byte[sizeof(ulong) + sizeof(uint) + data.Length + sizeof(uint)];
        BinaryPrimitives.WriteUInt64LittleEndian(record, (ulong)data.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(sizeof(ulong)), Crc32C.Masked(record.AsSpan(0, sizeof(ulong))));
        data.CopyTo(record, sizeof(ulong) + sizeof(uint));
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(record.Length - sizeof(uint)), Crc32C.Masked(data));
        _stream.Write(record);
    }
}
