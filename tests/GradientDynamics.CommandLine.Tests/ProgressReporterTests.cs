namespace GradientDynamics.CommandLine.Tests;

public sealed class ProgressReporterTests
{
    [Fact]
    public void Report_WithoutTerminal_WritesOneLinePerStep()
    {
        StringWriter lines = new() { NewLine = "\n" };
        using (ProgressReporter progress = ProgressReporter.Create("train", 2, lines))
        {
            progress.Report(1, "loss 0.5 [worst 0.1]");
            progress.WriteLine("checkpoint written");
            progress.Report(2, "");
        }

        lines.ToString().ShouldBe("train 1/2: loss 0.5 [worst 0.1]\ncheckpoint written\ntrain 2/2\n");
    }

    [Fact]
    public void Report_OfUnknownTotal_CountsOnly()
    {
        StringWriter lines = new() { NewLine = "\n" };
        using (ProgressReporter progress = ProgressReporter.Create("read", 0, lines))
        {
            progress.Report(12345, "rows");
        }

        lines.ToString().ShouldBe("read 12345: rows\n");
    }
}
