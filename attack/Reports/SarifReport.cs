using System.Text.Json.Nodes;

namespace GradientDynamics.Attack.Reports;

/// <summary><c>report.sarif</c>: the gates as results of a static analysis, for code-scanning pages. SARIF 2.1.0.</summary>
/// <remarks>https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html</remarks>
internal static class SarifReport
{
    private static readonly (string Gate, string Description)[] Rules =
    [
        ("minimumAverageAccuracy", "Accuracy over all unperturbed examples reaches what is demanded."),
        ("minimumWorstGroupAccuracy", "Accuracy of the worst group of unperturbed examples reaches what is demanded."),
        ("minimumRobustAccuracy", "Accuracy under attack reaches what is demanded at every radius."),
    ];

    /// <summary>The document.</summary>
    public static string Render(AuditReport report)
    {
        JsonArray rules = [.. Rules.Select(rule => (JsonNode)new JsonObject { ["id"] = rule.Gate, ["shortDescription"] = new JsonObject { ["text"] = rule.Description } })];
        JsonArray results =
        [
            .. report.Gates.Select(gate => (JsonNode)new JsonObject
            {
                ["ruleId"] = gate.Gate,
                ["ruleIndex"] = Array.FindIndex(Rules, rule => rule.Gate == gate.Gate),
                ["kind"] = gate.Passed ? "pass" : "fail",
                ["level"] = gate.Passed ? "none" : "error",
                ["message"] = new JsonObject { ["text"] = JunitReport.Message(gate) },
                ["locations"] = new JsonArray(new JsonObject
                {
                    ["logicalLocations"] = new JsonArray(new JsonObject
                    {
                        ["name"] = gate.Target,
                        ["fullyQualifiedName"] = report.Targets.First(target => target.Label == gate.Target).Endpoint,
                        ["kind"] = "resource",
                    }),
                }),
            }),
        ];
        JsonObject document = new()
        {
            ["$schema"] = "https://json.schemastore.org/sarif-2.1.0.json",
            ["version"] = "2.1.0",
            ["runs"] = new JsonArray(new JsonObject
            {
                ["tool"] = new JsonObject
                {
                    ["driver"] = new JsonObject { ["name"] = report.Tool.Split(' ')[0], ["version"] = report.Tool.Split(' ')[^1], ["rules"] = rules },
                },
                ["invocations"] = new JsonArray(new JsonObject { ["executionSuccessful"] = true, ["startTimeUtc"] = report.Started.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ") }),
                ["results"] = results,
            }),
        };
        return document.ToJsonString(new System.Text.Json.JsonSerializerOptions { WriteIndented = true }) + "\n";
    }
}
