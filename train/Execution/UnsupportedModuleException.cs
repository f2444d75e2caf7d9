namespace GradientDynamics.Train.Execution;

/// <summary>A TorchSharp module cannot be converted to a graph: there is no rule for its type, or none for one of its settings.</summary>
/// <param name="message">What cannot be converted, by name and type, and what is accepted.</param>
public sealed class UnsupportedModuleException(string message) : NotSupportedException(message);
