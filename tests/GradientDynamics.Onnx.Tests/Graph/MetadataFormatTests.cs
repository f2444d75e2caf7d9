using System.Collections.Immutable;
using System.Reflection;
using System.Text.Json;
using GradientDynamics.Documentation;
using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Tests.Graph;

/// <summary>docs/formats.md lists every entry of a model's metadata.</summary>
public sealed class MetadataFormatTests
{
    [Fact]
    public void Metadata_IsDocumented()
    {
        ModelMetadata metadata = new()
        {
            Task = "classification",
            Classes = ["below five", "five and above"],
            Attributes = ["red", "green"],
            InputBounds = new([0], [1]),
            Layout = "CHW",
            Normalization = """{"mean":[0.5],"std":[0.25],"scale":1}""",
            Preprocessing = "preprocessing.json",
            Objective = "spectral-decoupling",
            Sampler = "shuffle",
            Dataset = "drawn-digits",
            DatasetHash = new('0', 64),
            Seed = 1,
            Threads = 2,
            Epoch = 12,
            Selection = "validation-worst-group",
            Metrics = new Dictionary<string, double> { ["test/worst_group_accuracy"] = 0.75 }.ToImmutableSortedDictionary(),
            RunConfiguration = "{…}",
        };
        Dictionary<string, string> entries = metadata.ToEntries().ToDictionary(entry => entry.Key, entry => entry.Value);

        FormatKey[] keys = [.. typeof(ModelMetadata).GetProperties().Where(property => property.CanWrite).Select(property => Key(property, entries))];

        entries.Keys.Except(keys.Select(key => key.Path)).ShouldBeEmpty();
        FormatTables.ShouldBeDocumented("model metadata", keys);
    }

    private static FormatKey Key(PropertyInfo property, Dictionary<string, string> entries)
    {
        string key = ModelMetadata.Prefix + JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name);
        Type type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        string typeName = type == typeof(string) ? "text" : type == typeof(int) || type == typeof(long) ? "whole number" : "JSON";
        string example = entries[key];
        return new(key, typeName, example.Length > 40 ? example[..36] + "…" : example, FormatTables.Meaning(property));
    }
}
