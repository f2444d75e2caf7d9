using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace GradientDynamics.Train.Preparation;

/// <summary>The digest by which a file is known, as "sha256:…" or "md5:…" in hexadecimal digits.</summary>
/// <param name="Algorithm">sha256 or md5.</param>
/// <param name="Digest">Lower-case hexadecimal digits.</param>
internal sealed record FileChecksum(string Algorithm, string Digest)
{
    /// <summary>The checksum that a text states.</summary>
    /// <exception cref="FormatException">The text is none.</exception>
    public static FileChecksum Parse(string text)
    {
        string[] parts = text.Split(':');
        int length = parts[0] switch
        {
            "sha256" => 64,
            "md5" => 32,
            _ => -1,
        };
        return parts.Length == 2 && parts[1].Length == length && parts[1].All(char.IsAsciiHexDigit)
            ? new(parts[0], parts[1].ToLowerInvariant())
            : throw new FormatException($"'{text}' is no checksum; accepted are sha256: and 64 hexadecimal digits, or md5: and 32.");
    }

    /// <summary>The digest of a file by this checksum's algorithm.</summary>
    public async Task<FileChecksum> OfAsync(string path, CancellationToken cancellationToken)
    {
        await using FileStream stream = new(path, new FileStreamOptions { Options = FileOptions.SequentialScan | FileOptions.Asynchronous, BufferSize = 1 << 20 });
        return this with { Digest = Convert.ToHexStringLower(await HashAsync(stream, cancellationToken)) };
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Algorithm}:{Digest}";

    [SuppressMessage("Security", "CA5351", Justification = "MD5 is what the publishers of some datasets state; it tells a broken download, not a forged one.")]
    private ValueTask<byte[]> HashAsync(FileStream stream, CancellationToken cancellationToken) =>
        Algorithm == "md5" ? MD5.HashDataAsync(stream, cancellationToken) : SHA256.HashDataAsync(stream, cancellationToken);
}
