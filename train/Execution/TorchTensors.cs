using System.Runtime.InteropServices;
using GradientDynamics.Onnx.Graph;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Execution;

/// <summary>Tensors of a graph as tensors of TorchSharp, and back.</summary>
public static class TorchTensors
{
    // libtorch's numbers of the types that TorchSharp's enumeration leaves out. libtorch holds, copies and converts them; what it does not
    // compute with them goes through Int64 (WideUnsigned).
    internal const ScalarType UInt16 = (ScalarType)27;
    internal const ScalarType UInt32 = (ScalarType)28;
    internal const ScalarType UInt64 = (ScalarType)29;

    /// <summary>TorchSharp's type of elements.</summary>
    /// <exception cref="UnsupportedElementTypeException">TorchSharp has none (text).</exception>
    public static ScalarType ToScalarType(ElementType element) => element switch
    {
        ElementType.Float => ScalarType.Float32,
        ElementType.Double => ScalarType.Float64,
        ElementType.Float16 => ScalarType.Float16,
        ElementType.BFloat16 => ScalarType.BFloat16,
        ElementType.Int64 => ScalarType.Int64,
        ElementType.Int32 => ScalarType.Int32,
        ElementType.Int16 => ScalarType.Int16,
        ElementType.Int8 => ScalarType.Int8,
        ElementType.UInt8 => ScalarType.Byte,
        ElementType.UInt16 => UInt16,
        ElementType.UInt32 => UInt32,
        ElementType.UInt64 => UInt64,
        ElementType.Bool => ScalarType.Bool,
        _ => throw new UnsupportedElementTypeException(
            $"Tensors of {element} cannot be executed for training; accepted are Float, Double, Float16, BFloat16, signed and unsigned integers of 8 to 64 bits, and Bool."),
    };

    /// <summary>The graph's type of elements.</summary>
    /// <exception cref="InvalidModelException">ONNX has none (complex and quantized numbers).</exception>
    public static ElementType ToElementType(ScalarType type) => type switch
    {
        ScalarType.Float32 => ElementType.Float,
        ScalarType.Float64 => ElementType.Double,
        ScalarType.Float16 => ElementType.Float16,
        ScalarType.BFloat16 => ElementType.BFloat16,
        ScalarType.Int64 => ElementType.Int64,
        ScalarType.Int32 => ElementType.Int32,
        ScalarType.Int16 => ElementType.Int16,
        ScalarType.Int8 => ElementType.Int8,
        ScalarType.Byte => ElementType.UInt8,
        UInt16 => ElementType.UInt16,
        UInt32 => ElementType.UInt32,
        UInt64 => ElementType.UInt64,
        ScalarType.Bool => ElementType.Bool,
        _ => throw new InvalidModelException($"Tensors of {type} have no element type in a graph."),
    };

    /// <summary>A copy on the CPU; it belongs to no dispose scope.</summary>
    public static Tensor ToTorch(ConstantTensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        Tensor result = empty(tensor.Sizes, ToScalarType(tensor.Element)).DetachFromDisposeScope();
        if (tensor.ElementCount > 0)
        {
            tensor.Bytes.Span.CopyTo(result.bytes);
        }

        return result;
    }

    /// <summary>A copy of a tensor's elements, in <paramref name="element"/> where it is given.</summary>
    public static ConstantTensor ToConstant(Tensor tensor, ElementType? element = null)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        using IDisposable noGradients = no_grad();
        using Tensor detached = tensor.detach();
        using Tensor onHost = detached.to(element is { } wanted ? ToScalarType(wanted) : tensor.dtype, CPU, copy: true);
        using Tensor contiguous = onHost.contiguous();
        return new(ToElementType(contiguous.dtype), contiguous.shape, contiguous.numel() == 0 ? default : contiguous.bytes.ToArray());
    }

    /// <summary>The elements of an integer tensor on the host.</summary>
    internal static long[] ReadIntegers(Tensor tensor)
    {
        using Tensor wide = tensor.to(ScalarType.Int64, CPU);
        using Tensor contiguous = wide.contiguous();
        return contiguous.numel() == 0 ? [] : MemoryMarshal.Cast<byte, long>(contiguous.bytes).ToArray();
    }

    /// <summary>The only element of a tensor.</summary>
    internal static double ReadNumber(Tensor tensor)
    {
        using Tensor wide = tensor.to(ScalarType.Float64, CPU);
        using Tensor flat = wide.reshape(-1);
        return flat[0].item<double>();
    }
}
