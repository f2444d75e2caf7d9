using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Opsets;

/// <summary>Softmax, LogSoftmax and Hardmax up to opset 12: the input is a matrix whose rows are the dimensions before axis (default 1), and the rows are normalized.</summary>
internal static class FlattenedSoftmax
{
    public static void Rewrite(OldNode old)
    {
        long axis = old.Node.Attributes.Int("axis", 1);
        if (old.Shape(0) is { } shape)
        {
            long front = axis < 0 ? axis + shape.Rank : axis;
            if (front < 0 || front >= shape.Rank)
            {
                throw old.Refuse($"axis is {axis}; the input is {shape}");
            }

            // Nothing but single entries behind the axis: it is the axis alone that is normalized.
            if (shape.Skip((int)front + 1).All(size => size.Value == 1))
            {
                old.Become(old.Node.Attributes.With("axis", front));
                return;
            }
        }

        string matrix = old.Add("Flatten", "matrix", NodeAttributes.None.With("axis", axis), old.Input(0));
        string normalized = old.Add(old.Node.Operator, "rows", NodeAttributes.None.With("axis", -1), matrix);
        string sizes = old.Add("Shape", "shape", NodeAttributes.None, old.Input(0));
        old.Become(NodeAttributes.None, [normalized, sizes], "Reshape");
    }
}
