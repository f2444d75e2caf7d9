using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Runtime;

/// <summary>An input or output of a model as its file declares it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="ElementType">The type of its elements.</param>
/// <param name="Shape">One size per dimension, -1 where it varies.</param>
/// <param name="SymbolicSizes">The names of the sizes that vary, such as <c>batch</c>; empty where a size is fixed or has no name.</param>
public sealed record TensorInfo(string Name, ElementType ElementType, IReadOnlyList<long> Shape, IReadOnlyList<string> SymbolicSizes);
