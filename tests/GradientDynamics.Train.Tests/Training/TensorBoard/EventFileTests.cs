using System.Buffers.Binary;
using System.Text;
using Google.Protobuf;
using GradientDynamics.Train.Training.TensorBoard;

namespace GradientDynamics.Train.Tests.Training.TensorBoard;

public sealed class EventFileTests
{
    // RFC 3720, appendix B.4, and the check value that catalogues of CRCs give for "123456789".
    [Fact]
    public void Crc32C_OfKnownVectors_IsAsPublished()
    {
        Crc32C.Compute("123456789"u8).ShouldBe(0xE3069283);
        Crc32C.Compute(new byte[32]).ShouldBe(0x8A9136AA);
        Crc32C.Compute([.. Enumerable.Repeat((byte)0xFF, 32)]).ShouldBe(0x62A8AB43u);
        Crc32C.Compute([.. Enumerable.Range(0, 32).Select(i => (byte)i)]).ShouldBe(0x46DD794Eu);
    }

    [Fact]
    public void WriteScalars_Always_GivesRecordsThatAReaderOfTheFormatUnderstands()
    {
        byte[] bytes = Write(events =>
        {
            events.WriteScalars(7, [new("train/loss", 0.5), new("test/accuracy", 0.25)]);
            events.WriteScalars(1L << 40, [new("train/loss", 0.125)]);
        });

        byte[][] records = Records(bytes);

        records.Length.ShouldBe(4);
        Encoding.UTF8.GetString(records[0]).ShouldContain("brain.Event:2");
        (long step, (string, float)[] values) = Scalars(records[2]);
        step.ShouldBe(7);
        values.ShouldBe([("train/loss", 0.5f), ("test/accuracy", 0.25f)]);
        Scalars(records[3]).Step.ShouldBe(1L << 40);
    }

    // A golden file: the first record of every event file of one clock, computed by hand.
    [Fact]
    public void Create_Always_BeginsWithTheFileVersion()
    {
        byte[] bytes = Write(_ => { });

        // wall_time (field 1, fixed64) = 1.0, step (field 2) = 0, file_version (field 3).
        byte[] expected = [0x09, 0, 0, 0, 0, 0, 0, 0xF0, 0x3F, 0x10, 0x00, 0x1A, 13, .. "brain.Event:2"u8];
        Records(bytes)[0].ShouldBe(expected);
    }

    [Fact]
    public void Create_InAFolderWithFiles_BeginsAnother()
    {
        using TemporaryFolder folder = new();

        EventFile.Create(folder.Path, 0, TimeProvider.System).Dispose();
        EventFile.Create(folder.Path, 5, TimeProvider.System).Dispose();

        Directory.EnumerateFiles(folder.Path, "events.out.tfevents.*").Count().ShouldBe(2);
    }

    private static byte[] Write(Action<EventFile> write)
    {
        using MemoryStream stream = new();
        using (EventFile events = new(stream, 0, new FixedClock()))
        {
            write(events);
        }

        return stream.ToArray();
    }

    // An independent reader of TFRecord: both checksums must hold.
    private static byte[][] Records(byte[] bytes)
    {
        List<byte[]> records = [];
        for (int position = 0; position < bytes.Length;)
        {
            int length = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(position));
            Unmask(bytes, position + 8).ShouldBe(Crc32C.Compute(bytes.AsSpan(position, 8)));
            byte[] data = bytes[(position + 12)..(position + 12 + length)];
            Unmask(bytes, position + 12 + length).ShouldBe(Crc32C.Compute(data));
            records.Add(data);
            position += 16 + length;
        }

        return [.. records];
    }

    private static uint Unmask(byte[] bytes, int position)
    {
        uint rotated = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(position)) - 0xa282ead8;
        return (rotated >> 17) | (rotated << 15);
    }

    private static (long Step, (string Tag, float Value)[] Values) Scalars(byte[] data)
    {
        CodedInputStream input = new(data);
        long step = 0;
        List<(string, float)> values = [];
        for (uint tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
        {
            switch (WireFormat.GetTagFieldNumber(tag))
            {
                case 2:
                    step = input.ReadInt64();
                    break;
                case 5:
                    CodedInputStream summary = new(input.ReadBytes().ToByteArray());
                    while (summary.ReadTag() != 0)
                    {
                        CodedInputStream value = new(summary.ReadBytes().ToByteArray());
                        value.ReadTag().ShouldBe(WireFormat.MakeTag(1, WireFormat.WireType.LengthDelimited));
                        string name = value.ReadString();
                        value.ReadTag().ShouldBe(WireFormat.MakeTag(2, WireFormat.WireType.Fixed32));
                        values.Add((name, value.ReadFloat()));
                    }

                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }

        return (step, [.. values]);
    }

    private sealed class FixedClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeSeconds(1);
    }
}
