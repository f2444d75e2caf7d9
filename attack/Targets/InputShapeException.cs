namespace GradientDynamics.Attack.Targets;

/// <summary>Inputs and a model do not fit together; the message is the one line that names both.</summary>
public sealed class InputShapeException(string message) : IOException(message);
