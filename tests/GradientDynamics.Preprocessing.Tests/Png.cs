using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace GradientDynamics.Preprocessing.Tests;

/// <summary>Writes PNG files byte by byte, so that decoding is held against the format and not against the decoder's own encoder.</summary>
internal static class Png
{
    private const byte Grey = 0;
    private const byte Rgb = 2;
    private const byte Rgba = 6;

    /// <summary>8-bit samples in row-major order, with 1, 3 or 4 channels.</summary>
    public static byte[] Encode(int width, int height, int channels, byte[] samples)
    {
        using MemoryStream rows = new();
        using (ZLibStream zlib = new(rows, CompressionLevel.Fastest, leaveOpen: true))
        {
            for (int row = 0; row < height; row++)
            {
                zlib.WriteByte(0); // no filter
                zlib.Write(samples, row * width * channels, width * channels);
            }
        }

        return File(width, height, channels == 1 ? Grey : channels == 3 ? Rgb : Rgba, rows.ToArray());
    }

    /// <summary>A file whose header claims a size that its content does not have.</summary>
    public static byte[] Claim(int width, int height) => File(width, height, Rgb, [0x78, 0x9c, 0x03, 0, 0, 0, 0, 1]);

    private static byte[] File(int width, int height, byte colorType, byte[] content)
    {
        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        header[8] = 8;
        header[9] = colorType;
        return [0x89, .. "PNG\r\n"u8, 0x1a, 0x0a, .. Chunk("IHDR", header), .. Chunk("IDAT", content), .. Chunk("IEND", [])];
    }

    private static byte[] Chunk(string type, byte[] content)
    {
        byte[] body = [.. Encoding.ASCII.GetBytes(type), .. content];
        byte[] chunk = new byte[body.Length + 8];
        BinaryPrimitives.WriteInt32BigEndian(chunk, content.Length);
        body.CopyTo(chunk, 4);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(chunk.Length - 4), Crc(body));
        return chunk;
    }

    // CRC-32 of ISO 3309, bit by bit.
    private static uint Crc(byte[] bytes)
    {
        uint crc = 0xffffffff;
        foreach (byte value in bytes)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ 0xedb88320;
            }
        }

        return ~crc;
    }
}
