namespace GradientDynamics.Onnx.Gradients;

/// <summary>A gradient with respect to a value: <paramref name="Name"/>, times <paramref name="ChannelFactor"/> along axis 1 where there is one.</summary>
/// <param name="Name">The gradient without the factor.</param>
/// <param name="ChannelFactor">A vector [channels] that is not multiplied in yet (<see cref="BatchNormFolding"/>), or null.</param>
internal readonly record struct ValueGradient(string Name, string? ChannelFactor = null);
