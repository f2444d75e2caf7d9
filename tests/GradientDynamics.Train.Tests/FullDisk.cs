namespace GradientDynamics.Train.Tests;

/// <summary>A stream on which only so many bytes fit; then it fails as a file on a full disk does.</summary>
internal sealed class FullDisk(Stream inner, long capacity) : Stream
{
    // errno ENOSPC, which .NET puts into HResult on Unix.
    public const int NoSpace = 28;

    private long _written;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => inner.Length;

    public override long Position { get => inner.Position; set => throw new NotSupportedException(); }

    public override void Flush() => inner.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count)
    {
        if (_written + count > capacity)
        {
            throw new IOException("No space left on device", NoSpace);
        }

        inner.Write(buffer, offset, count);
        _written += count;
    }
}
