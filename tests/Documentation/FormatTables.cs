using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace GradientDynamics.Documentation;

/// <summary>One key of a file: its path, type, an example that occurs, and what it means.</summary>
internal sealed record FormatKey(string Path, string Type, string Example, string Meaning);

/// <summary>
/// The tables of docs/formats.md, made from the code: keys and types from the JSON contract of the records, meanings from their doc
/// comments, examples from documents that the tools read or wrote. A section is compared with the text between its markers; with
/// GRADIENTDYNAMICS_WRITE_DOCS=1 it is written there instead.
/// </summary>
internal static partial class FormatTables
{
    /// <summary>Rows for the records that <paramref name="root"/> is made of.</summary>
    /// <param name="root">Type of the file.</param>
    /// <param name="options">How the file is read and written.</param>
    /// <param name="examples">Documents in which every key occurs at least once.</param>
    public static IReadOnlyList<FormatKey> Keys(Type root, JsonSerializerOptions options, params IReadOnlyList<JsonNode> examples)
    {
        JsonSerializerOptions contract = new(options);
        contract.MakeReadOnly(populateMissingResolver: true);
        List<FormatKey> keys = [];
        Walk(contract.GetTypeInfo(root), "", examples, contract, keys);
        return keys;
    }

    /// <summary>The section of docs/formats.md with this name holds exactly the table of these keys.</summary>
    public static void ShouldBeDocumented(string section, IReadOnlyList<FormatKey> keys)
    {
        string file = Path.Combine(RepositoryRoot(), "docs", "formats.md");
        string text = File.ReadAllText(file);
        string begin = $"<!-- keys: {section} -->\n";
        int start = text.IndexOf(begin, StringComparison.Ordinal);
        int end = start < 0 ? -1 : text.IndexOf("<!-- end -->", start, StringComparison.Ordinal);
        Assert.True(end > start && start >= 0, $"docs/formats.md has no section '{section}' between '<!-- keys: {section} -->' and '<!-- end -->'.");
        start += begin.Length;

        string table = Table(keys);
        if (Environment.GetEnvironmentVariable("GRADIENTDYNAMICS_WRITE_DOCS") == "1")
        {
            File.WriteAllText(file, text[..start] + table + text[end..]);
            return;
        }

        WithoutExamples(text[start..end]).ShouldBe(WithoutExamples(table), $"docs/formats.md, section '{section}', is not what the code says; GRADIENTDYNAMICS_WRITE_DOCS=1 writes it anew.");
    }

    // Times and figures in examples are those of one run; that every key has an example was checked when the keys were collected.
    private static string WithoutExamples(string table) =>
        string.Join('\n', table.Split('\n').Select(line => line.Split(" | ")).Select(cells => cells.Length == 4 ? string.Join(" | ", cells[0], cells[1], cells[3]) : string.Join(" | ", cells)));

    private static string Table(IReadOnlyList<FormatKey> keys)
    {
        StringBuilder table = new("| key | type | example | meaning |\n| --- | --- | --- | --- |\n");
        foreach (FormatKey key in keys)
        {
            table.Append($"| `{key.Path}` | {Escape(key.Type)} | `{Escape(key.Example)}` | {Escape(key.Meaning)} |\n");
        }

        return table.ToString();
    }

    private static string Escape(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);

    private static void Walk(JsonTypeInfo type, string path, IReadOnlyList<JsonNode> values, JsonSerializerOptions options, List<FormatKey> keys)
    {
        if (type.PolymorphismOptions is { } family)
        {
            string[] kinds = [.. family.DerivedTypes.Select(derived => (string)derived.TypeDiscriminator!)];
            keys.Add(new($"{path}kind", $"one of {string.Join(", ", kinds)}", Example(values, "kind", $"{path}kind"), "Chooses which of the following keys there are."));
            foreach (JsonDerivedType derived in family.DerivedTypes)
            {
                string kind = (string)derived.TypeDiscriminator!;
                IReadOnlyList<JsonNode> ofKind = [.. values.Where(value => (string?)value["kind"] == kind)];
                Assert.True(ofKind.Count > 0, $"No example shows {path}kind = {kind}.");
                Walk(options.GetTypeInfo(derived.DerivedType), $"{(path.Length == 0 ? "" : path[..^1])}({kind}).", ofKind, options, keys);
            }

            return;
        }

        foreach (JsonPropertyInfo property in type.Properties.Where(property => property.Get is not null && property.AttributeProvider is PropertyInfo))
        {
            PropertyInfo member = (PropertyInfo)property.AttributeProvider!;
            string key = path + property.Name;
            (JsonTypeInfo? inner, string suffix) = Inner(property.PropertyType, options);
            bool nullable = new NullabilityInfoContext().Create(member).ReadState == NullabilityState.Nullable;
            string typeName = TypeName(property.PropertyType, options) + (nullable ? " or null" : "") + (property.IsRequired ? ", required" : "");
            keys.Add(new(key, typeName, Example(values, property.Name, key), Meaning(member)));
            if (inner is not null)
            {
                IReadOnlyList<JsonNode> below = [.. values.Select(value => value[property.Name]).OfType<JsonNode>().SelectMany(value => suffix switch
                {
                    "[]" => value is JsonArray list ? list.OfType<JsonNode>() : [],
                    "{}" => value is JsonObject map ? map.Select(entry => entry.Value).OfType<JsonNode>() : [],
                    _ => [value],
                })];
                Assert.True(below.Count > 0, $"No example shows what {key} holds.");
                Walk(inner, $"{key}{(suffix == "{}" ? ".*" : suffix)}.", below, options, keys);
            }
        }
    }

    // The record inside a property's type: itself, the elements of a list ("[]") or the values of a map ("{}"); null where there is none.
    private static (JsonTypeInfo? Type, string Suffix) Inner(Type type, JsonSerializerOptions options)
    {
        JsonTypeInfo info = options.GetTypeInfo(Nullable.GetUnderlyingType(type) ?? type);
        switch (info.Kind)
        {
            case JsonTypeInfoKind.Object:
                return (info, "");
            case JsonTypeInfoKind.Enumerable:
                (JsonTypeInfo? element, _) = Inner(ElementType(info.Type), options);
                return (element, "[]");
            case JsonTypeInfoKind.Dictionary:
                (JsonTypeInfo? value, _) = Inner(ElementType(info.Type).GetGenericArguments()[1], options);
                return (value, "{}");
            default:
                return (null, "");
        }
    }

    private static Type ElementType(Type type) => type.GetElementType()
        ?? type.GetInterfaces().Append(type).First(candidate => candidate.IsGenericType && candidate.GetGenericTypeDefinition() == typeof(IEnumerable<>)).GetGenericArguments()[0];

    private static string TypeName(Type type, JsonSerializerOptions options)
    {
        Type bare = Nullable.GetUnderlyingType(type) ?? type;
        if (bare.IsEnum)
        {
            return $"one of {string.Join(", ", Enum.GetValues(bare).Cast<object>().Select(value => JsonSerializer.Serialize(value, bare, options).Trim('"')))}";
        }

        return options.GetTypeInfo(bare).Kind switch
        {
            JsonTypeInfoKind.Object => "object",
            JsonTypeInfoKind.Enumerable => $"list of {TypeName(ElementType(bare), options)}",
            JsonTypeInfoKind.Dictionary => "object by name",
            _ => bare == typeof(bool) ? "true or false"
                : bare == typeof(string) || bare == typeof(Uri) || bare == typeof(DateTimeOffset) ? "text"
                : bare == typeof(int) || bare == typeof(long) || bare == typeof(ulong) ? "whole number"
                : bare == typeof(double) || bare == typeof(float) ? "number"
                : bare == typeof(JsonElement) ? "any value"
                : bare.Name,
        };
    }

    private static string Example(IReadOnlyList<JsonNode> values, string name, string key)
    {
        JsonNode[] having = [.. values.Where(value => value is JsonObject found && found.ContainsKey(name))];
        Assert.True(having.Length > 0, $"No example shows the key {key}.");
        JsonNode? value = having.Select(found => found[name]).FirstOrDefault(found => found is not null);
        return value switch
        {
            null => "null",
            JsonArray { Count: 0 } => "[]",
            JsonArray list when list[0] is JsonObject => "[…]",
            JsonArray list when list.Count > 4 => $"[{string.Join(", ", list.Take(3).Select(item => item?.ToJsonString() ?? "null"))}, …]",
            JsonObject => "{…}",
            _ => Shortened(value.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping })),
        };
    }

    private static string Shortened(string json) => json.Length <= 60 ? json : json[..56] + "…\"";

    /// <summary>The text of a property's doc comment.</summary>
    public static string Meaning(PropertyInfo member)
    {
        string file = Path.ChangeExtension(member.DeclaringType!.Assembly.Location, ".xml");
        XElement members = XDocument.Load(file).Root!.Element("members")!;
        string typeName = (member.DeclaringType.IsGenericType ? member.DeclaringType.GetGenericTypeDefinition() : member.DeclaringType).FullName!.Replace('+', '.');
        XElement? described = members.Elements().FirstOrDefault(element => (string?)element.Attribute("name") == $"P:{typeName}.{member.Name}")?.Element("summary")
            ?? members.Elements().FirstOrDefault(element => (string?)element.Attribute("name") == $"T:{typeName}")?.Elements("param").FirstOrDefault(param => (string?)param.Attribute("name") == member.Name);
        Assert.True(described is not null, $"{typeName}.{member.Name} has no doc comment.");
        return Whitespace().Replace(string.Concat(described.Nodes().Select(Plain)), " ").Trim();
    }

    private static string Plain(XNode node) => node switch
    {
        XText text => text.Value,
        XElement { Name.LocalName: "see" or "paramref" } reference => ((string?)reference.Attribute("cref") ?? (string?)reference.Attribute("name") ?? (string?)reference.Attribute("href") ?? (string?)reference.Attribute("langword") ?? "").Split('.')[^1],
        XElement { Name.LocalName: "c" } code => $"`{code.Value}`",
        XElement element => string.Concat(element.Nodes().Select(Plain)),
        _ => "",
    };

    private static string RepositoryRoot()
    {
        DirectoryInfo folder = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "GradientDynamics.Onnx.sln")))
        {
            folder = folder.Parent ?? throw new DirectoryNotFoundException("The tests do not run inside the repository.");
        }

        return folder.FullName;
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Whitespace();
}
