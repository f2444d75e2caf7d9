using System.Text;
using GradientDynamics.Onnx.Operators;

namespace GradientDynamics.Onnx.Tests.Operators;

/// <summary>docs/operators.md is generated from the tables; <see cref="Command"/> writes it anew.</summary>
public class OperatorDocumentTests
{
    private const string Command = """GRADIENTDYNAMICS_WRITE_DOCS=1 dotnet test -c Release --project tests/GradientDynamics.Onnx.Tests -- --filter-class "*OperatorDocumentTests" """;

    // An operator stands in the first group that has its name; what is in none has its own.
    private static readonly (string Title, string[] Operators)[] Groups =
    [
        ("Layers", ["Attention", "Conv", "ConvTranspose", "Einsum", "Gemm", "MatMul", "RotaryEmbedding"]),
        ("Pooling and images", ["AveragePool", "CenterCropPad", "DepthToSpace", "GlobalAveragePool", "GlobalLpPool", "GlobalMaxPool", "GridSample", "LpPool", "MaxPool", "Resize", "SpaceToDepth"]),
        ("Normalization and dropout", ["BatchNormalization", "Dropout", "GroupNormalization", "InstanceNormalization", "LayerNormalization", "LpNormalization", "LRN", "MeanVarianceNormalization", "RMSNormalization"]),
        ("Activations and losses",
        [
            "Celu", "Clip", "Elu", "Gelu", "HardSigmoid", "HardSwish", "Hardmax", "LeakyRelu", "LogSoftmax", "Mish", "NegativeLogLikelihoodLoss", "PRelu", "Relu", "Selu", "Shrink", "Sigmoid", "Softmax",
            "SoftmaxCrossEntropyLoss", "Softplus", "Softsign", "Swish", "Tanh", "ThresholdedRelu",
        ]),
        ("Comparison and logic",
        [
            "And", "BitShift", "BitwiseAnd", "BitwiseNot", "BitwiseOr", "BitwiseXor", "Equal", "Greater", "GreaterOrEqual", "IsInf", "IsNaN", "Less", "LessOrEqual", "Not", "Or", "Where", "Xor",
        ]),
        ("Reductions", ["ArgMax", "ArgMin", "CumSum", "ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSum", "ReduceSumSquare", "TopK"]),
        ("Quantization and types", ["Cast", "CastLike", "DequantizeLinear", "DynamicQuantizeLinear", "QuantizeLinear"]),
        ("Shapes, selection and constants",
        [
            "BlackmanWindow", "Concat", "Constant", "ConstantOfShape", "Expand", "EyeLike", "Flatten", "Gather", "GatherElements", "GatherND", "HammingWindow", "HannWindow", "Identity", "NonZero", "OneHot", "Pad",
            "Range", "Reshape", "ScatterElements", "ScatterND", "Shape", "Size", "Slice", "Split", "Squeeze", "Tile", "Transpose", "Trilu", "Unsqueeze",
        ]),
    ];

    [Fact]
    public void The_document_is_the_table()
    {
        string path = Path.Combine(Root(), "docs", "operators.md");
        string expected = Document();
        if (Environment.GetEnvironmentVariable("GRADIENTDYNAMICS_WRITE_DOCS") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, expected);
        }

        File.ReadAllText(path).ShouldBe(expected, $"docs/operators.md is not what the tables say; {Command}writes it anew.");
    }

    private static string Document()
    {
        StringBuilder text = new();
        text.Append(
            $"""
            # Operators

            The operators of ONNX's standard domain that graphs here consist of. Each is checked when a graph is read, has its shapes inferred, is
            executed by TorchSharp in training and by ONNX Runtime in service. Opset 20 is written; "opsets" are those that are read, older forms by
            the rules of [models.md](models.md), which lists the versions at which an operator changed. An attribute or input with a number in brackets exists from that opset on; before, an attribute may
            have stood for an input. `gd-serve inspect F.onnx` says the same of a model's operators, and `gd-train check-model F.onnx` tries it.

            This page is generated from the tables and held against them by a test. To write it anew:

            ```
            {Command.TrimEnd()}
            ```

            - **types**: floating-point is Float, Float16, Double and BFloat16; numeric adds the integers of 8 to 64 bits, signed and unsigned.
            - **trained**: whether gradients pass it in training with TorchSharp; "constant" where the output does not depend smoothly on the inputs, so that there is none.
            - **gradient**: how the graph that yields input gradients passes it: by a *rule*, its derivative; *straight through*, as if it did not round;
              *constant*, not at all, by definition; or there is *none*, and deriving stops with the node's name.

            ## What is not supported

            - **Operators** that are in no table below. If, Loop and Scan run in service as they are; TorchSharp does not execute them, and a gradient through them stops with a clear message.
              Sequence, optional, text, random (but Dropout), recurrent and image-decoding operators are not executed by TorchSharp, and neither are operators of other domains, unless the model defines them as functions of these.
            - **Datatypes** in TorchSharp: text (String), complex numbers (Complex64, Complex128), floating point of 8 and 4 bits (Float8E4M3FN, Float8E4M3FNUZ, Float8E5M2, Float8E5M2FNUZ, Float8E8M0,
              Float4E2M1), integers of 4 and 2 bits (Int4, UInt4, Int2, UInt2), sparse tensors, sequences, maps and optional values. ONNX Runtime serves such models where it can.
            - **Opsets** below {OperatorSchema.OldestOpset} and above {OperatorSchema.NewestOpset}.

            ## Choices

            - Rounding and quantization (Ceil, Floor, Round, QuantizeLinear, DynamicQuantizeLinear) pass gradients straight through, within the range that does not saturate: their derivative is 0 almost
              everywhere, and a quantized model would seem robust for that reason alone.
            - Where a maximum or minimum is attained several times, see [numerics.md](numerics.md); so too subgradients at kinks: that of Relu at 0 is 0, as in PyTorch.
            - `gd-train conformance` checks gradients against finite differences away from kinks, and names the cases in which it cannot.

            """);
        HashSet<string> listed = [];
        foreach ((string title, string[] operators) in Groups.Append(("Elementwise functions", [.. OperatorTable.All.Keys])))
        {
            OperatorSchema[] schemas = [.. operators.Where(name => OperatorTable.All.ContainsKey(name) && listed.Add(name)).Order(StringComparer.Ordinal).Select(name => OperatorTable.All[name])];
            text.Append($"\n## {title}\n\n| operator | computes | inputs | attributes (default) | types | opsets | trained | gradient |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n");
            foreach (OperatorSchema schema in schemas)
            {
                string inputs = string.Join(", ", schema.Inputs.Select(input => $"{input.Name}{(input.Variadic ? "…" : "")}{(input.Optional ? "?" : "")}{Since(input.Since)}"));
                string attributes = string.Join(", ", schema.Attributes.Select(attribute => $"{attribute.Name} ({attribute.Default}){Since(attribute.Since)}"));
                string types = (schema.Inputs.Count > 0 ? schema.Inputs : schema.Outputs)[0].Types.Name;
                GradientSupport gradient = OperatorSupport.GradientOf(new(schema.Name, [], []));
                text.Append($"| {schema.Name} | {schema.Summary.Replace("|", "\\|")} | {inputs} | {attributes} | {types} | {schema.FirstOpset}–{schema.LastOpset} | {(gradient == GradientSupport.Constant ? "constant" : "yes")} | {Text(gradient)} |\n");
            }
        }

        return text.ToString().ReplaceLineEndings("\n");
    }

    private static string Text(GradientSupport gradient) => gradient switch
    {
        GradientSupport.Rule => "rule",
        GradientSupport.StraightThrough => "straight through",
        GradientSupport.Constant => "constant",
        _ => "none",
    };

    private static string Since(int opset) => opset > 1 ? $" [{opset}]" : "";

    internal static string Root()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "global.json")))
        {
            folder = folder.Parent;
        }

        return folder.ShouldNotBeNull().FullName;
    }
}
