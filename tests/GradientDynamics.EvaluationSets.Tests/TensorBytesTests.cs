namespace GradientDynamics.EvaluationSets.Tests;

public sealed class TensorBytesTests
{
    [Fact]
    public void FromFloats_WritesLittleEndian()
    {
        TensorBytes.FromFloats([1, -2]).ShouldBe([0x00, 0x00, 0x80, 0x3f, 0x00, 0x00, 0x00, 0xc0]);
    }

    public static TheoryData<Datatype, byte[], float[]> ExactFloats => new()
    {
        { Datatype.FP32, [0x00, 0x00, 0x80, 0x3f, 0x00, 0x00, 0x00, 0xc0], [1, -2] },
        { Datatype.FP16, [0x00, 0x3c, 0x00, 0xc0, 0x01, 0x00], [1, -2, 5.9604645e-8f] },
        { Datatype.BF16, [0x80, 0x3f, 0x00, 0xc0], [1, -2] },
        { Datatype.UInt8, [0, 255], [0, 255] },
        { Datatype.Int8, [0x7f, 0x80], [127, -128] },
        { Datatype.UInt16, [0xff, 0xff], [65535] },
        { Datatype.Int16, [0x00, 0x80], [-32768] },
        { Datatype.Bool, [0, 1], [0, 1] },
    };

    [Theory]
    [MemberData(nameof(ExactFloats))]
    public void ToFloats_ReadsTheElements(Datatype datatype, byte[] bytes, float[] expected)
    {
        float[] floats = new float[expected.Length];

        TensorBytes.ToFloats(datatype, bytes, floats);

        floats.ShouldBe(expected);
    }

    [Theory]
    [InlineData(Datatype.FP64)]
    [InlineData(Datatype.Int32)]
    [InlineData(Datatype.Int64)]
    [InlineData(Datatype.UInt32)]
    [InlineData(Datatype.UInt64)]
    [InlineData(Datatype.Bytes)]
    public void ToFloats_OfWhatIsNotExactlyAFloat_Throws(Datatype datatype)
    {
        NotSupportedException exception = Should.Throw<NotSupportedException>(() => TensorBytes.ToFloats(datatype, new byte[8], new float[1]));

        exception.Message.ShouldContain(datatype.ProtocolName());
    }

    [Theory]
    [InlineData("BOOL", 1)]
    [InlineData("UINT8", 1)]
    [InlineData("UINT16", 2)]
    [InlineData("UINT32", 4)]
    [InlineData("UINT64", 8)]
    [InlineData("INT8", 1)]
    [InlineData("INT16", 2)]
    [InlineData("INT32", 4)]
    [InlineData("INT64", 8)]
    [InlineData("FP16", 2)]
    [InlineData("BF16", 2)]
    [InlineData("FP32", 4)]
    [InlineData("FP64", 8)]
    [InlineData("BYTES", 0)]
    public void Datatypes_HaveTheProtocolsNamesAndSizes(string name, int size)
    {
        DatatypeFacts.TryParse(name, out Datatype datatype).ShouldBeTrue();

        datatype.ProtocolName().ShouldBe(name);
        datatype.ElementSize().ShouldBe(size);
        DatatypeFacts.TryParse(name.ToLowerInvariant(), out _).ShouldBeFalse();
    }
}
