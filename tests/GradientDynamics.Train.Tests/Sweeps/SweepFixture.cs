using System.Text.Json.Nodes;
using GradientDynamics.CommandLine;
using GradientDynamics.Train.Sweeps;

namespace GradientDynamics.Train.Tests.Sweeps;

/// <summary>A sweep over runs of seconds.</summary>
internal static class SweepFixture
{
    /// <summary>The sweep as JSON, changed.</summary>
    public static string Json(Action<JsonObject>? change = null)
    {
        JsonObject settings = JsonNode.Parse(TinyRun.Json)!.AsObject();
        settings["optimizer"] = JsonNode.Parse("""{ "kind": "sgd", "momentum": 0.9 }""");
        settings["objective"] = JsonNode.Parse("""{ "kind": "erm" }""");
        settings["selection"] = "validation-worst-group";
        JsonObject sweep = new()
        {
            ["draws"] = 2,
            ["runSeeds"] = new JsonArray(0, 1),
            ["all"] = new JsonObject
            {
                ["settings"] = settings,
                ["search"] = JsonNode.Parse("""{ "optimizer.learningRate": { "kind": "log-uniform", "lower": 0.001, "upper": 0.1 }, "optimizer.weightDecay": { "kind": "choice", "values": [0.0001, 0.001] } }"""),
            },
            ["methods"] = JsonNode.Parse("""{ "ERM": {}, "SUBG": { "usesGroups": true, "settings": { "sampler": { "kind": "group-subsampling" } } } }"""),
        };
        change?.Invoke(sweep);
        return sweep.ToJsonString();
    }

    /// <summary>The plan of the sweep, changed by overrides.</summary>
    public static TrialPlan Plan(params string[] overrides) => SweepPlanner.Plan(ConfigurationFile.Parse<SweepConfig>(Json(), "sweep.json", overrides), "sweep.json", _ => { });

    /// <summary>Writes the plan of the sweep and returns its path.</summary>
    public static string WritePlan(TemporaryFolder folder, params string[] overrides)
    {
        string path = folder.Combine("plan.jsonl");
        File.WriteAllText(path, Plan(overrides).ToText());
        return path;
    }
}
