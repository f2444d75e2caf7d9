namespace GradientDynamics.Onnx.Runtime;

/// <summary>A model failed while it ran; the message is one line that names it and the reason.</summary>
public sealed class ModelRunException : Exception
{
    internal ModelRunException(string source, string reason, bool inputIsAtFault, Exception? innerException = null)
        : base($"{source}: {reason}", innerException)
    {
        Reason = reason;
        InputIsAtFault = inputIsAtFault;
    }

    /// <summary>The reason alone, without the model.</summary>
    public string Reason { get; }

    /// <summary>Whether the inputs do not fit the model, as opposed to a failure of the model or the runtime.</summary>
    public bool InputIsAtFault { get; }
}
