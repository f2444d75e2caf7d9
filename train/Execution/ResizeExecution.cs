using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;
using TorchSharp;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Execution;

/// <summary>
/// Resize. What torch interpolates in the same way goes there: images enlarged a whole number of times or to sizes. Otherwise every axis
/// picks elements, or is multiplied by its matrix.
/// </summary>
internal static class ResizeExecution
{
    // torch's coefficient of the cubic curve.
    private const float TorchCubicCoefficient = -0.75f;

    public static NodeExecution Compile(GraphNode node)
    {
        ResizeAttributes resize = ResizeAttributes.Of(node);
        return call =>
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor x = call[0];
            int[] axes = resize.AxesFor((int)x.dim());
            ResizeAxis[] maps = Maps(resize, x.shape, axes, call);
            bool isHalf = x.dtype is ScalarType.Float16 or ScalarType.BFloat16;
            bool isInterpolatedInteger = !x.is_floating_point() && resize.Mode != ResizeMode.Nearest;
            Tensor wide = isHalf ? x.to(ScalarType.Float32) : isInterpolatedInteger ? x.to(ScalarType.Float64) : x;
            Tensor y = InTorch(resize, wide, axes, maps) ?? OneByOne(resize, wide, axes, maps);
            call.Return(y.to(x.dtype).alias().MoveToOuterDisposeScope());
        };
    }

    private static ResizeAxis[] Maps(ResizeAttributes resize, long[] shape, int[] axes, NodeCall call)
    {
        long[] from = [.. axes.Select(axis => shape[axis])];
        ResizeAxis[] maps;
        if (call.Has(2))
        {
            float[] scales = Numbers(call[2]);
            maps = scales.Length == axes.Length && Array.TrueForAll(scales, scale => scale > 0)
                ? ResizeAxis.ByScales(from, scales)
                : throw new InvalidModelException($"Node {call.Node}: scales is [{string.Join(", ", scales)}]; {axes.Length} positive numbers are accepted.");
        }
        else
        {
            long[] sizes = call.Has(3) ? call.Integers(3) : throw new InvalidModelException($"Node {call.Node} has neither scales nor sizes; one of them is required.");
            maps = sizes.Length == axes.Length
                ? ResizeAxis.ToSizes(resize, from, sizes)
                : throw new InvalidModelException($"Node {call.Node}: sizes is [{string.Join(", ", sizes)}]; {axes.Length} sizes are accepted.");
        }

        if (resize.Coordinates == ResizeCoordinates.CropAndResize)
        {
            float[] region = call.Has(1) ? Numbers(call[1]) : throw new InvalidModelException($"Node {call.Node} has no roi, which tf_crop_and_resize requires.");
            for (int i = 0; i < maps.Length; i++)
            {
                maps[i] = maps[i] with { RegionStart = region[i], RegionEnd = region[i + axes.Length] };
            }
        }

        return maps;
    }

    // Null where torch has another result.
    private static Tensor? InTorch(ResizeAttributes resize, Tensor x, int[] axes, ResizeAxis[] maps)
    {
        int rank = (int)x.dim();
        bool isImage = rank is 3 or 4 or 5 && maps.All(map => map.From > 0 && map.To > 0)
            && axes.Zip(maps).All(pair => pair.First >= 2 || pair.Second.IsIdentity)
            && maps.All(map => map.RegionStart == 0 && map.RegionEnd == 1 && map.Scale * map.From == map.To);
        if (!isImage || !x.is_floating_point() || maps.All(map => map.IsIdentity) || resize.Antialias || resize.ExcludeOutside)
        {
            return null;
        }

        long[] sizes = x.shape[2..];
        foreach ((int axis, ResizeAxis map) in axes.Zip(maps).Where(pair => pair.First >= 2))
        {
            sizes[axis - 2] = map.To;
        }

        if (resize.Mode == ResizeMode.Nearest)
        {
            // torch takes the element that the index over the factor falls into.
            return maps.All(map => map.To % map.From == 0 && map.Nearest(resize).Index().All(pair => pair.Item == pair.Index / (map.To / map.From)))
                ? nn.functional.interpolate(x, sizes, mode: InterpolationMode.Nearest)
                : null;
        }

        bool aligned = resize.Coordinates == ResizeCoordinates.AlignCorners;
        bool half = resize.Coordinates is ResizeCoordinates.HalfPixel or ResizeCoordinates.HalfPixelSymmetric
            || (resize.Coordinates == ResizeCoordinates.PytorchHalfPixel && maps.All(map => map.IsIdentity || map.To > 1));
        InterpolationMode? mode = (resize.Mode, rank) switch
        {
            (ResizeMode.Linear, 3) => InterpolationMode.Linear,
            (ResizeMode.Linear, 4) => InterpolationMode.Bilinear,
            (ResizeMode.Linear, 5) => InterpolationMode.Trilinear,
            (ResizeMode.Cubic, 4) when resize.CubicCoefficient == TorchCubicCoefficient => InterpolationMode.Bicubic,
            _ => null,
        };
        return mode is { } known && (aligned || half) ? nn.functional.interpolate(x, sizes, mode: known, align_corners: aligned) : null;
    }

    private static Tensor OneByOne(ResizeAttributes resize, Tensor x, int[] axes, ResizeAxis[] maps)
    {
        Tensor y = x;
        foreach ((int axis, ResizeAxis map) in axes.Zip(maps).Where(pair => !pair.Second.IsIdentity))
        {
            if (map.From == 0 || map.To == 0)
            {
                long[] empty = y.shape;
                empty[axis] = map.To;
                y = zeros(empty, y.dtype, y.device);
                continue;
            }

            bool[] outside = [.. map.Places(resize.Coordinates).Select(place => place is null)];
            if (resize.Mode == ResizeMode.Nearest)
            {
                y = y.index_select(axis, tensor([.. map.Nearest(resize).Select(index => Math.Max(0, index))], device: y.device));
            }
            else
            {
                Tensor weights = tensor(map.Weights(resize)).reshape(map.To, map.From).to(y.dtype, y.device);
                y = y.transpose(axis, -1).matmul(weights.t()).transpose(axis, -1);
            }

            if (outside.Contains(true))
            {
                long[] along = [.. Enumerable.Repeat(1L, (int)y.dim())];
                along[axis] = map.To;
                y = y.masked_fill(tensor(outside, device: y.device).reshape(along), resize.ExtrapolationValue);
            }
        }

        return y;
    }

    private static float[] Numbers(Tensor tensor)
    {
        using Tensor onHost = tensor.to(ScalarType.Float32, CPU);
        using Tensor contiguous = onHost.contiguous();
        return contiguous.numel() == 0 ? [] : contiguous.data<float>().ToArray();
    }
}
