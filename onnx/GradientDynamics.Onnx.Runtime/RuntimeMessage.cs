using System.Text.RegularExpressions;
using Microsoft.ML.OnnxRuntime;

namespace GradientDynamics.Onnx.Runtime;

/// <summary>ONNX Runtime's error messages without source files, function signatures, line breaks and the path that the caller already named.</summary>
internal static partial class RuntimeMessage
{
    /// <summary>The reason in one line.</summary>
    public static string Shorten(OnnxRuntimeException exception, string? path = null)
    {
        string message = exception.Message;
        message = ErrorCode().Replace(message, "");
        message = SourceLocation().Replace(message, "");
        if (path is not null)
        {
            message = message.Replace($"Load model from {path} failed:", "", StringComparison.Ordinal);
        }

        message = LoadModel().Replace(message, "");
        return Whitespace().Replace(message, " ").Trim();
    }

    /// <summary>Whether the message blames the inputs.</summary>
    public static bool BlamesInput(OnnxRuntimeException exception) => exception.Message.StartsWith("[ErrorCode:InvalidArgument]", StringComparison.Ordinal);

    [GeneratedRegex(@"^\[ErrorCode:\w+\]\s*")]
    private static partial Regex ErrorCode();

    // "/build/path/file.cc:123 return-type function(arguments) condition was false. " in front of what is wrong.
    [GeneratedRegex(@"(?:[A-Za-z]:)?[/\\][\w/\\.\-]+\.(?:cc|h|cpp):\d+\s+[^\n]*?(?:\bwas false\.\s*|\)\s*(?=[A-Z\[(]))")]
    private static partial Regex SourceLocation();

    [GeneratedRegex(@"^Load model from .*? failed:\s*")]
    private static partial Regex LoadModel();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Whitespace();
}
