using GradientDynamics.Onnx.Graph;
using GradientDynamics.Train.Tests.Execution.Cases;

namespace GradientDynamics.Train.Tests.Execution;

/// <summary>The cases of every operator, over shapes and attributes.</summary>
internal static class OperatorCases
{
    private static NodeAttributes None => NodeAttributes.None;

    public static IReadOnlyDictionary<string, OperatorCase> All { get; } =
        Layers().Concat(Pools()).Concat(Elementwise()).Concat(Selections()).Concat(Reductions()).Concat(Shapes())
            .Concat(ActivationCases.All()).Concat(NormCases.All()).Concat(QuantizationCases.All())
            .Concat(NormalizationCases.All())
            .Concat(StructureCases.All())
            .Concat(AttentionCases.All())
            .Concat(ResizeCases.All())
            .Concat(ClassLossCases.All())
            .ToDictionary(each => each.ToString());

    private static IEnumerable<OperatorCase> Layers()
    {
        yield return Of("Gemm", "a layer as torch writes it", [5], (g, x) => g.Add("Gemm", None.With("transB", 1), x, g.Weights("w", 3, 5), g.Weights("b", 3)));
        yield return Of("Gemm", "without bias", [5], (g, x) => g.Add("Gemm", x, g.Weights("w", 5, 3)));
        yield return Of("Gemm", "alpha, beta, a bias column", [5], (g, x) =>
            g.Add("Gemm", None.With("alpha", 0.5f).With("beta", -2f), x, g.Weights("w", 5, 3), g.Weights("b", 1, 1)));
        yield return Of("Gemm", "both transposed", [5], (g, x) =>
            g.Add("Gemm", None.With("transA", 1).With("transB", 1).With("alpha", 3f), x, g.Weights("w", 12, 6), g.Weights("b", 5, 12))) with { KeepsBatch = false };
        yield return Of("Gemm", "the input as B", [5], (g, x) => g.Add("Gemm", None.With("transB", 1), g.Weights("a", 3, 5), x)) with { KeepsBatch = false };
        yield return Of("Gemm", "the input as C", [5], (g, x) => g.Add("Gemm", None.With("beta", 0.25f), g.Weights("a", 6, 3), g.Weights("b", 3, 5), x)) with { KeepsBatch = false };
        yield return Of("MatMul", "matrices", [5], (g, x) => g.Add("MatMul", x, g.Weights("w", 5, 3)));
        yield return Of("MatMul", "a stack by a matrix", [2, 5], (g, x) => g.Add("MatMul", x, g.Weights("w", 5, 3)));
        yield return Of("MatMul", "stacks that broadcast", [3, 1, 2, 4], (g, x) => g.Add("MatMul", x, g.Weights("w", 2, 4, 3)));
        yield return Of("MatMul", "by itself transposed, as attention does", [3, 4], (g, x) => g.Add("MatMul", x, g.Graph.Transpose(x, [0, 2, 1])));
        yield return Of("MatMul", "by a vector", [3, 4], (g, x) => g.Add("MatMul", x, g.Weights("w", 4)));
        yield return Of("MatMul", "the input on the right", [3, 4], (g, x) => g.Add("MatMul", g.Weights("w", 2, 3), x));
        yield return Of("Conv", "3x3", [2, 5, 6], (g, x) => g.Add("Conv", x, g.Weights("w", 3, 2, 3, 3), g.Weights("b", 3)));
        yield return Of("Conv", "without bias, stride 2, pad 1", [2, 5, 6], (g, x) =>
            g.Add("Conv", None.With("strides", [2L, 2]).With("pads", [1L, 1, 1, 1]), x, g.Weights("w", 3, 2, 3, 3)));
        yield return Of("Conv", "7x7 stride 2 pad 3", [1, 9, 9], (g, x) =>
            g.Add("Conv", None.With("strides", [2L, 2]).With("pads", [3L, 3, 3, 3]), x, g.Weights("w", 2, 1, 7, 7)));
        yield return Of("Conv", "1x1 stride 2", [2, 5, 5], (g, x) => g.Add("Conv", None.With("strides", [2L, 2]), x, g.Weights("w", 3, 2, 1, 1)));
        yield return Of("Conv", "groups, dilation", [4, 6, 6], (g, x) =>
            g.Add("Conv", None.With("group", 2).With("dilations", [2L, 2]).With("pads", [2L, 2, 2, 2]), x, g.Weights("w", 4, 2, 3, 3), g.Weights("b", 4)));
        yield return Of("Conv", "depthwise", [3, 5, 5], (g, x) => g.Add("Conv", None.With("group", 3), x, g.Weights("w", 6, 1, 2, 2)));
        yield return Of("Conv", "pads that differ", [2, 5, 6], (g, x) =>
            g.Add("Conv", None.With("pads", [0L, 2, 1, 0]).With("strides", [1L, 2]), x, g.Weights("w", 2, 2, 3, 2), g.Weights("b", 2)));
        yield return Of("Conv", "SAME_UPPER", [1, 5, 6], (g, x) => g.Add("Conv", None.With("auto_pad", "SAME_UPPER").With("strides", [2L, 2]), x, g.Weights("w", 2, 1, 3, 2)));
        yield return Of("Conv", "SAME_LOWER", [1, 5, 6], (g, x) => g.Add("Conv", None.With("auto_pad", "SAME_LOWER").With("strides", [2L, 2]), x, g.Weights("w", 2, 1, 3, 2)));
        yield return Of("Conv", "one dimension", [2, 8], (g, x) => g.Add("Conv", None.With("pads", [1L, 2]).With("dilations", [2L]), x, g.Weights("w", 3, 2, 3), g.Weights("b", 3)));
        yield return Of("Conv", "three dimensions", [1, 3, 4, 3], (g, x) => g.Add("Conv", None.With("pads", [1L, 0, 1, 1, 0, 1]), x, g.Weights("w", 2, 1, 2, 2, 2), g.Weights("b", 2)));
        yield return Of("ConvTranspose", "3x3", [2, 3, 4], (g, x) => g.Add("ConvTranspose", x, g.Weights("w", 2, 3, 3, 3), g.Weights("b", 3)));
        yield return Of("ConvTranspose", "stride, pads, output padding", [2, 3, 4], (g, x) =>
            g.Add("ConvTranspose", None.With("strides", [2L, 2]).With("pads", [1L, 1, 1, 1]).With("output_padding", [1L, 1]), x, g.Weights("w", 2, 3, 3, 3), g.Weights("b", 3)));
        yield return Of("ConvTranspose", "pads that differ", [2, 3, 4], (g, x) =>
            g.Add("ConvTranspose", None.With("strides", [2L, 1]).With("pads", [0L, 1, 1, 0]), x, g.Weights("w", 2, 2, 3, 2), g.Weights("b", 2)));
        yield return Of("ConvTranspose", "groups, dilation", [4, 3, 3], (g, x) =>
            g.Add("ConvTranspose", None.With("group", 2).With("dilations", [2L, 1]), x, g.Weights("w", 4, 2, 2, 2)));
        yield return Of("ConvTranspose", "output shape", [1, 3, 3], (g, x) =>
            g.Add("ConvTranspose", None.With("strides", [3L, 2]).With("output_shape", [10L, 8]), x, g.Weights("w", 1, 2, 3, 3)));
        yield return Of("ConvTranspose", "an output shape beyond the windows", [1, 3, 3], (g, x) =>
            g.Add("ConvTranspose", None.With("strides", [2L, 2]).With("output_shape", [8L, 8]), x, g.Weights("w", 1, 2, 3, 3)));
        yield return Of("ConvTranspose", "SAME_UPPER", [1, 3, 3], (g, x) =>
            g.Add("ConvTranspose", None.With("strides", [2L, 2]).With("auto_pad", "SAME_UPPER"), x, g.Weights("w", 1, 2, 3, 3)));
        yield return Of("ConvTranspose", "one dimension", [2, 4], (g, x) => g.Add("ConvTranspose", None.With("strides", [2L]), x, g.Weights("w", 2, 1, 3), g.Weights("b", 1)));
        yield return Of("BatchNormalization", "images", [3, 2, 2], (g, x) =>
            g.Add("BatchNormalization", x, g.Scales("scale", 3), g.Weights("bias", 3), g.Weights("mean", 3), g.Scales("variance", 3)));
        yield return Of("BatchNormalization", "vectors, a large offset", [4], (g, x) =>
            g.Add("BatchNormalization", None.With("epsilon", 0.1f), x, g.Scales("scale", 4), g.Weights("bias", 4), g.Weights("mean", 4), g.Scales("variance", 4)));
        yield return Of("BatchNormalization", "a vector, one channel", [], (g, x) =>
            g.Add("BatchNormalization", x, g.Scales("scale", 1), g.Weights("bias", 1), g.Weights("mean", 1), g.Scales("variance", 1))) with { KeepsBatch = false };
        yield return Of("Dropout", "default ratio", [4], (g, x) => g.Add("Dropout", x));
        yield return Of("Dropout", "ratio given", [4], (g, x) => g.Graph.Dropout(x, 0.3f));
    }

    private static IEnumerable<OperatorCase> Pools()
    {
        static NodeAttributes Window(params long[] kernel) => None.With("kernel_shape", kernel);
        (string Name, long[] Shape, NodeAttributes Attributes)[] windows =
        [
            ("2x2 stride 2", [2, 4, 6], Window(2, 2).With("strides", [2L, 2])),
            ("2x2 stride 2, a remainder", [2, 5, 5], Window(2, 2).With("strides", [2L, 2])),
            ("2x2 stride 2, an odd width", [2, 4, 7], Window(2, 2).With("strides", [2L, 2])),
            ("2x2 stride 2, an odd height", [3, 3, 2], Window(2, 2).With("strides", [2L, 2])),
            ("3x3 stride 2 pad 1", [2, 5, 6], Window(3, 3).With("strides", [2L, 2]).With("pads", [1L, 1, 1, 1])),
            ("3x3 stride 1 pad 1", [1, 4, 5], Window(3, 3).With("pads", [1L, 1, 1, 1])),
            ("2x3, no strides", [1, 4, 5], Window(2, 3)),
            ("stride above the window", [1, 7, 7], Window(2, 2).With("strides", [3L, 3])),
            ("ceil mode", [1, 5, 6], Window(2, 2).With("strides", [2L, 2]).With("ceil_mode", 1)),
            ("ceil mode, pads", [1, 6, 7], Window(3, 3).With("strides", [2L, 2]).With("pads", [1L, 1, 1, 1]).With("ceil_mode", 1)),
            ("pads that differ", [1, 4, 5], Window(3, 2).With("pads", [1L, 0, 2, 1])),
            ("pads above half the window", [1, 4, 4], Window(3, 3).With("pads", [2L, 2, 2, 2]).With("strides", [2L, 2])),
            ("SAME_UPPER", [1, 5, 5], Window(2, 2).With("strides", [2L, 2]).With("auto_pad", "SAME_UPPER")),
            ("SAME_LOWER", [1, 5, 5], Window(2, 2).With("strides", [2L, 2]).With("auto_pad", "SAME_LOWER")),
            ("dilation", [1, 6, 7], Window(2, 3).With("dilations", [2L, 2])),
            ("dilation, pads, stride", [1, 6, 7], Window(3, 2).With("dilations", [2L, 3]).With("pads", [1L, 0, 1, 1]).With("strides", [1L, 2])),
            ("one dimension", [2, 7], Window(3).With("strides", [2L]).With("pads", [1L, 1])),
            ("one dimension, pads that differ", [2, 7], Window(3).With("strides", [2L]).With("pads", [0L, 1])),
            ("three dimensions", [1, 3, 4, 4], Window(2, 2, 2).With("strides", [1L, 2, 2])),
        ];
        foreach ((string name, long[] shape, NodeAttributes attributes) in windows)
        {
            yield return Of("MaxPool", name, shape, (g, x) => g.Add("MaxPool", attributes, x));
            yield return Of("MaxPool", name + ", ties", shape, (g, x) => g.Add("MaxPool", attributes, x)) with { Ties = true };
            yield return new("MaxPool", name + ", with indices", shape, (g, x) => g.Graph.AddMany("MaxPool", [x], 2, attributes));
            yield return Of("AveragePool", name, shape, (g, x) => g.Add("AveragePool", attributes, x));
            yield return Of("AveragePool", name + ", pads counted", shape, (g, x) => g.Add("AveragePool", attributes.With("count_include_pad", 1), x));
        }

        foreach (string each in new[] { "MaxPool", "AveragePool" })
        {
            // ONNX Runtime's shape inference counts that window, its execution does not: the sum keeps the size out of the graph.
            yield return Of(each, "ceil mode, a window that would begin behind the pads", [3, 1, 2], (g, x) =>
                g.Add("ReduceSum", None.With("keepdims", 0), g.Add(each, Window(1, 1).With("strides", [2L, 2]).With("ceil_mode", 1), x), g.Integers(2, 3)));
        }

        yield return new("MaxPool", "column-major indices", [2, 4, 6], (g, x) => g.Graph.AddMany("MaxPool", [x], 2, Window(2, 2).With("storage_order", 1)));
        yield return Of("MaxPool", "column-major indices that nothing uses", [2, 5, 6], (g, x) => g.Add("MaxPool", Window(3, 2).With("storage_order", 1), x));
        yield return Of("MaxUnpool", "2x2 stride 2", [2, 2, 2], (g, x) =>
            g.Add("MaxUnpool", Window(2, 2).With("strides", [2L, 2]), x, Places(g, 0, 3, 9, 14, 20, 21, 31, 24))) with { KeepsBatch = false };
        yield return Of("MaxUnpool", "an output shape", [1, 2, 2], (g, x) =>
            g.Add("MaxUnpool", Window(2, 2).With("strides", [2L, 2]), x, Places(g, 0, 3, 11, 24), g.Integers(6, 1, 5, 5))) with { KeepsBatch = false };

        // Positions in an image, the same in each of a batch's 32, or 25 with an output shape, elements.
        static Value Places(CaseBuilder g, params long[] first)
        {
            long image = first.Length == 8 ? 32 : 25;
            return g.IntegersOf([6, first.Length / 4, 2, 2], [.. Enumerable.Range(0, 6).SelectMany(example => first.Select(place => example * image + place))]);
        }

        yield return Of("GlobalAveragePool", "two dimensions", [3, 4, 2], (g, x) => g.Add("GlobalAveragePool", x));
        yield return Of("GlobalAveragePool", "one dimension", [3, 4], (g, x) => g.Add("GlobalAveragePool", x));
        yield return Of("GlobalAveragePool", "three dimensions", [2, 2, 3, 2], (g, x) => g.Add("GlobalAveragePool", x));
    }

    private static IEnumerable<OperatorCase> Elementwise()
    {
        foreach (string each in new[] { "Add", "Sub", "Mul", "Div" })
        {
            yield return Of(each, "a number per element", [3, 4], (g, x) => g.Add(each, x, g.Positives(3, 4)));
            yield return Of(each, "broadcast from the right", [3, 4], (g, x) => g.Add(each, x, g.Positives(4)));
            yield return Of(each, "a scalar first", [3, 4], (g, x) => g.Add(each, g.Number(1.5f), x)) with { Positive = each == "Div" };
            yield return Of(each, "the input repeated", [3, 1], (g, x) => g.Add(each, g.Numbers(2, 1, 3, 4), x)) with { KeepsBatch = false, Positive = each == "Div" };
            yield return Of(each, "the input on both sides", [3, 4], (g, x) => g.Add(each, x, g.Add("Exp", x)));
        }

        foreach (string each in new[] { "Relu", "Sigmoid", "Tanh", "Exp", "Neg", "Abs", "Identity" })
        {
            yield return Of(each, "vectors", [5], (g, x) => g.Add(each, x));
            yield return Of(each, "images", [2, 3, 2], (g, x) => g.Add(each, x));
        }

        foreach (string each in new[] { "Log", "Sqrt", "Reciprocal" })
        {
            yield return Of(each, "vectors", [5], (g, x) => g.Add(each, x)) with { Positive = true };
        }

        yield return Of("Relu", "at 0", [5], (g, x) => g.Add("Relu", x)) with { Ties = true };
        yield return Of("Abs", "at 0", [5], (g, x) => g.Add("Abs", x)) with { Ties = true };
        yield return Of("LeakyRelu", "default slope", [5], (g, x) => g.Add("LeakyRelu", x));
        yield return Of("LeakyRelu", "slope 0.3", [5], (g, x) => g.Add("LeakyRelu", None.With("alpha", 0.3f), x));
        yield return Of("LeakyRelu", "at 0", [5], (g, x) => g.Add("LeakyRelu", None.With("alpha", 0.3f), x)) with { Ties = true };
        yield return Of("Sign", "times the input", [5], (g, x) => g.Graph.Mul(g.Add("Sign", x), x));
        yield return Of("Pow", "a square", [5], (g, x) => g.Add("Pow", x, g.Number(2)));
        yield return Of("Pow", "a cube, at 0 too", [5], (g, x) => g.Add("Pow", x, g.Number(3))) with { Ties = true };
        yield return Of("Pow", "roots", [5], (g, x) => g.Add("Pow", x, g.Positives(5))) with { Positive = true };
        yield return Of("Pow", "the input as exponent", [5], (g, x) => g.Add("Pow", g.Positives(5), x));
        yield return Of("Softmax", "last axis", [5], (g, x) => g.Add("Softmax", x));
        yield return Of("Softmax", "axis 1 of 3", [3, 4], (g, x) => g.Add("Softmax", None.With("axis", 1), x));
        yield return Of("Softmax", "axis -2", [3, 4], (g, x) => g.Add("Softmax", None.With("axis", -2), x));
        yield return Of("LogSoftmax", "last axis", [5], (g, x) => g.Add("LogSoftmax", x));
        yield return Of("LogSoftmax", "axis 1 of 3", [3, 4], (g, x) => g.Add("LogSoftmax", None.With("axis", 1), x));

        foreach (string each in new[] { "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Equal" })
        {
            yield return Of(each, "as a mask", [5], (g, x) => g.Graph.Mul(g.AsFloat(g.Add(each, x, g.Numbers(5))), x));
            yield return Of(each, "as a mask, ties", [5], (g, x) => g.Graph.Mul(g.AsFloat(g.Add(each, x, g.Number(0.5f))), x)) with { Ties = true };
        }

        foreach (string each in new[] { "And", "Or" })
        {
            yield return Of(each, "of two conditions", [5], (g, x) => g.Graph.Mul(g.AsFloat(g.Add(each, g.Add("Greater", x, g.Number(-0.97f)), g.Add("Less", x, g.Number(1.03f)))), x));
        }

        yield return Of("Not", "of a condition", [5], (g, x) => g.Graph.Mul(g.AsFloat(g.Add("Not", g.Add("Greater", x, g.Number(0)))), x));
        yield return Of("Where", "both branches differentiable", [5], (g, x) => g.Add("Where", g.Add("Greater", x, g.Number(0)), g.Add("Exp", x), g.Add("Neg", x)));
        yield return Of("Where", "branches that broadcast", [3, 4], (g, x) => g.Add("Where", g.Add("Greater", g.Numbers(3, 1), g.Number(0)), x, g.Number(2)));
        yield return Of("Where", "the input repeated", [4], (g, x) => g.Add("Where", g.Add("Greater", g.Numbers(2, 6, 4), g.Number(0)), x, g.Numbers(4))) with { KeepsBatch = false };
        foreach (string each in new[] { "Max", "Min" })
        {
            yield return Of(each, "with numbers", [5], (g, x) => g.Add(each, x, g.Numbers(5)));
            yield return Of(each, "of three", [5], (g, x) => g.Add(each, g.Number(0.1f), x, g.Add("Neg", x)));
            yield return Of(each, "of one", [5], (g, x) => g.Add(each, x));
            yield return Of(each, "ties with a constant", [5], (g, x) => g.Add(each, x, g.Number(0))) with { Ties = true };
            yield return Of(each, "ties with a constant that stands first", [5], (g, x) => g.Add(each, g.Number(0), x)) with { Ties = true };
        }

        yield return Of("Sum", "of three that broadcast", [3, 4], (g, x) => g.Add("Sum", x, g.Numbers(4), g.Add("Exp", x)));
        yield return Of("Sum", "of one", [5], (g, x) => g.Add("Sum", x));
        yield return Of("Clip", "both bounds", [5], (g, x) => g.Add("Clip", x, g.Number(-0.71f), g.Number(0.83f)));
        yield return Of("Clip", "the lower bound", [5], (g, x) => g.Add("Clip", x, g.Number(-0.71f)));
        yield return Of("Clip", "the upper bound", [5], (g, x) => g.Add("Clip", x, null, g.Number(0.83f)));
        yield return Of("Clip", "none", [5], (g, x) => g.Add("Clip", x));
        yield return Of("Clip", "at the bounds", [5], (g, x) => g.Add("Clip", x, g.Number(-0.5f), g.Number(0.5f))) with { Ties = true };
        yield return Of("Cast", "to integers and back", [4], (g, x) => g.Graph.Mul(g.AsFloat(g.Add("Cast", None.With("to", (long)ElementType.Int64), x)), x));
        yield return Of("Cast", "to single precision, which it is", [5], (g, x) => g.AsFloat(x));
        yield return Of("Constant", "a tensor", [5], (g, x) => g.Graph.Mul(x, g.Numbers(5)));
        yield return Of("Constant", "numbers", [2], (g, x) => g.Graph.Mul(x, g.Add("Constant", None.With("value_floats", [0.5f, -2f]))));
        yield return Of("Constant", "a number", [2], (g, x) => g.Graph.Mul(x, g.Add("Constant", None.With("value_float", 0.5f))));
        yield return Of("Constant", "integers", [6], (g, x) => g.Graph.Add("Reshape", [x, g.Add("Constant", None.With("value_ints", [0L, 3, 2]))]));
    }

    private static IEnumerable<OperatorCase> Selections()
    {
        yield return Of("Gather", "a part, one twice", [5, 2], (g, x) => g.Add("Gather", None.With("axis", 1), x, g.Integers(3, 0, 3, -1)));
        yield return Of("Gather", "one, its axis goes", [5, 2], (g, x) => g.Add("Gather", None.With("axis", 1), x, g.Integer(2)));
        yield return Of("Gather", "a matrix of indices, axis -1", [2, 5], (g, x) => g.Add("Gather", None.With("axis", -1), x, g.IntegersOf([2, 2], 0, 4, -2, 1)));
        yield return Of("Gather", "examples", [3], (g, x) => g.Add("Gather", x, g.Integers(5, 4, 3, 2, 1, 0))) with { KeepsBatch = false };
        yield return Of("GatherElements", "axis 1", [3], (g, x) => g.Add("GatherElements", None.With("axis", 1), x, g.IntegersOf([6, 2], 0, 2, 1, 1, -1, 0, 2, 2, 0, 1, 0, -3))) with { KeepsBatch = false };
        yield return Of("GatherElements", "axis 0", [2], (g, x) => g.Add("GatherElements", x, g.IntegersOf([3, 2], 5, 0, 0, 2, 5, -1))) with { KeepsBatch = false };
        yield return Of("ScatterElements", "replacing", [3], (g, x) =>
            g.Add("ScatterElements", None.With("axis", 1), x, g.IntegersOf([6, 1], 0, 1, 2, -1, -2, 0), g.Numbers(6, 1))) with { KeepsBatch = false };
        yield return Of("ScatterElements", "adding, places twice", [3], (g, x) =>
            g.Add("ScatterElements", None.With("axis", 1).With("reduction", "add"), x, g.IntegersOf([6, 2], 0, 0, 1, 1, 2, 0, -1, -1, -2, 0, 1, 2), g.Numbers(6, 2))) with { KeepsBatch = false };
        yield return Of("ScatterElements", "the input as updates", [3], (g, x) =>
            g.Add("ScatterElements", None.With("reduction", "add"), g.Numbers(12, 3), g.IntegersOf([6, 3], 0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, -1, -2, -3, 3, 4, 5), x)) with { KeepsBatch = false };
        yield return Of("ScatterElements", "the input as replacements", [3], (g, x) =>
            g.Add("ScatterElements", None, g.Numbers(12, 3), g.IntegersOf([6, 3], 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, -1, -3, -2, 4, 5, 6), x)) with { KeepsBatch = false };
        foreach (string reduction in new[] { "mul", "max", "min" })
        {
            yield return Of("ScatterElements", $"{reduction}, places twice", [3], (g, x) =>
                g.Add("ScatterElements", None.With("axis", 1).With("reduction", reduction), x, g.IntegersOf([6, 2], 0, 0, 1, 1, 2, 0, -1, -1, -2, 0, 1, 2), g.Numbers(6, 2))) with
            {
                KeepsBatch = false,
            };
            yield return Of("ScatterElements", $"{reduction}, the input as updates", [3], (g, x) =>
                g.Add("ScatterElements", None.With("reduction", reduction), g.Numbers(6, 3), g.IntegersOf([6, 3], 0, 1, 2, 3, 4, 1, 2, 3, 4, 0, 1, 2, -1, -2, -3, 3, 4, 1), x)) with
            {
                KeepsBatch = false,
            };
        }

        yield return Of("OneHot", "of the class", [4], (g, x) =>
            g.Graph.Mul(x, g.Add("OneHot", g.Add("ArgMax", None.With("axis", 1).With("keepdims", 0), x), g.Integer(4), g.Graph.Constant(ConstantTensor.Of<float>([0.25f, 2f], 2)))));
        yield return Of("OneHot", "axis 0, indices outside", [3], (g, x) =>
            g.Graph.Mul(x, g.Add("OneHot", None.With("axis", 0), g.Integers(0, -1, 7), g.Integer(6), g.Graph.Constant(ConstantTensor.Of<float>([-1f, 1f], 2))))) with { KeepsBatch = false };
        yield return Of("OneHot", "the input as values", [4], (g, x) => g.Add("OneHot", g.Integers(0, 1, 2, -1, 7, 0), g.Integer(3), TwoOf(g, x))) with { KeepsBatch = false };
        yield return Of("OneHot", "the input as values, axis 1", [4], (g, x) =>
            g.Add("OneHot", None.With("axis", 1), g.IntegersOf([6, 2], 0, 1, 2, -1, 7, 0, 1, 1, 1, 2, 2, 0), g.Integer(3), TwoOf(g, x))) with { KeepsBatch = false };
        yield return new("TopK", "two largest", [5], (g, x) => g.Graph.AddMany("TopK", [x, g.Integers(2)], 2));
        yield return new("TopK", "three smallest, axis 1", [5, 2], (g, x) => g.Graph.AddMany("TopK", [x, g.Integers(3)], 2, None.With("axis", 1).With("largest", 0)));
        yield return new("TopK", "ties", [5], (g, x) => g.Graph.AddMany("TopK", [x, g.Integers(3)], 2)) { Ties = true };
        yield return Of("Slice", "a part", [5, 4], (g, x) => g.Add("Slice", x, g.Integers(1, 0), g.Integers(4, 3), g.Integers(1, 2)));
        yield return Of("Slice", "steps", [7], (g, x) => g.Add("Slice", x, g.Integers(1), g.Integers(100), g.Integers(1), g.Integers(3)));
        yield return Of("Slice", "backwards", [7], (g, x) => g.Add("Slice", x, g.Integers(-1), g.Integers(long.MinValue), g.Integers(1), g.Integers(-2)));
        yield return Of("Slice", "backwards over a part", [7, 2], (g, x) => g.Add("Slice", x, g.Integers(5, 1), g.Integers(1, -5), g.Integers(1, 2), g.Integers(-1, -1)));
        yield return Of("Slice", "all axes", [4], (g, x) => g.Add("Slice", x, g.Integers(0, -3), g.Integers(6, -1))) with { KeepsBatch = false };
        yield return Of("Concat", "with itself and numbers", [2, 3], (g, x) => g.Add("Concat", None.With("axis", 1), x, g.Add("Neg", x), x));
        yield return Of("Concat", "the last axis", [2, 3], (g, x) => g.Add("Concat", None.With("axis", -1), x, g.Add("Exp", g.Graph.Transpose(g.Graph.Transpose(x, [0, 2, 1]), [0, 2, 1]))));
        yield return Of("Concat", "examples", [3], (g, x) => g.Add("Concat", None.With("axis", 0), g.Numbers(6, 3), x)) with { KeepsBatch = false };
        yield return Of("Pad", "by 0", [2, 3], (g, x) => g.Add("Pad", x, g.Integers(0, 1, 0, 0, 0, 2)));
        yield return Of("Pad", "by a number", [2, 3], (g, x) => g.Add("Pad", x, g.Integers(0, 1, 0, 0, 0, 2), g.Number(1.5f)));
        yield return Of("Pad", "cut off", [4, 5], (g, x) => g.Add("Pad", x, g.Integers(0, -1, 1, 0, 0, -2)));
        yield return Of("Pad", "axes given", [2, 3], (g, x) => g.Add("Pad", x, g.Integers(1, 2), null, g.Integers(-1)));
        foreach (string mode in new[] { "reflect", "edge", "wrap" })
        {
            yield return Of("Pad", mode, [3, 4], (g, x) => g.Add("Pad", None.With("mode", mode), x, g.Integers(0, 2, 1, 0, 1, 3)));
            yield return Of("Pad", mode + ", cut off at one end", [3, 5], (g, x) => g.Add("Pad", None.With("mode", mode), x, g.Integers(-1, 2), null, g.Integers(-1)));
        }
    }

    private static IEnumerable<OperatorCase> Reductions()
    {
        foreach (string each in new[] { "ReduceSum", "ReduceMax", "ReduceMean" })
        {
            yield return Of(each, "one axis", [3, 4], (g, x) => g.Add(each, x, g.Integers(1)));
            yield return Of(each, "two axes, not kept", [3, 4, 2], (g, x) => g.Add(each, None.With("keepdims", 0), x, g.Integers(-1, 1)));
            yield return Of(each, "no axes: all", [3], (g, x) => g.Graph.Mul(g.Add(each, x), g.Numbers(6, 2))) with { KeepsBatch = false, Positive = true };
            yield return Of(each, "no axes: none", [3], (g, x) => g.Add(each, None.With("noop_with_empty_axes", 1), x));
            yield return Of(each, "ties", [3, 4], (g, x) => g.Add(each, x, g.Integers(1))) with { Ties = true };
        }

        yield return Of("ArgMax", "as numbers", [5], (g, x) => g.Graph.Mul(x, g.AsFloat(g.Add("ArgMax", None.With("axis", 1), x))));
        yield return Of("ArgMax", "ties: the first", [5], (g, x) => g.Graph.Mul(x, g.AsFloat(g.Add("ArgMax", None.With("axis", -1), x)))) with { Ties = true };
        yield return Of("ArgMax", "ties: the last", [5], (g, x) => g.Graph.Mul(x, g.AsFloat(g.Add("ArgMax", None.With("axis", 1).With("select_last_index", 1), x)))) with { Ties = true };
        yield return Of("ArgMax", "axis 0, not kept", [5], (g, x) => g.Graph.Mul(x, g.AsFloat(g.Add("ArgMax", None.With("keepdims", 0), x)))) with { KeepsBatch = false };
    }

    private static IEnumerable<OperatorCase> Shapes()
    {
        yield return Of("Flatten", "axis 1", [2, 3, 2], (g, x) => g.Add("Flatten", x));
        yield return Of("Flatten", "axis 2", [2, 3], (g, x) => g.Add("Flatten", None.With("axis", 2), x)) with { KeepsBatch = false };
        yield return Of("Flatten", "axis 0", [2, 3], (g, x) => g.Add("Flatten", None.With("axis", 0), x)) with { KeepsBatch = false };
        yield return Of("Flatten", "axis -1", [2, 3], (g, x) => g.Add("Flatten", None.With("axis", -1), x)) with { KeepsBatch = false };
        yield return Of("Reshape", "a copied and a computed dimension", [2, 6], (g, x) => g.Graph.Reshape(x, [0, 3, -1]));
        yield return Of("Reshape", "all given", [4], (g, x) => g.Graph.Reshape(x, [2, 3, 4])) with { KeepsBatch = false };
        yield return Of("Transpose", "reversed", [3, 4], (g, x) => g.Add("Transpose", x)) with { KeepsBatch = false };
        yield return Of("Transpose", "channels last", [3, 2, 4], (g, x) => g.Graph.Transpose(x, [0, 2, 3, 1]));
        yield return Of("Squeeze", "named", [1, 3, 1], (g, x) => g.Add("Squeeze", x, g.Integers(1, -1)));
        yield return Of("Squeeze", "all of size 1", [1, 3, 1], (g, x) => g.Add("Squeeze", x)) with { KeepsBatch = false };
        yield return Of("Unsqueeze", "in front and behind", [3], (g, x) => g.Add("Unsqueeze", x, g.Integers(1, -1)));
        yield return Of("Expand", "a dimension of 1", [3, 1], (g, x) => g.Add("Expand", x, g.Integers(1, 3, 4)));
        yield return Of("Expand", "more dimensions", [3], (g, x) => g.Add("Expand", x, g.Integers(2, 1, 3))) with { KeepsBatch = false };
        yield return Of("Expand", "to another's shape", [1, 4], (g, x) => g.Add("Expand", x, g.Add("Shape", g.Numbers(3, 1)))) with { KeepsBatch = false };
        yield return Of("Shape", "of the input", [3, 4], (g, x) => g.Graph.Mul(x, g.AsFloat(g.Add("Shape", None.With("start", -1), x))));
        yield return Of("Shape", "the batch, in a Reshape", [2, 6], (g, x) => g.Add("Reshape", x, g.Add("Concat", None.With("axis", 0), g.Add("Shape", None.With("end", 1), x), g.Integers(4, 3))));
        yield return Of("Size", "of the input", [3], (g, x) => g.Graph.Mul(x, g.AsFloat(g.Add("Size", x))));
        yield return Of("ConstantOfShape", "of the input's shape", [3], (g, x) => g.Graph.Mul(x, g.Add("ConstantOfShape", None.With("value", ConstantTensor.Of<float>([0.75f], 1)), g.Add("Shape", x))));
        yield return Of("ConstantOfShape", "zeros", [3], (g, x) => g.Graph.Add(x, g.Add("ConstantOfShape", g.Integers(3))));
        yield return Of("Range", "integers", [3], (g, x) => g.Graph.Mul(x, g.AsFloat(g.Add("Range", g.Integer(5), g.Integer(-1), g.Integer(-2)))));
        yield return Of("Range", "numbers", [4], (g, x) => g.Graph.Mul(x, g.Add("Range", g.Number(0.5f), g.Number(2.5f), g.Number(0.5f))));
        foreach (string mode in new[] { "DCR", "CRD" })
        {
            yield return Of("DepthToSpace", mode, [8, 2, 3], (g, x) => g.Add("DepthToSpace", None.With("blocksize", 2).With("mode", mode), x));
        }

        yield return Of("SpaceToDepth", "blocks of 2", [2, 4, 6], (g, x) => g.Add("SpaceToDepth", None.With("blocksize", 2), x));
    }

    // Two numbers of the input.
    private static Value TwoOf(CaseBuilder g, Value x) => g.Add("Slice", g.Graph.Reshape(x, [-1]), g.Integers(3), g.Integers(5));

    private static OperatorCase Of(string @operator, string name, long[] inputShape, Func<CaseBuilder, Value, Value> build) =>
        new(@operator, name, inputShape, (g, x) => [build(g, x)]);
}
