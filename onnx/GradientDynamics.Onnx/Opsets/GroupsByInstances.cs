using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Opsets;

/// <summary>
/// GroupNormalization of opsets 18 to 20, whose scale and bias are per group: exactly InstanceNormalization of X [N, groups, everything
/// else], reshaped back. The operator of that form is deprecated; from opset 21 on scale and bias are per channel.
/// </summary>
internal static class GroupsByInstances
{
    public static void Rewrite(OldNode old)
    {
        if (!old.Node.Attributes.Has("num_groups"))
        {
            throw old.Refuse("attribute 'num_groups' is required");
        }

        long count = old.Node.Attributes.Int("num_groups", 0);
        foreach ((string operand, TensorShape? sizes) in new[] { ("scale", old.Shape(1)), ("bias", old.Shape(2)) })
        {
            if (sizes is not null && (sizes.Rank != 1 || (sizes[0].Value is { } entries && entries != count)))
            {
                throw old.Refuse($"its {operand} is {sizes}; [{count}] is accepted before opset 21: one per group");
            }
        }

        string groups = old.AddConstant("groups", ConstantTensor.Vector(0, count, -1));
        string grouped = old.Add("Reshape", "grouped", NodeAttributes.None, old.Input(0), groups);
        string normalized = old.Add("InstanceNormalization", "normalized", old.Node.Attributes.Without("num_groups"), grouped, old.Input(1), old.Input(2));
        string shape = old.Add("Shape", "shape", NodeAttributes.None, old.Input(0));
        old.Become(NodeAttributes.None, [normalized, shape], "Reshape");
    }
}
