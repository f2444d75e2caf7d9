using System.Buffers;
using System.Runtime.InteropServices;

namespace GradientDynamics.ByteViews;

/// <summary>The bytes of a block of elements in place: <see cref="Memory{T}"/> has no cast of its own, unlike <see cref="Span{T}"/>.</summary>
internal sealed class ByteView<T>(ReadOnlyMemory<T> elements) : MemoryManager<byte>
    where T : unmanaged
{
    /// <inheritdoc/>
    public override Span<byte> GetSpan()
    {
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(elements.Span);
        return MemoryMarshal.CreateSpan(ref MemoryMarshal.GetReference(bytes), bytes.Length);
    }

    /// <inheritdoc/>
    public override unsafe MemoryHandle Pin(int elementIndex = 0)
    {
        MemoryHandle handle = elements.Pin();
        return new MemoryHandle((byte*)handle.Pointer + elementIndex, pinnable: new Unpinner(handle));
    }

    /// <inheritdoc/>
    public override void Unpin()
    {
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
    }

    private sealed class Unpinner(MemoryHandle handle) : IPinnable
    {
        public MemoryHandle Pin(int elementIndex) => throw new NotSupportedException("This memory is already pinned.");

        public void Unpin() => handle.Dispose();
    }
}
