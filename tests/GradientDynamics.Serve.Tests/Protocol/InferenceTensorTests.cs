using System.Text;
using GradientDynamics.Protos.Inference;

namespace GradientDynamics.Protos.Tests;

public class InferenceTensorTests
{
    [Fact]
    public void Elements_are_little_endian_and_not_copied()
    {
        int[] elements = [1, 0x01020304];

        InferenceTensor tensor = InferenceTensor.Create("x", elements);
        elements[0] = 2;

        tensor.Datatype.ShouldBe("INT32");
        tensor.Shape.ToArray().ShouldBe([2L]);
        tensor.Data.ToArray().ShouldBe([2, 0, 0, 0, 4, 3, 2, 1]);
        tensor.ToArray<int>().ShouldBe([2, 0x01020304]);
    }

    [Fact]
    public void Byte_strings_stand_behind_their_lengths()
    {
        InferenceTensor tensor = InferenceTensor.Create("x", ["ä", ""], 2, 1);

        tensor.Datatype.ShouldBe("BYTES");
        tensor.Data.ToArray().ShouldBe([2, 0, 0, 0, 0xC3, 0xA4, 0, 0, 0, 0]);
        tensor.ToStrings().ShouldBe(["ä", ""]);
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
    public void Datatypes_have_the_protocols_names_and_sizes(string datatype, int size)
    {
        Datatype.SizeInBytes(datatype).ShouldBe(size);
        Datatype.All.ShouldContain(datatype);
        Datatype.All.Count.ShouldBe(14);
    }

    [Fact]
    public void An_unknown_datatype_is_refused_with_those_that_are_known() =>
        Should.Throw<InvalidDataException>(() => Datatype.SizeInBytes("FLOAT")).Message
            .ShouldBe("Datatype 'FLOAT' is none of the protocol's: BOOL, UINT8, UINT16, UINT32, UINT64, INT8, INT16, INT32, INT64, FP16, BF16, FP32, FP64, BYTES.");

    [Fact]
    public void Bytes_that_are_not_what_the_shape_says_are_refused() =>
        Should.Throw<InvalidDataException>(() => new InferenceTensor("x", "FP32", [2, 2], new byte[12])).Message
            .ShouldBe("tensor 'x' has 12 bytes where FP32 of shape [2, 2] has 16");

    [Fact]
    public void A_tensor_is_not_read_as_another_datatype() =>
        Should.Throw<InvalidDataException>(() => InferenceTensor.Create("x", new float[1]).ToArray<double>()).Message.ShouldBe("tensor 'x' is FP32; it cannot be read as FP64");

    [Theory]
    [InlineData("FP32", new byte[] { 0x00, 0x00, 0xC0, 0xBF })]
    [InlineData("FP64", new byte[] { 0, 0, 0, 0, 0, 0, 0xF8, 0xBF })]
    [InlineData("FP16", new byte[] { 0x00, 0xBE })]
    [InlineData("BF16", new byte[] { 0xC0, 0xBF })]
    public void Every_floating_point_datatype_reads_as_singles(string datatype, byte[] minusOneAndAHalf) =>
        new InferenceTensor("x", datatype, [1], minusOneAndAHalf).ToSingles().ShouldBe([-1.5f]);

    [Fact]
    public void A_byte_string_that_is_no_text_is_not_read_as_one() =>
        Should.Throw<InvalidDataException>(() => InferenceTensor.Create("x", [new byte[] { 0xFF }]).ToStrings()).Message.ShouldBe("tensor 'x' has an element that is not UTF-8");

    [Theory]
    [InlineData(new long[0], 1)]
    [InlineData(new long[] { 2, 3 }, 6)]
    [InlineData(new long[] { long.MaxValue, 0, long.MaxValue }, 0)]
    [InlineData(new long[] { long.MaxValue, 1 }, long.MaxValue)]
    public void A_shape_has_the_product_of_its_sizes(long[] shape, long count) => WireShape.ElementCount(shape).ShouldBe(count);

    [Fact]
    public void Products_beyond_64_bits_are_refused_also_where_they_wrap_around() =>
        Should.Throw<InvalidDataException>(() => WireShape.ElementCount([1L << 32, 1L << 32])).Message.ShouldEndWith("has more elements than 64 bits can count");

    [Fact]
    public void Typed_and_raw_forms_hold_the_same()
    {
        var contents = new InferTensorContents { IntContents = { -1, 127, -128 } };

        byte[] raw = TensorContents.ToRaw(contents, "INT8", 3);

        raw.ShouldBe([0xFF, 0x7F, 0x80]);
        TensorContents.FromRaw(raw, "INT8", 3).ShouldBe(contents);
    }

    [Fact]
    public void Unsigned_elements_that_do_not_fit_are_refused() =>
        Should.Throw<InvalidDataException>(() => TensorContents.ToRaw(new InferTensorContents { UintContents = { 65536 } }, "UINT16", 1)).Message
            .ShouldBe("element 0 is 65536; UINT16 holds 0 to 65535");

    [Fact]
    public void Byte_strings_of_images_pass_as_they_are()
    {
        byte[] image = Encoding.Latin1.GetBytes("\u00FF\u00D8\u0000image");

        InferenceTensor.Create("x", [image, image]).ToByteStrings().Select(element => element.ToArray()).ShouldBe([image, image]);
    }
}
