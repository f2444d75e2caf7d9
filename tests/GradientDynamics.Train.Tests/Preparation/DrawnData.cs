using GradientDynamics.Train.Datasets;
using GradientDynamics.Train.Preparation;

namespace GradientDynamics.Train.Tests.Preparation;

/// <summary>Look-alikes for tests, small enough to be drawn in a fraction of a second.</summary>
internal static class DrawnData
{
    /// <summary>Draws a look-alike into a folder.</summary>
    public static DatasetOptions Write(string kind, string folder, int size = 24, long seed = 0)
    {
        Directory.CreateDirectory(folder);
        return DatasetSource.All.Single(source => source.Kind == kind).Synthesize(new(folder, folder, size, seed), CancellationToken.None);
    }

    /// <summary>A preprocessing to 16 x 16.</summary>
    public static GradientDynamics.Preprocessing.ImagePreprocessing Small { get; } = new() { Resize = new() { Width = 20, Height = 18 }, CenterCrop = new() { Width = 16, Height = 16 } };

    /// <summary>A run on a drawn image folder, as text.</summary>
    public static string ImageRun(string folder, string more = "") => $$"""
        {
          "dataset": {
            "kind": "image-folder", "folder": {{System.Text.Json.JsonSerializer.Serialize(folder)}},
            "preprocessing": { "resize": { "width": 20, "height": 18 }, "centerCrop": { "width": 16, "height": 16 } }{{more}}
          },
          "network": { "kind": "conv-net", "normalization": { "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225] }, "layers": [
            { "kind": "conv", "channels": 4 }, { "kind": "batch-normalization" }, { "kind": "relu" }, { "kind": "global-average-pool" }, { "kind": "flatten" }] },
          "objective": { "kind": "erm" },
          "optimizer": { "kind": "adam", "learningRate": 0.01 },
          "batchSize": 7,
          "epochs": 4,
          "selection": "last-epoch",
          "threads": 1
        }
        """;
}
