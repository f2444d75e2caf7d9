using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Opsets;

/// <summary>Dropout, which since opset 7 does nothing unless it is told to train: up to opset 9 its mask was of the data's type, up to 11 its ratio an attribute.</summary>
internal static class DropoutForms
{
    public static void Mask(OldNode old)
    {
        if (old.Node.Output(1) is not { } mask)
        {
            return;
        }

        string truth = old.Fresh("mask");
        old.Become(old.Node.Attributes, outputs: [old.Node.Output(0) ?? "", truth]);
        old.Put("Cast", NodeAttributes.None.With("to", (long)old.Element(0)), [truth], mask);
    }

    public static void Ratio(OldNode old)
    {
        string ratio = old.Node.Attributes.Has("ratio") ? old.AddConstant("ratio", ConstantTensor.Scalar(old.Node.Attributes.Float("ratio", 0))) : "";
        old.Become(old.Node.Attributes.Without("ratio"), [old.Input(0), ratio]);
    }
}
