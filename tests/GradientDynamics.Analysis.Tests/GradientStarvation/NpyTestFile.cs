using System.Text;
using MathNet.Numerics.LinearAlgebra;

namespace GradientDynamics.Analysis.Tests.GradientStarvation;

/// <summary>Writes NumPy files as the format's specification has them.</summary>
internal static class NpyTestFile
{
    public static void Write(string path, Matrix<double> matrix) => Write(path, "<f8", $"({matrix.RowCount}, {matrix.ColumnCount})", [.. matrix.ToRowMajorArray().SelectMany(BitConverter.GetBytes)]);

    public static void Write(string path, string type, string shape, byte[] data)
    {
        string header = $"{{'descr': '{type}', 'fortran_order': False, 'shape': {shape}, }}";
        header = header.PadRight((64 * ((header.Length + 11 + 63) / 64)) - 11) + "\n";
        File.WriteAllBytes(path, [0x93, .. "NUMPY"u8, 1, 0, (byte)(header.Length % 256), (byte)(header.Length / 256), .. Encoding.ASCII.GetBytes(header), .. data]);
    }
}
