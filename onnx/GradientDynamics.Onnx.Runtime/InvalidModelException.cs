namespace GradientDynamics.Onnx.Runtime;

/// <summary>A file or a block of bytes is no model that ONNX Runtime can run; the message is one line that names it and the reason.</summary>
public sealed class InvalidModelException : InvalidDataException
{
    internal InvalidModelException(string source, string reason, Exception? innerException = null)
        : base($"{source}: {reason}", innerException)
    {
        Source = source;
        Reason = reason;
    }

    /// <summary>The reason alone, without the file.</summary>
    public string Reason { get; }
}
