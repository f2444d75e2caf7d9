using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Opsets;

/// <summary>Attributes that became inputs: the value moves into a constant.</summary>
internal static class AttributesToInputs
{
    public static void Axes(OldNode old)
    {
        if (old.Node.Attributes.Has("noop_with_empty_axes"))
        {
            throw old.Refuse("attribute 'noop_with_empty_axes' came with the axes as an input");
        }

        // Empty axes were as absent ones are; as an input of a reduction they are too.
        string axes = old.Node.Attributes.Ints("axes") is { Length: 0 } ? "" : old.AddInts("axes");
        old.Become(old.Node.Attributes.Without("axes"), [old.Input(0), axes]);
    }

    public static void Split(OldNode old)
    {
        string split = old.AddInts("split");
        old.Become(old.Node.Attributes.Without("split"), [old.Input(0), split]);
    }

    public static void Slice(OldNode old)
    {
        string starts = Required(old, "starts");
        string ends = Required(old, "ends");
        string axes = old.AddInts("axes");
        old.Become(old.Node.Attributes.Without("starts").Without("ends").Without("axes"), [old.Input(0), starts, ends, axes]);
    }

    public static void TopK(OldNode old)
    {
        if (!old.Node.Attributes.Has("k"))
        {
            throw old.Refuse("attribute 'k' is required");
        }

        string k = old.AddConstant("k", ConstantTensor.Vector(old.Node.Attributes.Int("k", 0)));
        old.Become(old.Node.Attributes.Without("k"), [old.Input(0), k]);
    }

    public static void Clip(OldNode old)
    {
        string Bound(string name) => old.Node.Attributes.Has(name) ? old.AddConstant(name, Number(old, old.Node.Attributes.Float(name, 0))) : "";

        string min = Bound("min");
        string max = Bound("max");
        old.Become(old.Node.Attributes.Without("min").Without("max"), [old.Input(0), min, max]);
    }

    public static void Pad(OldNode old)
    {
        string pads = Required(old, "pads");
        string value = old.Node.Attributes.Has("value") ? old.AddConstant("value", Number(old, old.Node.Attributes.Float("value", 0))) : "";
        old.Become(old.Node.Attributes.Without("pads").Without("value"), [old.Input(0), pads, value]);
    }

    public static void FourierAxis(OldNode old)
    {
        string axis = old.AddConstant("axis", ConstantTensor.Scalar(old.Node.Attributes.Int("axis", 1)));
        old.Become(old.Node.Attributes.Without("axis"), [old.Input(0), old.Input(1), axis]);
    }

    private static string Required(OldNode old, string attribute) => old.AddInts(attribute) is { Length: > 0 } name
        ? name
        : throw old.Refuse($"attribute '{attribute}' is required");

    // A number of the first input's type.
    private static ConstantTensor Number(OldNode old, float value) => old.Element(0) switch
    {
        ElementType.Float => ConstantTensor.Scalar(value),
        ElementType.Double => ConstantTensor.Scalar((double)value),
        ElementType.Float16 => ConstantTensor.Scalar((Half)value),
        ElementType other => throw old.Refuse($"its input is {other}; Float, Float16 and Double are accepted there"),
    };
}
