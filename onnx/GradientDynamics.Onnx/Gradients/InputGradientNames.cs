namespace GradientDynamics.Onnx.Gradients;

/// <summary>Names of what a companion graph adds to its model, and of the input that it differentiates.</summary>
/// <param name="Labels">Input INT64 [batch]: the true classes.</param>
/// <param name="Targets">Input INT64 [batch]: the classes that the attack wants, -1 where it wants any other than the label.</param>
/// <param name="LossKind">Input INT64 [batch]: the loss of each example, an <see cref="AttackLoss"/>.</param>
/// <param name="Logits">Output: the logits as the model gives them.</param>
/// <param name="Loss">Output [batch]: the loss of each example.</param>
/// <param name="InputGradient">Output: the gradient of the sum of the losses, in the input's shape.</param>
/// <param name="Input">The model's input that is differentiated.</param>
public sealed record InputGradientNames(string Labels, string Targets, string LossKind, string Logits, string Loss, string InputGradient, string Input);
