using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace GradientDynamics.Train.TangentFeatures;

/// <summary>A NumPy file (.npy, version 1.0) of one array in C order, written row by row: the whole is never in memory.</summary>
internal sealed class NpyWriter : IDisposable
{
    // The data begin at a multiple of 64 bytes, as NumPy's own files do, so that they can be mapped.
    private const int Alignment = 64;
    private const int BeforeHeader = 10;
    private readonly FileStream _stream;

    private NpyWriter(FileStream stream) => _stream = stream;

    /// <summary>Begins a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="type">NumPy's name of the element type, such as "&lt;f4".</param>
    /// <param name="shape">Shape of the array.</param>
    public static NpyWriter Create(string path, string type, params ReadOnlySpan<long> shape)
    {
        StringBuilder header = new();
        header.Append(CultureInfo.InvariantCulture, $"{{'descr': '{type}', 'fortran_order': False, 'shape': (");
        foreach (long length in shape)
        {
            header.Append(CultureInfo.InvariantCulture, $"{length}, ");
        }

        header.Append("), }");
        header.Append(' ', Alignment - 1 - ((BeforeHeader + header.Length) % Alignment)).Append('\n');
        FileStream stream = new(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, 1 << 20);
        stream.Write([0x93, .. "NUMPY"u8, 1, 0, (byte)(header.Length & 0xFF), (byte)(header.Length >> 8), .. Encoding.ASCII.GetBytes(header.ToString())]);
        return new(stream);
    }

    /// <summary>Appends elements.</summary>
    public void Write<T>(ReadOnlySpan<T> elements)
        where T : struct => _stream.Write(MemoryMarshal.AsBytes(elements));

    public void Dispose() => _stream.Dispose();
}
