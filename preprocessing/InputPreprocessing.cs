using System.Text.Json.Serialization;

namespace GradientDynamics.Preprocessing;

/// <summary>How a model's input tensors come from the bytes that a client has: the same in training and in service.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(ImagePreprocessing), "image")]
[JsonDerivedType(typeof(TextPreprocessing), "text")]
public abstract record InputPreprocessing;
