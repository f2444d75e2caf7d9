using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace GradientDynamics.Train.Tests.TangentFeatures;

/// <summary>A NumPy file as the format's specification has it, read whole; numpy.lib.format, version 1.0.</summary>
internal sealed record NpyFile(string Type, int[] Shape, byte[] Data)
{
    public static NpyFile Read(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        bytes[..8].ShouldBe([0x93, .. "NUMPY"u8, 1, 0]);
        int length = BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(8));
        ((10 + length) % 64).ShouldBe(0);
        string header = Encoding.ASCII.GetString(bytes, 10, length);
        header.ShouldEndWith("\n");
        header.ShouldContain("'fortran_order': False");
        string type = Regex.Match(header, "'descr': '([^']*)'").Groups[1].Value;
        int[] shape = [.. Regex.Match(header, @"'shape': \(([^)]*)\)").Groups[1].Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(size => int.Parse(size, CultureInfo.InvariantCulture))];
        NpyFile file = new(type, shape, bytes[(10 + length)..]);
        file.Data.Length.ShouldBe(shape.Aggregate(1, (product, size) => product * size) * (type[^1] - '0'));
        return file;
    }

    public float[] Floats => MemoryMarshal.Cast<byte, float>(Data).ToArray();

    public double[] Doubles => MemoryMarshal.Cast<byte, double>(Data).ToArray();

    public long[] Integers => MemoryMarshal.Cast<byte, long>(Data).ToArray();
}
