using System.Text;
using GradientDynamics.Onnx.Operators;

namespace GradientDynamics.Onnx.Tests.Operators;

/// <summary>docs/operators.md is generated from the table; set GRADIENTDYNAMICS_WRITE_DOCS=1 to write it anew.</summary>
public class OperatorDocumentTests
{
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

        File.ReadAllText(path).ShouldBe(expected);
    }

    private static string Document()
    {
        StringBuilder text = new();
        text.Append(
            """
            # Operators

            The operators of ONNX's standard domain that graphs here consist of. Each is checked when a graph is read, has its shapes inferred, is
            executed by TorchSharp in training and by ONNX Runtime in service. Opset 20 is written; "opsets" are those that are read, older forms by
            the rules of [models.md](models.md). An attribute or input with a number in brackets exists from that opset on; before, an attribute may
            have stood for an input. Types: floating-point is Float, Float16, Double and BFloat16; numeric adds
            the integers of 8 to 64 bits. This page is generated from the table and held against it by a test.

            | operator | computes | inputs | attributes (default) | types | opsets |
            | --- | --- | --- | --- | --- | --- |

            """);
        foreach (OperatorSchema schema in OperatorTable.All.Values.OrderBy(schema => schema.Name, StringComparer.Ordinal))
        {
            string inputs = string.Join(", ", schema.Inputs.Select(input => $"{input.Name}{(input.Variadic ? "…" : "")}{(input.Optional ? "?" : "")}{Since(input.Since)}"));
            string attributes = string.Join(", ", schema.Attributes.Select(attribute => $"{attribute.Name} ({attribute.Default}){Since(attribute.Since)}"));
            string types = (schema.Inputs.Count > 0 ? schema.Inputs : schema.Outputs)[0].Types.Name;
            text.Append($"| {schema.Name} | {schema.Summary.Replace("|", "\\|")} | {inputs} | {attributes} | {types} | {schema.FirstOpset}–{schema.LastOpset} |\n");
        }

        return text.ToString().ReplaceLineEndings("\n");
    }

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
