using GradientDynamics.Attack.Audits;
using GradientDynamics.CommandLine;

namespace GradientDynamics.Attack.Reports;

/// <summary>The folder that an audit leaves: all of its files, or none.</summary>
internal static class AuditDirectory
{
    /// <summary>File of the figures.</summary>
    public const string Figures = "audit.json";

    /// <summary>File of the examples.</summary>
    public const string Samples = "samples.parquet";

    /// <summary>The page.</summary>
    public const string Page = "report.html";

    /// <summary>Gates for build servers.</summary>
    public const string Junit = "junit.xml";

    /// <summary>Gates for code-scanning pages.</summary>
    public const string Sarif = "report.sarif";

    /// <summary>Writes the folder under its final name at the end.</summary>
    public static async Task WriteAsync(AtomicDirectory folder, AuditReport report, IReadOnlyList<TargetFindings> findings, CancellationToken cancellationToken)
    {
        await File.WriteAllTextAsync(Path.Combine(folder.Path, Figures), ConfigurationFile.Write(report), cancellationToken);
        await SampleFile.WriteAsync(Path.Combine(folder.Path, Samples), findings, cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(folder.Path, Page), HtmlReport.Render(report, findings), cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(folder.Path, Junit), JunitReport.Render(report), cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(folder.Path, Sarif), SarifReport.Render(report), cancellationToken);
        folder.Commit();
    }
}
