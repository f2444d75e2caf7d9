using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using System.Security.Cryptography;
using System.Text;
using GradientDynamics.CommandLine;
using GradientDynamics.Preprocessing;

namespace GradientDynamics.Train.Datasets;

/// <summary>
/// Decoded images as bytes in one file that is mapped into memory: written once, whole or not at all, under a name that is the hash of the images' files and of what is kept of them, so that other images
/// or settings are another file.
/// </summary>
/// <remarks>Layout, little-endian: the text "GDIMAGE1", the number of images and the channels as 64-bit integers; for each image the offset, the width and the height as 64-bit integers; the samples.</remarks>
internal sealed class ImageCache
{
    private const int HeaderBytes = 24;
    private const int EntryBytes = 24;

    // Images that are decoded before they are written: enough to keep all processors busy, and some megabytes.
    private const int Part = 64;

    private readonly string _folder;
    private readonly ImageStore _images;
    private readonly ImagePreprocessing? _preprocessing;
    private readonly ImageChannels _channels;
    private readonly Lock _opening = new();
    private MemoryMappedFile? _file;
    private MemoryMappedViewAccessor? _view;
    private (long Offset, int Width, int Height)[] _entries = [];

    /// <summary>A cache of images.</summary>
    /// <param name="folder">Folder of the file.</param>
    /// <param name="images">The images.</param>
    /// <param name="preprocessing">What is kept of each; null keeps it whole.</param>
    /// <param name="channels">Colour of the images.</param>
    public ImageCache(string folder, ImageStore images, ImagePreprocessing? preprocessing, ImageChannels channels)
    {
        _folder = folder;
        _images = images;
        _preprocessing = preprocessing;
        _channels = channels;
    }

    /// <summary>Whether images are kept as a network takes them, so that nothing but their place in memory changes.</summary>
    public bool HoldsPrepared => _preprocessing is not null;

    private static ReadOnlySpan<byte> Magic => "GDIMAGE1"u8;

    private int ChannelCount => _channels == ImageChannels.Grey ? 1 : 3;

    /// <summary>Maps the file, which is written first where there is none.</summary>
    /// <exception cref="InvalidDataException">An image cannot be decoded, or the file is damaged; the message names it.</exception>
    public void Open(Action<string>? say, CancellationToken cancellationToken)
    {
        if (_view is not null)
        {
            return;
        }

        lock (_opening)
        {
            if (_view is not null)
            {
                return;
            }

            string path = Path.Combine(_folder, $"{Key()}.images");
            if (!File.Exists(path))
            {
                say?.Invoke($"Decoding {_images.Count} images once, into {path}.");
                AtomicFile.Write(path, stream => Write(stream, cancellationToken));
            }

            MemoryMappedFile file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, mapName: null, 0, MemoryMappedFileAccess.Read);
            try
            {
                MemoryMappedViewAccessor view = file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
                _entries = ReadEntries(view, new FileInfo(path).Length, path);
                _file = file;
                _view = view;
            }
            catch
            {
                file.Dispose();
                throw;
            }
        }
    }

    /// <summary>An image that was kept prepared, as floats in [0, 1], (channels, height, width).</summary>
    public void CopyTo(int image, Span<float> planes)
    {
        (long offset, int width, int height) = _entries[image];
        ByteImage held = new(width, height, ChannelCount, Samples(offset, width * height * ChannelCount));
        held.CopyTo(planes);
    }

    /// <summary>An image that was kept whole.</summary>
    public DecodedImage Read(int image)
    {
        (long offset, int width, int height) = _entries[image];
        return DecodedImage.Of(new ByteImage(width, height, ChannelCount, Samples(offset, width * height * ChannelCount)));
    }

    private byte[] Samples(long offset, int length)
    {
        byte[] samples = new byte[length];
        _view!.ReadArray(offset, samples, 0, length);
        return samples;
    }

    private string Key()
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Magic);
        hash.AppendData(Encoding.UTF8.GetBytes(_preprocessing is null ? $"whole, {_channels}" : PreprocessingFile.Write(_preprocessing)));
        hash.AppendData(_images.Digest());
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private void Write(Stream stream, CancellationToken cancellationToken)
    {
        byte[] table = new byte[HeaderBytes + (EntryBytes * (long)_images.Count)];
        Magic.CopyTo(table);
        BinaryPrimitives.WriteInt64LittleEndian(table.AsSpan(8), _images.Count);
        BinaryPrimitives.WriteInt64LittleEndian(table.AsSpan(16), ChannelCount);
        stream.Position = table.Length;
        ByteImage?[] decoded = new ByteImage?[Part];
        for (int start = 0; start < _images.Count; start += Part)
        {
            int count = Math.Min(Part, _images.Count - start);
            int first = start;
            EachImage.Do(count, i =>
            {
                string name = _images.NameOf(first + i);
                using DecodedImage image = DecodedImage.Decode(_images.Read(first + i), _channels, name);
                using DecodedImage? prepared = _preprocessing is null ? null : image.Prepare(_preprocessing, name);
                decoded[i] = (prepared ?? image).ToByteImage();
            }, cancellationToken);
            for (int i = 0; i < count; i++)
            {
                Span<byte> entry = table.AsSpan(HeaderBytes + (EntryBytes * (start + i)));
                BinaryPrimitives.WriteInt64LittleEndian(entry, stream.Position);
                BinaryPrimitives.WriteInt64LittleEndian(entry[8..], decoded[i]!.Width);
                BinaryPrimitives.WriteInt64LittleEndian(entry[16..], decoded[i]!.Height);
                stream.Write(decoded[i]!.Samples);
            }
        }

        stream.Position = 0;
        stream.Write(table);
    }

    private (long Offset, int Width, int Height)[] ReadEntries(MemoryMappedViewAccessor view, long length, string path)
    {
        byte[] table = new byte[HeaderBytes + (EntryBytes * (long)_images.Count)];
        bool whole = length >= table.Length && view.ReadArray(0, table, 0, table.Length) == table.Length && table.AsSpan(0, 8).SequenceEqual(Magic)
            && BinaryPrimitives.ReadInt64LittleEndian(table.AsSpan(8)) == _images.Count && BinaryPrimitives.ReadInt64LittleEndian(table.AsSpan(16)) == ChannelCount;
        (long Offset, int Width, int Height)[] entries = new (long, int, int)[_images.Count];
        for (int i = 0; i < entries.Length && whole; i++)
        {
            ReadOnlySpan<byte> entry = table.AsSpan(HeaderBytes + (EntryBytes * i));
            long offset = BinaryPrimitives.ReadInt64LittleEndian(entry);
            long width = BinaryPrimitives.ReadInt64LittleEndian(entry[8..]);
            long height = BinaryPrimitives.ReadInt64LittleEndian(entry[16..]);
            whole = offset >= table.Length && width is > 0 and <= ImageDecoder.MaximumPixels && height is > 0 and <= ImageDecoder.MaximumPixels
                && width * height <= ImageDecoder.MaximumPixels && offset <= length - (width * height * ChannelCount);
            entries[i] = (offset, (int)width, (int)height);
        }

        return whole ? entries : throw new InvalidDataException($"{path}: is damaged; once it is deleted, it is written anew.");
    }
}
