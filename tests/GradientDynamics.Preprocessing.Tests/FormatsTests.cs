using System.Text.Json.Nodes;
using GradientDynamics.Documentation;

namespace GradientDynamics.Preprocessing.Tests;

/// <summary>docs/formats.md lists every key of preprocessing.json.</summary>
public sealed class FormatsTests
{
    [Fact]
    public void Preprocessing_IsDocumented()
    {
        InputPreprocessing[] examples =
        [
            new ImagePreprocessing { ResizeShortSide = 256, CenterCrop = new() { Width = 224, Height = 224 } },
            new ImagePreprocessing { InitialCrop = new() { Width = 178, Height = 178 }, Resize = new() { Width = 256, Height = 256 } },
            new TextPreprocessing { Vocabulary = "vocab.txt" },
        ];

        FormatTables.ShouldBeDocumented(
            "preprocessing.json",
            FormatTables.Keys(typeof(InputPreprocessing), PreprocessingFile.Options, [.. examples.Select(example => JsonNode.Parse(PreprocessingFile.Write(example))!)]));
    }
}
