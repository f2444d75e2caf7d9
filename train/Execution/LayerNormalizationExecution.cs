using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;
using TorchSharp;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Execution;

/// <summary>LayerNormalization: torch's own, whose scale and bias have the normalised shape; others that broadcast to it are applied behind.</summary>
internal static class LayerNormalizationExecution
{
    public static NodeExecution Compile(GraphNode node)
    {
        (long axis, float offset) = LayerNormalizationAttributes.Of(node);
        return call =>
        {
            Tensor x = call[0];
            int first = Axes.Of(axis, (int)x.dim(), node);
            long[] normalized = x.shape[first..];
            Tensor scale = call[1];
            Tensor? bias = call.At(2);
            if (scale.shape.AsSpan().SequenceEqual(normalized) && (bias is null || bias.shape.AsSpan().SequenceEqual(normalized)))
            {
                call.Return(nn.functional.layer_norm(x, normalized, scale, bias, offset));
            }
            else
            {
                using Tensor standardized = nn.functional.layer_norm(x, normalized, null, null, offset);
                using Tensor scaled = standardized * scale;
                call.Return(bias is null ? scaled.alias() : scaled + bias);
            }

            if (call.Wants(1) || call.Wants(2))
            {
                ReturnStatistics(x, [.. Enumerable.Range(first, normalized.Length).Select(each => (long)each)], offset, call);
            }
        };
    }

    private static void ReturnStatistics(Tensor x, long[] axes, double offset, NodeCall call)
    {
        using DisposeScope scope = NewDisposeScope();
        ScalarType stash = call.TypeOf(ElementType.Float);
        Tensor wide = x.dtype == ScalarType.Float64 ? x : x.to(stash);
        Tensor mean = wide.mean(axes, keepdim: true);
        call.Return(mean.to(stash).MoveToOuterDisposeScope(), 1);
        Tensor inverse = ((wide - mean).square().mean(axes, keepdim: true) + offset).rsqrt();
        call.Return(inverse.to(stash).MoveToOuterDisposeScope(), 2);
    }
}

/// <summary>RMSNormalization: X over the root of its mean square, times scale.</summary>
internal static class RmsNormalizationExecution
{
    public static NodeExecution Compile(GraphNode node)
    {
        (long axis, float offset) = LayerNormalizationAttributes.Of(node);
        return call =>
        {
            Tensor x = call[0];
            int first = Axes.Of(axis, (int)x.dim(), node);
            using DisposeScope scope = NewDisposeScope();
            Tensor wide = x.dtype is ScalarType.Float16 or ScalarType.BFloat16 ? x.to(ScalarType.Float32) : x;
            long[] axes = [.. Enumerable.Range(first, (int)x.dim() - first).Select(each => (long)each)];
            Tensor standardized = wide * (wide.square().mean(axes, keepdim: true) + offset).rsqrt();
            call.Return((standardized.to(call[1].dtype) * call[1]).MoveToOuterDisposeScope());
        };
    }
}

/// <summary>GroupNormalization and InstanceNormalization, whose groups are single channels.</summary>
internal static class GroupNormalizationExecution
{
    public static NodeExecution Compile(GraphNode node)
    {
        (float offset, long groups) = GroupNormalizationAttributes.Of(node);
        return call => call.Return(nn.functional.group_norm(call[0], groups, call[1], call[2], offset));
    }

    public static NodeExecution CompileInstance(GraphNode node)
    {
        float offset = InstanceNormalizationAttributes.Of(node).VarianceOffset;
        return call => call.Return(nn.functional.group_norm(call[0], call[0].shape[1], call[1], call[2], offset));
    }
}

/// <summary>MeanVarianceNormalization: the distance from the mean over the deviation.</summary>
internal static class MeanVarianceNormalizationExecution
{
    public static NodeExecution Compile(GraphNode node)
    {
        long[] given = [.. MeanVarianceNormalizationAttributes.Of(node).Axes];
        return call =>
        {
            Tensor x = call[0];
            long[] axes = [.. Axes.Of(given, (int)x.dim(), node).Select(axis => (long)axis)];
            using DisposeScope scope = NewDisposeScope();
            Tensor centered = x - x.mean(axes, keepdim: true);
            Tensor deviation = centered.square().mean(axes, keepdim: true).sqrt();
            call.Return((centered / (deviation + MeanVarianceNormalizationAttributes.DeviationOffset)).MoveToOuterDisposeScope());
        };
    }
}
