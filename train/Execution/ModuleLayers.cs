using System.Collections.Frozen;
using GradientDynamics.Onnx.Graph;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Execution;

/// <summary>How each standard layer of TorchSharp is written as nodes.</summary>
internal static class ModuleLayers
{
    // torch computes softplus as x above this; there log(1 + exp(x)) is x to 2e-9.
    private const double SoftplusThreshold = 20;

    /// <summary>The rules, by exact type.</summary>
    public static FrozenDictionary<Type, Func<ModuleLayer, Value>> All { get; } = new Dictionary<Type, Func<ModuleLayer, Value>>
    {
        [typeof(Linear)] = Linear,
        [typeof(Conv1d)] = Convolution,
        [typeof(Conv2d)] = Convolution,
        [typeof(Conv3d)] = Convolution,
        [typeof(ConvTranspose1d)] = TransposedConvolution,
        [typeof(ConvTranspose2d)] = TransposedConvolution,
        [typeof(ConvTranspose3d)] = TransposedConvolution,
        [typeof(Embedding)] = layer => layer.Graph.Add("Gather", [layer.Parameter(((Embedding)layer.Module).weight!, "weight"), layer.X], name: layer.Name),

        [typeof(BatchNorm1d)] = BatchNormalization,
        [typeof(BatchNorm2d)] = BatchNormalization,
        [typeof(BatchNorm3d)] = BatchNormalization,
        [typeof(InstanceNorm1d)] = InstanceNormalization,
        [typeof(InstanceNorm2d)] = InstanceNormalization,
        [typeof(InstanceNorm3d)] = InstanceNormalization,
        [typeof(LayerNorm)] = LayerNormalization,
        [typeof(GroupNorm)] = GroupNormalization,
        [typeof(LocalResponseNorm)] = layer => layer.Module is LocalResponseNorm { size: var size, alpha: var alpha, beta: var beta, k: var bias }
            ? layer.Node("LRN", NodeAttributes.None.With("size", size).With("alpha", (float)alpha).With("beta", (float)beta).With("bias", (float)bias))
            : throw new InvalidOperationException(),

        [typeof(ReLU)] = layer => layer.Node("Relu"),
        [typeof(ReLU6)] = layer => Clipped(layer, 0, 6),
        [typeof(LeakyReLU)] = layer => layer.Node("LeakyRelu", NodeAttributes.None.With("alpha", (float)((LeakyReLU)layer.Module).negative_slope)),
        [typeof(PReLU)] = ParametricRelu,
        [typeof(ELU)] = layer => layer.Node("Elu", NodeAttributes.None.With("alpha", (float)((ELU)layer.Module).alpha)),
        [typeof(SELU)] = layer => layer.Node("Selu"),
        [typeof(GELU)] = layer => layer.Node("Gelu", ((GELU)layer.Module).approximate == GELU.Approximate.tanh ? NodeAttributes.None.With("approximate", "tanh") : null),
        [typeof(SiLU)] = layer => layer.Graph.Mul(layer.X, layer.Graph.Sigmoid(layer.X, $"{layer.Name}.sigmoid"), layer.Name),
        [typeof(Mish)] = layer => layer.Node("Mish"),
        [typeof(Softplus)] = Softplus,
        [typeof(Softsign)] = layer => layer.Node("Softsign"),
        [typeof(Sigmoid)] = layer => layer.Node("Sigmoid"),
        [typeof(Hardsigmoid)] = layer => layer.Graph.HardSigmoid(layer.X, layer.Name),
        [typeof(Hardswish)] = layer => layer.Graph.HardSwish(layer.X, layer.Name),
        [typeof(Hardtanh)] = layer => throw layer.Refusal("TorchSharp's Hardtanh gives its input back as it is, whatever its bounds; ReLU6 and Hardsigmoid, which clip, are accepted"),
        [typeof(Tanh)] = layer => layer.Node("Tanh"),
        [typeof(Softmax)] = layer => layer.Graph.Softmax(layer.X, (int)((Softmax)layer.Module).dim, layer.Name),
        [typeof(LogSoftmax)] = layer => layer.Graph.LogSoftmax(layer.X, (int)((LogSoftmax)layer.Module).dim, layer.Name),

        [typeof(MaxPool1d)] = layer => layer.Module is MaxPool1d pool ? MaxPool(layer, [pool.kernel_size], Of(pool.stride), Of(pool.padding), Of(pool.dilation), pool.ceil_mode) : throw new InvalidOperationException(),
        [typeof(MaxPool2d)] = layer => layer.Module is MaxPool2d pool ? MaxPool(layer, pool.kernel_size, pool.stride, pool.padding, pool.dilation, pool.ceil_mode) : throw new InvalidOperationException(),
        [typeof(MaxPool3d)] = layer => layer.Module is MaxPool3d pool ? MaxPool(layer, pool.kernel_size, pool.stride, pool.padding, pool.dilation, pool.ceil_mode) : throw new InvalidOperationException(),
        [typeof(AvgPool1d)] = layer => layer.Module is AvgPool1d pool ? AveragePool(layer, [pool.kernel_size], Of(pool.stride), Of(pool.padding), pool.ceil_mode, pool.count_include_pad, null) : throw new InvalidOperationException(),
        [typeof(AvgPool2d)] = layer => layer.Module is AvgPool2d pool ? AveragePool(layer, pool.kernel_size, pool.stride, pool.padding, pool.ceil_mode, pool.count_include_pad, pool.divisor_override) : throw new InvalidOperationException(),
        [typeof(AvgPool3d)] = layer => layer.Module is AvgPool3d pool ? AveragePool(layer, pool.kernel_size, pool.stride, pool.padding, pool.ceil_mode, pool.count_include_pad, pool.divisor_override) : throw new InvalidOperationException(),
        [typeof(AdaptiveAvgPool1d)] = layer => AdaptivePool(layer, "AveragePool", [((AdaptiveAvgPool1d)layer.Module).output_size]),
        [typeof(AdaptiveAvgPool2d)] = layer => AdaptivePool(layer, "AveragePool", ((AdaptiveAvgPool2d)layer.Module).output_size),
        [typeof(AdaptiveAvgPool3d)] = layer => AdaptivePool(layer, "AveragePool", ((AdaptiveAvgPool3d)layer.Module).output_size),
        [typeof(AdaptiveMaxPool1d)] = layer => AdaptivePool(layer, "MaxPool", [((AdaptiveMaxPool1d)layer.Module).output_size]),
        [typeof(AdaptiveMaxPool2d)] = layer => AdaptivePool(layer, "MaxPool", ((AdaptiveMaxPool2d)layer.Module).output_size),
        [typeof(AdaptiveMaxPool3d)] = layer => AdaptivePool(layer, "MaxPool", ((AdaptiveMaxPool3d)layer.Module).output_size),

        [typeof(ZeroPad2d)] = layer => Padded(layer, 2, "constant"),
        [typeof(ConstantPad1d)] = layer => Padded(layer, 1, "constant"),
        [typeof(ConstantPad2d)] = layer => Padded(layer, 2, "constant"),
        [typeof(ConstantPad3d)] = layer => Padded(layer, 3, "constant"),
        [typeof(ReflectionPad1d)] = layer => Padded(layer, 1, "reflect"),
        [typeof(ReflectionPad2d)] = layer => Padded(layer, 2, "reflect"),
        [typeof(ReflectionPad3d)] = layer => Padded(layer, 3, "reflect"),
        [typeof(ReplicationPad1d)] = layer => Padded(layer, 1, "edge"),
        [typeof(ReplicationPad2d)] = layer => Padded(layer, 2, "edge"),
        [typeof(ReplicationPad3d)] = layer => Padded(layer, 3, "edge"),

        [typeof(Dropout)] = layer => layer.Graph.Dropout(layer.X, (float)((Dropout)layer.Module).p, layer.Name),
        [typeof(Dropout1d)] = layer => ChannelDropout(layer, ((Dropout1d)layer.Module).p, 1),
        [typeof(Dropout2d)] = layer => ChannelDropout(layer, ((Dropout2d)layer.Module).p, 2),
        [typeof(Dropout3d)] = layer => ChannelDropout(layer, ((Dropout3d)layer.Module).p, 3),
        [typeof(Flatten)] = Flattened,
        [typeof(Unflatten)] = Unflattened,
        [typeof(Upsample)] = Upsampled,
        [typeof(PixelShuffle)] = layer => layer.Node("DepthToSpace", NodeAttributes.None.With("blocksize", ((PixelShuffle)layer.Module).upscale_factor).With("mode", "CRD")),
        [typeof(Identity)] = layer => layer.Node("Identity"),
    }.ToFrozenDictionary();

    private static Value Linear(ModuleLayer layer)
    {
        Linear linear = (Linear)layer.Module;
        Value weight = layer.Parameter(linear.weight!, "weight");
        Value? bias = linear.bias is null ? null : layer.Parameter(linear.bias, "bias");
        if (layer.X.Shape.Rank == 2)
        {
            return layer.Graph.Add("Gemm", bias is null ? [layer.X, weight] : [layer.X, weight, bias], NodeAttributes.None.With("transB", 1), layer.Name);
        }

        Value transposed = layer.Graph.Transpose(weight, [1, 0], $"{layer.Name}.transposed");
        return bias is null ? layer.Graph.MatMul(layer.X, transposed, layer.Name) : layer.Graph.Add(layer.Graph.MatMul(layer.X, transposed, $"{layer.Name}.product"), bias, layer.Name);
    }

    private static Value Convolution(ModuleLayer layer)
    {
        Convolution convolution = (Convolution)layer.Module;
        int space = convolution.kernel_size.Length;
        RequireSpace(layer, space);
        long[] strides = Spread(convolution.stride, space);
        long[] dilations = Spread(convolution.dilation, space);
        long[] pads = convolution.padding_type switch
        {
            Padding.Same => Same(convolution.kernel_size, dilations),
            Padding.Valid => new long[2 * space],
            _ => [.. Spread(convolution.padding, space), .. Spread(convolution.padding, space)],
        };
        Value x = layer.X;
        if (convolution.padding_mode != PaddingModes.Zeros && pads.Any(pad => pad != 0))
        {
            string mode = convolution.padding_mode switch
            {
                PaddingModes.Reflect => "reflect",
                PaddingModes.Replicate => "edge",
                _ => throw layer.Refusal($"its padding_mode is {convolution.padding_mode}; Zeros, Reflect and Replicate are accepted"),
            };
            x = Pad(layer, x, pads, mode, value: null, $"{layer.Name}.padded");
            pads = new long[2 * space];
        }

        return layer.Graph.Add("Conv", Operands(layer, convolution, x), Window(convolution.kernel_size, strides, pads, dilations).With("group", convolution.groups), layer.Name);
    }

    private static Value TransposedConvolution(ModuleLayer layer)
    {
        Convolution convolution = (Convolution)layer.Module;
        int space = convolution.kernel_size.Length;
        RequireSpace(layer, space);
        long[] pads = Spread(convolution.padding, space);
        NodeAttributes attributes = Window(convolution.kernel_size, Spread(convolution.stride, space), [.. pads, .. pads], Spread(convolution.dilation, space))
            .With("group", convolution.groups)
            .With("output_padding", Spread(convolution.output_padding, space, absent: 0));
        return layer.Graph.Add("ConvTranspose", Operands(layer, convolution, layer.X), attributes, layer.Name);
    }

    private static Value[] Operands(ModuleLayer layer, Convolution convolution, Value x)
    {
        Value weight = layer.Parameter(convolution.weight!, "weight");
        return convolution.bias is null ? [x, weight] : [x, weight, layer.Parameter(convolution.bias, "bias")];
    }

    private static Value BatchNormalization(ModuleLayer layer)
    {
        NormBase norm = (NormBase)layer.Module;
        layer.Require(norm.running_mean is not null && norm.running_var is not null, "it keeps no running statistics; track_running_stats is accepted");
        layer.Require(norm.momentum is not null, "its running statistics are means over all batches (momentum null); a momentum is accepted");
        return layer.Graph.Add(
            "BatchNormalization",
            [
                layer.X,
                layer.ParameterOr(norm.weight, "weight", 1, norm.num_features),
                layer.ParameterOr(norm.bias, "bias", 0, norm.num_features),
                layer.Parameter(norm.running_mean!, "running_mean"),
                layer.Parameter(norm.running_var!, "running_var"),
            ],
            NodeAttributes.None.With("epsilon", (float)norm.eps).With("momentum", (float)(1 - norm.momentum!.Value)),
            layer.Name);
    }

    private static Value InstanceNormalization(ModuleLayer layer)
    {
        NormBase norm = (NormBase)layer.Module;
        layer.Require(norm.running_mean is null, "it keeps running statistics, by which it normalises in evaluation; no track_running_stats is accepted");
        return layer.Graph.Add(
            "InstanceNormalization",
            [layer.X, layer.ParameterOr(norm.weight, "weight", 1, norm.num_features), layer.ParameterOr(norm.bias, "bias", 0, norm.num_features)],
            NodeAttributes.None.With("epsilon", (float)norm.eps),
            layer.Name);
    }

    private static Value LayerNormalization(ModuleLayer layer)
    {
        LayerNorm norm = (LayerNorm)layer.Module;
        Value scale = layer.ParameterOr(norm.weight, "weight", 1, norm.normalized_shape);
        return layer.Graph.Add(
            "LayerNormalization",
            norm.bias is null ? [layer.X, scale] : [layer.X, scale, layer.Parameter(norm.bias, "bias")],
            NodeAttributes.None.With("axis", -norm.normalized_shape.Length).With("epsilon", (float)norm.eps),
            layer.Name);
    }

    // GroupNormalization has one scale per group in the opset that is written: a group is an instance's channel instead.
    private static Value GroupNormalization(ModuleLayer layer)
    {
        GroupNorm norm = (GroupNorm)layer.Module;
        GraphBuilder graph = layer.Graph;
        long[] sizes = layer.Sizes;
        Value normalized = graph.Add(
            "InstanceNormalization",
            [graph.Reshape(layer.X, [0, norm.num_groups, -1], $"{layer.Name}.groups"), layer.Filled(1, "one", norm.num_groups), layer.Filled(0, "zero", norm.num_groups)],
            NodeAttributes.None.With("epsilon", (float)norm.eps),
            $"{layer.Name}.normalized_groups");
        Value y = graph.Reshape(normalized, [0, .. sizes], norm.weight is null && norm.bias is null ? layer.Name : $"{layer.Name}.normalized");
        if (norm.weight is not null)
        {
            y = graph.Mul(y, PerChannel(layer, layer.Parameter(norm.weight, "weight"), "weight"), norm.bias is null ? layer.Name : $"{layer.Name}.scaled");
        }

        return norm.bias is null ? y : graph.Add(y, PerChannel(layer, layer.Parameter(norm.bias, "bias"), "bias"), layer.Name);
    }

    private static Value PerChannel(ModuleLayer layer, Value vector, string name) =>
        layer.Space == 0 ? vector : layer.Graph.Reshape(vector, [-1, .. Enumerable.Repeat(1L, layer.Space)], $"{layer.Name}.{name}_per_channel");

    private static Value ParametricRelu(ModuleLayer layer)
    {
        PReLU relu = (PReLU)layer.Module;
        Value slope = layer.Parameter(relu.weight!, "weight");
        return layer.Graph.Add("PRelu", [layer.X, relu.num_parameters == 1 ? slope : PerChannel(layer, slope, "weight")], name: layer.Name);
    }

    private static Value Clipped(ModuleLayer layer, double lower, double upper) =>
        layer.Graph.Add("Clip", [layer.X, layer.Filled(lower, "lower"), layer.Filled(upper, "upper")], name: layer.Name);

    private static Value Softplus(ModuleLayer layer)
    {
        Softplus softplus = (Softplus)layer.Module;
        layer.Require(softplus.threshold >= SoftplusThreshold, $"its threshold is {softplus.threshold}; {SoftplusThreshold} and more is accepted");
        if (softplus.beta == 1)
        {
            return layer.Node("Softplus");
        }

        Value beta = layer.Filled(softplus.beta, "beta");
        return layer.Graph.Div(layer.Graph.Add("Softplus", [layer.Graph.Mul(layer.X, beta, $"{layer.Name}.scaled")], name: $"{layer.Name}.softplus"), beta, layer.Name);
    }

    private static Value MaxPool(ModuleLayer layer, long[] kernel, long[]? stride, long[]? padding, long[]? dilation, bool ceilMode)
    {
        (long[] sides, long[] strides, long[] pads) = PoolWindow(layer, kernel, stride, padding);
        return layer.Node("MaxPool", Window(sides, strides, pads, Spread(dilation, sides.Length)).With("ceil_mode", ceilMode ? 1 : 0));
    }

    private static Value AveragePool(ModuleLayer layer, long[] kernel, long[]? stride, long[]? padding, bool ceilMode, bool countIncludePad, long? divisor)
    {
        layer.Require(divisor is null, $"its divisor_override is {divisor}; none is accepted");
        (long[] sides, long[] strides, long[] pads) = PoolWindow(layer, kernel, stride, padding);
        return layer.Node(
            "AveragePool",
            NodeAttributes.None.With("kernel_shape", sides).With("strides", strides).With("pads", pads).With("ceil_mode", ceilMode ? 1 : 0).With("count_include_pad", countIncludePad ? 1 : 0));
    }

    private static (long[] Kernel, long[] Strides, long[] Pads) PoolWindow(ModuleLayer layer, long[] kernel, long[]? stride, long[]? padding)
    {
        long[] sides = Spread(kernel, layer.Space);
        long[] pads = Spread(padding, sides.Length, absent: 0);
        return (sides, stride is null or { Length: 0 } ? sides : Spread(stride, sides.Length), [.. pads, .. pads]);
    }

    // Windows of equal size that do not overlap, where the sizes divide.
    private static Value AdaptivePool(ModuleLayer layer, string pool, long[] outputs)
    {
        long[] sizes = layer.Sizes[1..];
        long[] wanted = Spread(outputs, sizes.Length);
        if (pool == "AveragePool" && Array.TrueForAll(wanted, size => size == 1))
        {
            return layer.Graph.GlobalAveragePool(layer.X, layer.Name);
        }

        layer.Require(sizes.Zip(wanted).All(pair => pair.Second > 0 && pair.First % pair.Second == 0), $"it makes [{string.Join(", ", wanted)}] of [{string.Join(", ", sizes)}]; sizes that divide are accepted");
        long[] kernel = [.. sizes.Zip(wanted, (size, output) => size / output)];
        return layer.Node(pool, NodeAttributes.None.With("kernel_shape", kernel).With("strides", kernel));
    }

    private static Value Padded(ModuleLayer layer, int space, string mode)
    {
        PadBase pad = (PadBase)layer.Module;
        RequireSpace(layer, space);
        layer.Require(pad.padding.Length == 2 * space, $"its padding has {pad.padding.Length} numbers; {2 * space} are accepted");

        // torch lists the last dimension first, before and after side by side.
        long[] begins = [.. Enumerable.Range(0, space).Select(i => pad.padding[2 * (space - 1 - i)])];
        long[] ends = [.. Enumerable.Range(0, space).Select(i => pad.padding[(2 * (space - 1 - i)) + 1])];
        return Pad(layer, layer.X, [.. begins, .. ends], mode, mode == "constant" ? layer.Filled(pad.value, "value") : null, layer.Name);
    }

    // Pads of the spatial dimensions: all before, then all behind.
    private static Value Pad(ModuleLayer layer, Value x, long[] pads, string mode, Value? value, string name)
    {
        int space = pads.Length / 2;
        Value amounts = layer.Graph.Constant(ConstantTensor.Vector([0, 0, .. pads[..space], 0, 0, .. pads[space..]]), $"{name}.pads");
        return layer.Graph.Add("Pad", value is null ? [x, amounts] : [x, amounts, value], NodeAttributes.None.With("mode", mode), name);
    }

    // A channel is dropped as a whole: ones are dropped, one per channel, and multiplied by.
    private static Value ChannelDropout(ModuleLayer layer, double ratio, int space)
    {
        RequireSpace(layer, space);
        GraphBuilder graph = layer.Graph;
        Value sizes = graph.Add("Shape", [layer.X], NodeAttributes.None.With("end", 2), $"{layer.Name}.channels");
        Value shape = graph.Concat([sizes, graph.Constant(ConstantTensor.Vector([.. Enumerable.Repeat(1L, space)]), $"{layer.Name}.space")], 0, $"{layer.Name}.shape");
        Value ones = graph.Add("Expand", [layer.Filled(1, "one"), shape], name: $"{layer.Name}.ones");
        return graph.Mul(layer.X, graph.Dropout(ones, (float)ratio, $"{layer.Name}.kept"), layer.Name);
    }

    private static Value Flattened(ModuleLayer layer)
    {
        Flatten flatten = (Flatten)layer.Module;
        int rank = layer.X.Shape.Rank;
        int start = Axis(flatten.start_dim, rank);
        int end = Axis(flatten.end_dim, rank);
        if (start == 1 && end == rank - 1)
        {
            return layer.Graph.Flatten(layer.X, name: layer.Name);
        }

        layer.Require(start > 0, "it flattens the batch; dimensions behind it are accepted");
        long[] sizes = [0, .. layer.Sizes];
        return layer.Graph.Reshape(layer.X, [.. sizes[..start], sizes[start..(end + 1)].Aggregate(1L, (product, size) => product * size), .. sizes[(end + 1)..]], layer.Name);
    }

    private static Value Unflattened(ModuleLayer layer)
    {
        Unflatten unflatten = (Unflatten)layer.Module;
        int dimension = Axis(unflatten.dim, layer.X.Shape.Rank);
        layer.Require(dimension > 0, "it divides the batch; dimensions behind it are accepted");
        long[] sizes = [0, .. layer.Sizes];
        return layer.Graph.Reshape(layer.X, [.. sizes[..dimension], .. unflatten.unflattened_size, .. sizes[(dimension + 1)..]], layer.Name);
    }

    private static Value Upsampled(ModuleLayer layer)
    {
        Upsample upsample = (Upsample)layer.Module;
        NodeAttributes attributes = upsample.mode switch
        {
            UpsampleMode.Nearest => NodeAttributes.None.With("mode", "nearest").With("coordinate_transformation_mode", "asymmetric").With("nearest_mode", "floor"),
            UpsampleMode.Linear or UpsampleMode.Bilinear or UpsampleMode.Trilinear => Interpolated(upsample, "linear"),
            UpsampleMode.Bicubic => Interpolated(upsample, "cubic").With("cubic_coeff_a", -0.75f),
            _ => throw layer.Refusal($"its mode is {upsample.mode}; Nearest, Linear, Bilinear, Trilinear and Bicubic are accepted"),
        };
        layer.Require(upsample.recompute_scale_factor is not true, "it recomputes its scale factors; given ones are accepted");
        long[] sizes = layer.Sizes;
        if (upsample.size.Length > 0)
        {
            // The batch is not resized, but sizes have a number for every dimension: scales are ratios.
            long[] wanted = Spread(upsample.size.ToArray(), layer.Space);
            return Resized(layer, [1, 1, .. wanted.Zip(sizes[1..], (output, size) => (double)output / size)], attributes);
        }

        double[] factors = upsample.scale_factor.ToArray();
        return Resized(layer, [1, 1, .. factors.Length == 1 ? Enumerable.Repeat(factors[0], layer.Space) : factors], attributes);
    }

    private static NodeAttributes Interpolated(Upsample upsample, string mode) =>
        NodeAttributes.None.With("mode", mode).With("coordinate_transformation_mode", upsample.align_corners is true ? "align_corners" : "half_pixel");

    private static Value Resized(ModuleLayer layer, double[] scales, NodeAttributes attributes)
    {
        float[] factors = [.. scales.Select(scale => (float)scale)];
        Value operand = layer.Graph.Constant(ConstantTensor.Of<float>(factors, factors.Length), $"{layer.Name}.scales");
        return layer.Graph.Add("Resize", [layer.X, null, operand], attributes, layer.Name);
    }

    private static void RequireSpace(ModuleLayer layer, int space) =>
        layer.Require(layer.Space == space, $"its input is {layer.X.Type}; {space + 2} dimensions are accepted: batch, channels and space");

    // The dimensions that torch gives as one number stand for all.
    private static long[] Spread(long[]? numbers, int count, long absent = 1) => numbers switch
    {
        null or { Length: 0 } => [.. Enumerable.Repeat(absent, count)],
        { Length: 1 } => [.. Enumerable.Repeat(numbers[0], count)],
        _ => numbers,
    };

    // torch puts the odd one behind.
    private static long[] Same(long[] kernel, long[] dilations)
    {
        long[] totals = [.. kernel.Zip(dilations, (side, dilation) => dilation * (side - 1))];
        return [.. totals.Select(total => total / 2), .. totals.Select(total => total - (total / 2))];
    }

    private static NodeAttributes Window(long[] kernel, long[] strides, long[] pads, long[] dilations) =>
        NodeAttributes.None.With("kernel_shape", kernel).With("strides", strides).With("pads", pads).With("dilations", dilations);

    private static int Axis(long axis, int rank) => (int)(axis < 0 ? axis + rank : axis);

    private static long[]? Of(long? number) => number is { } given ? [given] : null;
}
