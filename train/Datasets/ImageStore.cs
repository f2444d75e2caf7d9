using System.Security.Cryptography;

namespace GradientDynamics.Train.Datasets;

/// <summary>Encoded images by number.</summary>
internal abstract class ImageStore
{
    private byte[]? _digest;

    /// <summary>Number of images.</summary>
    public abstract int Count { get; }

    /// <summary>What messages call an image.</summary>
    public abstract string NameOf(int image);

    /// <summary>The bytes of an image's file.</summary>
    /// <exception cref="InvalidDataException">It cannot be read; the message names it.</exception>
    public abstract byte[] Read(int image);

    /// <summary>SHA-256 over the SHA-256 of each image's file, in order. No image is decoded for it.</summary>
    public byte[] Digest()
    {
        if (_digest is null)
        {
            byte[] digests = new byte[Count * SHA256.HashSizeInBytes];
            EachImage.Do(Count, image => SHA256.HashData(Read(image), digests.AsSpan(image * SHA256.HashSizeInBytes)), CancellationToken.None);
            _digest = SHA256.HashData(digests);
        }

        return _digest;
    }
}

/// <summary>Images in files.</summary>
/// <param name="paths">Full path of each.</param>
internal sealed class ImageFiles(IReadOnlyList<string> paths) : ImageStore
{
    /// <inheritdoc/>
    public override int Count => paths.Count;

    /// <inheritdoc/>
    public override string NameOf(int image) => paths[image];

    /// <inheritdoc/>
    public override byte[] Read(int image)
    {
        try
        {
            return File.ReadAllBytes(paths[image]);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InvalidDataException($"{paths[image]}: cannot be read: {error.Message}", error);
        }
    }
}

/// <summary>Images whose files are in memory.</summary>
/// <param name="files">Bytes of each, with what messages call it.</param>
internal sealed class EncodedImages(IReadOnlyList<(string Name, byte[] Bytes)> files) : ImageStore
{
    /// <inheritdoc/>
    public override int Count => files.Count;

    /// <inheritdoc/>
    public override string NameOf(int image) => files[image].Name;

    /// <inheritdoc/>
    public override byte[] Read(int image) => files[image].Bytes;
}
