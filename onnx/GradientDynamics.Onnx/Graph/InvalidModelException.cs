namespace GradientDynamics.Onnx.Graph;

/// <summary>A file or graph is no model that this library understands; the message is one line that says what is wrong and where.</summary>
public class InvalidModelException : IOException
{
    /// <summary>An error with its message; line breaks, which names in a file may have, are written out.</summary>
    public InvalidModelException(string message)
        : base(OneLine(message))
    {
    }

    /// <summary>An error with its one-line message and cause.</summary>
    public InvalidModelException(string message, Exception innerException)
        : base(OneLine(message), innerException)
    {
    }

    private static string OneLine(string message) => message.ReplaceLineEndings("\\n");
}

/// <summary>An operator is met for which there is no schema, no execution, or no gradient rule.</summary>
public sealed class UnsupportedOperatorException : InvalidModelException
{
    /// <summary>An error with its one-line message, which names the operator and the node.</summary>
    public UnsupportedOperatorException(string message)
        : base(message)
    {
    }
}

/// <summary>A setting of the caller does not fit the model, which is not at fault.</summary>
public sealed class UnfitSettingException : InvalidModelException
{
    /// <summary>An error with its one-line message.</summary>
    /// <param name="setting">The setting as a configuration calls it, such as <c>input</c>.</param>
    /// <param name="message">What is wrong and what is accepted.</param>
    public UnfitSettingException(string setting, string message)
        : base(message)
    {
        Setting = setting;
    }

    /// <summary>The setting as a configuration calls it.</summary>
    public string Setting { get; }
}

/// <summary>A tensor is met of an element type that is not held, or not executed.</summary>
public sealed class UnsupportedElementTypeException : InvalidModelException
{
    /// <summary>An error with its one-line message, which names the element type and what has it.</summary>
    public UnsupportedElementTypeException(string message)
        : base(message)
    {
    }
}
