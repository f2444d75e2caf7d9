namespace GradientDynamics.Train.Execution;

/// <summary>A tensor given to a network is not of the type or shape that the network's input states; the message names both.</summary>
public sealed class InputShapeException : IOException
{
    /// <summary>An error with its one-line message.</summary>
    public InputShapeException(string message)
        : base(message)
    {
    }
}
