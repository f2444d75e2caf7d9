using System.Text.Json;

namespace GradientDynamics.CommandLine;

/// <summary>What a JSON exception says, without the path and position that this reader states itself.</summary>
internal static class JsonMessage
{
    public static string Of(JsonException exception)
    {
        string message = exception.Message;
        foreach (string tail in (string[])[" Path: ", " LineNumber: ", " The type or member"])
        {
            int cut = message.IndexOf(tail, StringComparison.Ordinal);
            message = cut < 0 ? message : message[..cut];
        }

        return message.Trim();
    }
}
