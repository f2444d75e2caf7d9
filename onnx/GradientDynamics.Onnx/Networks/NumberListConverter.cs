using System.Text.Json;
using System.Text.Json.Serialization;

namespace GradientDynamics.Onnx.Networks;

/// <summary>Reads one number or a list of numbers as a list; writes a list of one as a number.</summary>
internal sealed class NumberListConverter : JsonConverter<IReadOnlyList<double>>
{
    public override IReadOnlyList<double> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Number)
        {
            return [reader.GetDouble()];
        }

        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw new JsonException("A number or a list of numbers is accepted.");
        }

        List<double> numbers = [];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            numbers.Add(reader.TokenType == JsonTokenType.Number ? reader.GetDouble() : throw new JsonException("A number or a list of numbers is accepted."));
        }

        return numbers;
    }

    public override void Write(Utf8JsonWriter writer, IReadOnlyList<double> value, JsonSerializerOptions options)
    {
        if (value.Count == 1)
        {
            writer.WriteNumberValue(value[0]);
            return;
        }

        writer.WriteStartArray();
        foreach (double number in value)
        {
            writer.WriteNumberValue(number);
        }

        writer.WriteEndArray();
    }
}
