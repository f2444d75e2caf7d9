namespace GradientDynamics.CommandLine.Tests;

public sealed class ResultOutputTests
{
    [Fact]
    public void ToMarkdown_AlignsColumnsAndEscapesPipes()
    {
        ResultTable table = new("objective", ResultColumn.Number("worst group, %")) { Title = "Drawn digits" };
        table.Add("ERM", "31.0").Add("a|b", "7");

        table.ToMarkdown().ShouldBe("""
            Drawn digits

            | objective | worst group, % |
            | --------- | -------------: |
            | ERM       |           31.0 |
            | a\|b      |              7 |

            """);
    }

    [Fact]
    public void Add_WithTooFewCells_Throws()
    {
        ResultTable table = new("a", "b");

        Should.Throw<ArgumentOutOfRangeException>(() => table.Add("one"));
    }

    [Fact]
    public void WriteJson_WritesComputedPropertiesAndKebabCaseEnums()
    {
        StringWriter writer = new();

        ResultOutput.WriteJson(new Result(3), writer);

        writer.ToString().ShouldBe("{\n  \"count\": 3,\n  \"twice\": 6,\n  \"exitCode\": \"gate-failed\"\n}\n");
    }

    public sealed record Result(int Count)
    {
        public int Twice => 2 * Count;

        public ExitCode ExitCode => Count == 3 ? ExitCode.GateFailed : ExitCode.Done;
    }
}
