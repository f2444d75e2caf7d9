using System.Text.Json.Nodes;

namespace GradientDynamics.Train.Tests;

/// <summary>A configuration whose run takes a fraction of a second, as text that a test may change key by key.</summary>
internal static class TinyRun
{
    public const string Json = """
        {
          "dataset": {
            "kind": "drawn-digits",
            "side": 8,
            "train": { "count": 192, "colorAgreement": 0.8 },
            "validation": { "count": 100, "colorAgreement": 0.5 },
            "test": { "count": 100, "colorAgreement": 0.5 }
          },
          "network": { "kind": "mlp", "hiddenWidths": [16] },
          "singleLogit": true,
          "objective": { "kind": "spectral-decoupling", "coefficient": 0.05 },
          "optimizer": { "kind": "adam", "learningRate": 0.01 },
          "batchSize": 50,
          "epochs": 6,
          "selection": "last-epoch",
          "seed": 3,
          "threads": 1
        }
        """;

    /// <summary>Writes the configuration, changed, and returns its path.</summary>
    public static string Write(TemporaryFolder folder, Action<JsonObject>? change = null)
    {
        JsonObject json = JsonNode.Parse(Json)!.AsObject();
        change?.Invoke(json);
        string path = folder.Combine($"{Guid.NewGuid():N}.json");
        File.WriteAllText(path, json.ToJsonString());
        return path;
    }
}
