using System.Buffers.Binary;
using System.Text.Json;
using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Train.Training;

/// <summary>
/// A safetensors file: the length of a JSON header (64-bit little-endian), the header, the tensors' bytes. Every framework reads it, and reading one runs no code.
/// </summary>
/// <remarks>The format: https://huggingface.co/docs/safetensors.</remarks>
public sealed record SafetensorsFile(IReadOnlyDictionary<string, string> Metadata, IReadOnlyDictionary<string, ConstantTensor> Tensors)
{
    // The format's own limit for the header.
    private const long MaximalHeader = 100_000_000;
    private const string MetadataKey = "__metadata__";

    private static readonly (ElementType Element, string Name)[] ElementNames =
    [
        (ElementType.Float, "F32"), (ElementType.Double, "F64"), (ElementType.Float16, "F16"), (ElementType.BFloat16, "BF16"),
        (ElementType.Int64, "I64"), (ElementType.Int32, "I32"), (ElementType.Int16, "I16"), (ElementType.Int8, "I8"), (ElementType.UInt8, "U8"), (ElementType.Bool, "BOOL"),
    ];

    /// <summary>Writes the file to a stream.</summary>
    public void Write(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        byte[] header = Header();
        byte[] length = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        stream.Write(length);
        stream.Write(header);
        foreach (ConstantTensor tensor in Tensors.Values)
        {
            stream.Write(tensor.Bytes.Span);
        }
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidDataException">The file is no safetensors file, or is cut off; the message names it.</exception>
    public static SafetensorsFile Read(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        try
        {
            return Parse(bytes);
        }
        catch (Exception error) when (error is InvalidDataException or JsonException or InvalidOperationException or KeyNotFoundException or FormatException or InvalidModelException or OverflowException)
        {
            throw new InvalidDataException($"{path}: is no safetensors file that can be read: {error.Message}", error);
        }
    }

    private static SafetensorsFile Parse(byte[] bytes)
    {
        long headerLength = bytes.Length < sizeof(long) ? -1 : BinaryPrimitives.ReadInt64LittleEndian(bytes);
        if (headerLength is < 2 or > MaximalHeader || sizeof(long) + headerLength > bytes.Length)
        {
            throw new InvalidDataException($"its {bytes.Length} bytes do not hold the header that they announce.");
        }

        int dataStart = (int)(sizeof(long) + headerLength);
        using JsonDocument header = JsonDocument.Parse(bytes.AsMemory(sizeof(long), (int)headerLength));
        Dictionary<string, string> metadata = new(StringComparer.Ordinal);
        Dictionary<string, ConstantTensor> tensors = new(StringComparer.Ordinal);
        foreach (JsonProperty entry in header.RootElement.EnumerateObject())
        {
            if (entry.NameEquals(MetadataKey))
            {
                foreach (JsonProperty pair in entry.Value.EnumerateObject())
                {
                    metadata[pair.Name] = pair.Value.GetString() ?? "";
                }

                continue;
            }

            string? type = entry.Value.GetProperty("dtype").GetString();
            ElementType element = ElementNames.FirstOrDefault(known => known.Name == type).Element;
            long[] sizes = [.. entry.Value.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64())];
            JsonElement offsets = entry.Value.GetProperty("data_offsets");
            long start = offsets[0].GetInt64();
            long end = offsets[1].GetInt64();
            if (element == ElementType.Undefined || start < 0 || end < start || dataStart + end > bytes.Length)
            {
                throw new InvalidDataException($"the tensor '{entry.Name}' of type {type} lies at {start} to {end} of {bytes.Length - dataStart} bytes; accepted are {string.Join(", ", ElementNames.Select(known => known.Name))} within the file.");
            }

            tensors[entry.Name] = new(element, sizes, bytes.AsMemory(dataStart + (int)start, (int)(end - start)));
        }

        return new(metadata, tensors);
    }

    private byte[] Header()
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream))
        {
            json.WriteStartObject();
            json.WriteStartObject(MetadataKey);
            foreach ((string key, string value) in Metadata)
            {
                json.WriteString(key, value);
            }

            json.WriteEndObject();
            long offset = 0;
            foreach ((string name, ConstantTensor tensor) in Tensors)
            {
                json.WriteStartObject(name);
                json.WriteString("dtype", ElementNames.Single(known => known.Element == tensor.Element).Name);
                json.WriteStartArray("shape");
                foreach (long size in tensor.Sizes)
                {
                    json.WriteNumberValue(size);
                }

                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset += tensor.Bytes.Length);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        // The data begins at a multiple of 8, so that readers may map it; the format pads with spaces.
        int padding = (int)(-stream.Length & 7);
        stream.Write("       "u8[..padding]);
        return stream.ToArray();
    }
}
