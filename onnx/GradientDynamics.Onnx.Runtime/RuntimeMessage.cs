using System.Text.RegularExpressions;
using Microsoft.ML.OnnxRuntime;

namespace GradientDynamics.Onnx.Runtime;

/// <summary>ONNX Runtime's error messages in one line, without source files, function signatures and the path that the caller already named.</summary>
internal static partial class RuntimeMessage
{
    /// <summary>The reason in one line.</summary>
    public static string Shorten(OnnxRuntimeException exception)
    {
        string message = Whitespace().Replace(exception.Message, " ").Trim();
        if (NewerOpset().Match(message) is { Success: true } newer)
        {
            return $"operator set {newer.Groups["opset"]} of {newer.Groups["domain"]} is not known; the newest that is known is {newer.Groups["known"]}";
        }

        if (UnknownOperator().Match(message) is { Success: true } unknown)
        {
            return $"node '{unknown.Groups["node"]}': operator {unknown.Groups["operator"]} is not known in operator set {unknown.Groups["opset"]}";
        }

        if (message.Contains("protobuf parsing failed", StringComparison.OrdinalIgnoreCase) || message.Contains("No graph was found", StringComparison.Ordinal))
        {
            return "this is no ONNX model, or it is cut off";
        }

        message = ErrorCode().Replace(message, "");
        message = LoadModel().Replace(message, "");
        message = SourceLocation().Replace(message, "");
        return FailedNode().Replace(message, "node '${node}' (${operator}): ");
    }

    /// <summary>Whether the message blames the inputs.</summary>
    public static bool BlamesInput(OnnxRuntimeException exception) => exception.Message.StartsWith("[ErrorCode:InvalidArgument]", StringComparison.Ordinal);

    [GeneratedRegex(@"Opset (?<opset>\d+) is under development.*support for domain (?<domain>\S+) is till opset (?<known>\d+)")]
    private static partial Regex NewerOpset();

    [GeneratedRegex("In Node, \\(\"(?<node>[^\"]*)\", (?<operator>[^,]+), .*No Op registered for .* with domain_version of (?<opset>\\d+)")]
    private static partial Regex UnknownOperator();

    [GeneratedRegex(@"^\[ErrorCode:\w+\]\s*")]
    private static partial Regex ErrorCode();

    [GeneratedRegex(@"^Load model from .*? failed:\s*")]
    private static partial Regex LoadModel();

    [GeneratedRegex("^Non-zero status code returned while running (?<operator>\\S+) node\\. Name:'(?<node>[^']*)' Status Message: ")]
    private static partial Regex FailedNode();

    // "/build/path/file.cc:123 return-type function(arguments) condition was false. " in front of what is wrong.
    [GeneratedRegex(@"(?:\b[A-Za-z]:)?[/\\][\w/\\.\-]+\.(?:cc|h|cpp):\d+ .*?(?:\bwas false\. |\) (?=[A-Z\[(]))")]
    private static partial Regex SourceLocation();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Whitespace();
}
