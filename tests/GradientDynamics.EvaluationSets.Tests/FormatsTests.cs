using System.Text.Json;
using System.Text.Json.Nodes;
using GradientDynamics.Documentation;
using Parquet;
using Parquet.Schema;

namespace GradientDynamics.EvaluationSets.Tests;

/// <summary>docs/formats.md lists every key and column of an evaluation set.</summary>
public sealed class FormatsTests
{
    [Fact]
    public void Metadata_IsDocumented()
    {
        JsonNode example = JsonSerializer.SerializeToNode(Sets.Metadata, EvaluationSetMetadata.Options)!;

        FormatTables.ShouldBeDocumented("evaluation set metadata", FormatTables.Keys(typeof(EvaluationSetMetadata), EvaluationSetMetadata.Options, [example]));
    }

    [Fact]
    public async Task Columns_AreDocumented()
    {
        Dictionary<string, (string Example, string Meaning)> described = new()
        {
            ["id"] = ("test/17", "Name of the example, unique in the set; random starts of attacks are derived from it."),
            ["input"] = ("00 00 80 3f …", "The example's input: its elements row-major and little-endian, or for datatype BYTES the UTF-8 text or the encoded image. A set for a model of several inputs has a column `input.NAME` for each instead."),
            ["label"] = ("1", "Position of the true class in classNames."),
            ["attribute"] = ("0", "Position of the attribute's value in attributeNames; absent where the set has no attribute. The group, label x attributes + attribute, is computed and never stored."),
        };
        using TemporaryFolder folder = new();
        await using ParquetReader reader = await ParquetReader.CreateAsync(await Sets.WriteAsync(folder), cancellationToken: TestContext.Current.CancellationToken);

        FormatKey[] columns = [.. reader.Schema.GetDataFields().Select(column => new FormatKey(column.Name, TypeOf(column), described[column.Name].Example, described[column.Name].Meaning))];

        FormatTables.ShouldBeDocumented("evaluation set columns", columns);
    }

    private static string TypeOf(DataField column) => column.ClrType == typeof(string) ? "string" : column.ClrType == typeof(int) ? "int32" : "binary";
}
