using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;
using GradientDynamics.Onnx.Opsets;
using GradientDynamics.Onnx.Tests.Operators;

namespace GradientDynamics.Onnx.Tests.Opsets;

/// <summary>ONNX Runtime gives the same for a file of an old opset as it stands and for the graph that is read from it.</summary>
public class OpsetRaisingTests
{
    // Softmax over rows, images of groups: sums in another order, a few roundings of 2^-24 apart.
    private const double RelativeTolerance = 1e-6;

    // That of ONNX's own runner of these cases.
    private const double PublishedTolerance = 1e-3;

    public static TheoryData<string, int> OldForms => [.. OldCases.All.SelectMany(old => Enumerable.Range(old.First, old.Last - old.First + 1).Select(opset => (old.Case.ToString(), opset)))];

    public static TheoryData<string> Operators => [.. OperatorTable.All.Keys.Order(StringComparer.Ordinal)];

    [Fact]
    public void Every_rule_has_a_case() => OpsetRules.All.Where(rule => !OldCases.All.Any(old => old.Case.Operator == rule.Operator && Enumerable.Range(old.First, old.Last - old.First + 1).Any(rule.Applies)))
        .Select(rule => $"{rule.Operator} {rule.From}").ShouldBe(["ScatterElements 11", "ScatterND 11", "Pad 11"]); // these only refuse

    // GRADIENTDYNAMICS_WRITE_DOCS=1 writes them anew.
    [Fact]
    public void The_document_lists_the_rules()
    {
        string path = Path.Combine(OperatorDocumentTests.Root(), "docs", "models.md");
        string[] lines = File.ReadAllLines(path);
        int first = Array.IndexOf(lines, "| --- | --- | --- |") + 1;
        int behind = Array.FindIndex(lines, first, line => line.StartsWith("| OneHot |", StringComparison.Ordinal));
        string[] rules = [.. OpsetRules.All.Select(rule => $"| {rule.Operator} | {rule.From}–{rule.Until - 1} | {rule.Change} |")];
        if (Environment.GetEnvironmentVariable("GRADIENTDYNAMICS_WRITE_DOCS") == "1")
        {
            File.WriteAllText(path, string.Concat(lines[..first].Concat(rules).Concat(lines[behind..]).Select(line => line + "\n")));
        }

        string[] written = File.ReadAllLines(path);
        written[first..Array.FindIndex(written, first, line => line.StartsWith("| OneHot |", StringComparison.Ordinal))].ShouldBe(rules);
    }

    [Theory]
    [MemberData(nameof(OldForms))]
    public void An_old_form_computes_what_it_did(string label, int opset)
    {
        OperatorCase each = OldCases.All.Single(old => old.Case.ToString() == label).Case;
        byte[] file = OldModel.File(each, opset);

        OnnxGraph graph = OnnxModelFile.Parse(file);

        graph.Opset.ShouldBe(OnnxGraph.WrittenOpset);
        graph.FileOpset.ShouldBe(opset);
        ShouldAgree(OldModel.Run(OnnxModelFile.ToBytes(graph), each.Inputs), OldModel.Run(file, each.Inputs));
    }

    // The cases of today's forms, in every older opset that has them: what no rule names means the same in all. What is refused for
    // being newer than its file is refused by ONNX Runtime too.
    [Theory]
    [MemberData(nameof(Operators))]
    public void A_form_that_is_both_old_and_new_computes_what_it_did(string @operator)
    {
        int judged = 0;
        foreach (OperatorCase each in OperatorCases.All.Where(candidate => candidate.Operator == @operator))
        {
            for (int opset = OperatorSchema.OldestOpset; opset < OnnxGraph.WrittenOpset; opset++)
            {
                byte[] file = OldModel.File(each, opset);
                ConstantTensor[]? expected = OldModel.TryRun(file, each.Inputs);
                OnnxGraph graph;
                try
                {
                    graph = OnnxModelFile.Parse(file);
                }
                catch (InvalidModelException error)
                {
                    // Before the standard has an operator, ONNX Runtime may have one of its own under the name (LayerNormalization).
                    if (opset >= OperatorTable.All[@operator].FirstOpset)
                    {
                        expected.ShouldBeNull($"{each} of opset {opset}: {error.Message}");
                    }

                    continue;
                }

                if (expected is not null)
                {
                    ShouldAgree(OldModel.Run(OnnxModelFile.ToBytes(graph), each.Inputs), expected);
                    judged++;
                }
            }
        }

        if (OperatorTable.All[@operator].FirstOpset < OnnxGraph.WrittenOpset)
        {
            judged.ShouldBeGreaterThan(0);
        }
    }

    [Fact]
    public void Published_cases_of_old_opsets_give_the_published_outputs()
    {
        Assert.SkipUnless(Directory.Exists(PublishedCasesTests.Folder), "GRADIENTDYNAMICS_DATA names no folder with onnx-backend-tests");
        int held = 0;
        List<string> different = [];
        foreach (string folder in Directory.EnumerateDirectories(PublishedCasesTests.Folder!).Order(StringComparer.Ordinal))
        {
            OnnxGraph? graph = PublishedCasesTests.TryRead(folder);
            if (graph is null || graph.FileOpset >= OnnxGraph.WrittenOpset)
            {
                continue;
            }

            ConstantTensor[] operands = [.. PublishedCasesTests.Tensors(folder, "input", graph.Inputs.Count)];
            ConstantTensor[] expected = [.. PublishedCasesTests.Tensors(folder, "output", graph.Outputs.Count)];
            Dictionary<string, ConstantTensor> inputs = graph.Inputs.Zip(operands).ToDictionary(pair => pair.First.Name, pair => pair.Second);

            // What ONNX Runtime does not run as it stands (a type that it has no kernel for) is not judged.
            if (OldModel.TryRun(File.ReadAllBytes(Path.Combine(folder, "model.onnx")), inputs) is { } direct)
            {
                ConstantTensor[] raised = OldModel.Run(OnnxModelFile.ToBytes(graph), inputs);
                ShouldAgree(raised, direct, RelativeTolerance, folder);
                held++;
                try
                {
                    ShouldAgree(raised, expected, PublishedTolerance, folder);
                }
                catch (ShouldAssertException)
                {
                    different.Add(Path.GetFileName(folder));
                }
            }
        }

        // ONNX Runtime's own deviations: it gives these for the files as they stand too.
        different.ShouldBe(["test_resize_downsample_scales_cubic_align_corners", "test_resize_downsample_scales_linear_align_corners"]);

        // Of the 476 cases these are the ones of older opsets; fewer would mean that they are no longer read.
        held.ShouldBeGreaterThan(280);
    }

    private static void ShouldAgree(ConstantTensor[] actual, ConstantTensor[] expected, double tolerance = RelativeTolerance, string? what = null)
    {
        actual.Length.ShouldBe(expected.Length);
        foreach ((ConstantTensor one, ConstantTensor other) in actual.Zip(expected))
        {
            one.Element.ShouldBe(other.Element);
            one.Shape.ShouldBe(other.Shape);
            if (!one.Element.IsFloatingPoint)
            {
                one.Bytes.ToArray().ShouldBe(other.Bytes.ToArray(), what);
                continue;
            }

            foreach ((double x, double y) in Numbers(one).Zip(Numbers(other)).Where(pair => !pair.First.Equals(pair.Second))) // equal infinities and NaN
            {
                x.ShouldBe(y, tolerance * Math.Max(1, Math.Abs(y)), what);
            }
        }
    }

    private static double[] Numbers(ConstantTensor tensor) => tensor.Element switch
    {
        ElementType.Float => [.. tensor.AsSpan<float>().ToArray().Select(value => (double)value)],
        ElementType.Float16 => [.. tensor.AsSpan<Half>().ToArray().Select(value => (double)value)],
        _ => tensor.AsSpan<double>().ToArray(),
    };
}
