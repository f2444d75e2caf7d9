using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;
using TorchSharp;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Execution;

/// <summary>
/// QuantizeLinear, DequantizeLinear and DynamicQuantizeLinear. Where a gradient can be asked for, quantized numbers are held as floating-point
/// numbers, so that it passes: straight through the rounding, and 0 where a number was saturated.
/// </summary>
internal static class QuantizationExecution
{
    public static NodeExecution CompileQuantize(GraphNode node)
    {
        QuantizationAttributes quantization = QuantizationAttributes.Of(node);
        return call =>
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor x = call[0];
            Tensor? zero = call.At(2);
            ElementType target = zero is not null ? TorchTensors.ToElementType(zero.dtype) : quantization.Output == ElementType.Undefined ? ElementType.UInt8 : quantization.Output;
            ScalarType dividing = quantization.Precision == ElementType.Undefined ? call[1].dtype : call.TypeOf(quantization.Precision);
            Tensor scale = Spread(call[1].detach().to(dividing), x, quantization, call.Node);
            Tensor? offset = zero is null ? null : Spread(zero.to(ScalarType.Int64), x, quantization, call.Node);
            call.Return(Quantize(x.to(dividing), scale, offset, target).MoveToOuterDisposeScope());
        };
    }

    public static NodeExecution CompileDequantize(GraphNode node)
    {
        QuantizationAttributes quantization = QuantizationAttributes.Of(node);
        return call =>
        {
            using DisposeScope scope = NewDisposeScope();
            ScalarType type = quantization.Output == ElementType.Undefined ? call[1].dtype : call.TypeOf(quantization.Output);

            // Integers are subtracted as integers; quantized numbers that are held as floating-point numbers are integers too.
            Tensor x = call[0].is_floating_point() ? call[0] : call[0].to(ScalarType.Int64);
            if (call.At(2) is { } zero)
            {
                x -= Spread(zero.to(ScalarType.Int64), x, quantization, call.Node);
            }

            ScalarType computing = Wide(call[1].dtype);
            Tensor scale = Spread(call[1].to(computing), x, quantization, call.Node);
            call.Return((x.to(computing) * scale).to(type).MoveToOuterDisposeScope());
        };
    }

    public static NodeExecution CompileDynamic(GraphNode node) => call =>
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = call[0];
        Tensor data = x.detach();
        (long least, long greatest) = QuantizationAttributes.RangeOf(ElementType.UInt8);

        // The range contains 0, so that 0 is exact; where it is 0 alone, any scale serves, and ONNX Runtime's is 1.
        Tensor lower = data.min().clamp(max: 0);
        Tensor range = data.max().clamp(min: 0) - lower;
        Tensor scale = where(range.eq(0), range.ones_like(), range / (greatest - least));
        Tensor zero = (-(lower / scale)).clamp(least, greatest).round();
        call.Return(Quantize(x, scale, zero.to(ScalarType.Int64), ElementType.UInt8).MoveToOuterDisposeScope());
        call.Return(scale.MoveToOuterDisposeScope(), 1);
        call.Return(zero.to(ScalarType.Byte).MoveToOuterDisposeScope(), 2);
    };

    private static Tensor Quantize(Tensor x, Tensor scale, Tensor? zero, ElementType target)
    {
        (long least, long greatest) = QuantizationAttributes.RangeOf(target);
        bool differentiated = StraightThrough.IsDifferentiated(x);
        Tensor rounded = StraightThrough.Of(ratio => ratio.round())(x / scale).to(Wide(x.dtype));
        Tensor number = (zero is null ? rounded : rounded + zero).clamp(least, greatest);
        return differentiated ? number : number.to(ScalarType.Int64).to(TorchTensors.ToScalarType(target));
    }

    // 16-bit floats do not hold every quantized number.
    private static ScalarType Wide(ScalarType type) => type is ScalarType.Float16 or ScalarType.BFloat16 ? ScalarType.Float32 : type;

    // A scale or zero point in a shape that broadcasts to the data.
    private static Tensor Spread(Tensor value, Tensor x, QuantizationAttributes quantization, GraphNode node)
    {
        if (quantization.BlockSize == 0 && value.numel() == 1)
        {
            return value.reshape([]);
        }

        int axis = Axes.Of(quantization.Axis, (int)x.dim(), node);
        long count = x.shape[axis];
        if (quantization.BlockSize == 0)
        {
            return value.reshape([count, .. Enumerable.Repeat(1L, (int)x.dim() - axis - 1)]);
        }

        return value.repeat_interleave(quantization.BlockSize, axis).narrow(axis, 0, count);
    }
}
