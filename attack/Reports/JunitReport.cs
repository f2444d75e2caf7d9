using System.Globalization;
using System.Xml.Linq;

namespace GradientDynamics.Attack.Reports;

/// <summary><c>junit.xml</c>: a suite per target and a case per gate, for build servers; without gates one case that says that the audit was done.</summary>
internal static class JunitReport
{
    /// <summary>The document.</summary>
    public static string Render(AuditReport report)
    {
        XElement root = new(
            "testsuites",
            new XAttribute("name", "gd-attack"),
            new XAttribute("tests", report.Targets.Sum(target => Cases(report, target).Count())),
            new XAttribute("failures", report.Gates.Count(gate => !gate.Passed)),
            new XAttribute("time", Seconds(report.Seconds)));
        foreach (TargetReport target in report.Targets)
        {
            XElement[] cases = [.. Cases(report, target)];
            root.Add(new XElement(
                "testsuite",
                new XAttribute("name", target.Label),
                new XAttribute("tests", cases.Length),
                new XAttribute("failures", cases.Count(element => element.HasElements)),
                new XAttribute("errors", 0),
                new XAttribute("skipped", 0),
                new XAttribute("timestamp", report.Started.ToString("yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture)),
                new XAttribute("time", Seconds(target.Seconds)),
                cases));
        }

        return new XDeclaration("1.0", "utf-8", standalone: null) + "\n" + root + "\n";
    }

    private static IEnumerable<XElement> Cases(AuditReport report, TargetReport target)
    {
        GateResult[] gates = [.. report.Gates.Where(gate => gate.Target == target.Label)];
        if (gates.Length == 0)
        {
            yield return Case(target, "the audit was done");
        }

        foreach (GateResult gate in gates)
        {
            XElement element = Case(target, $"{gate.Subject} is at least {AuditTables.Percent(gate.Demanded)} %");
            if (!gate.Passed)
            {
                element.Add(new XElement("failure", new XAttribute("type", gate.Gate), new XAttribute("message", Message(gate))));
            }

            yield return element;
        }
    }

    /// <summary>What a gate found, in one sentence.</summary>
    public static string Message(GateResult gate) =>
        $"{gate.Target}: {gate.Subject} is {AuditTables.Percent(gate.Found)} %, demanded is at least {AuditTables.Percent(gate.Demanded)} %.";

    private static XElement Case(TargetReport target, string name) => new("testcase", new XAttribute("classname", target.Endpoint), new XAttribute("name", name), new XAttribute("time", "0"));

    private static string Seconds(double seconds) => seconds.ToString("F3", CultureInfo.InvariantCulture);
}
