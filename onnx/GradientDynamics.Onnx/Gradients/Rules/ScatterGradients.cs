using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;

namespace GradientDynamics.Onnx.Gradients.Rules;

/// <summary>
/// Y = X with updates U put at, or combined with what stands at, positions that indices name. None: dX = dY, 0 where an element was
/// replaced, and dU = dY at the positions. Add: dX = dY, dU = dY there. Mul: each factor's gradient is dY times the product of the others.
/// Max and min: dY is shared equally by all that equal Y.
/// </summary>
internal static class ScatterGradients
{
    /// <summary>ScatterElements.</summary>
    public static void EmitAlongAxis(GradientContext node)
    {
        NodeAttributes axis = NodeAttributes.None.With("axis", ScatterElementsAttributes.Of(node.Node).Axis);
        new Scatter(node, "ScatterElements", "GatherElements", axis).Emit(ScatterElementsAttributes.Of(node.Node).Reduction);
    }

    /// <summary>ScatterND.</summary>
    public static void EmitAtPositions(GradientContext node) => new Scatter(node, "ScatterND", "GatherND", NodeAttributes.None).Emit(ScatterNDAttributes.Of(node.Node).Reduction);

    private sealed class Scatter(GradientContext node, string put, string take, NodeAttributes attributes)
    {
        private GradientGraph Graph => node.Graph;

        public void Emit(ScatterReduction reduction)
        {
            switch (reduction)
            {
                case ScatterReduction.None:
                    Set(() => Put("none", node.OutputGradient(), Filled(2, 0)), () => Taken(node.OutputGradient()));
                    break;
                case ScatterReduction.Add:
                    Set(() => node.OutputGradient(), () => Taken(node.OutputGradient()));
                    break;
                case ScatterReduction.Mul:
                    Set(() => Graph.Add("Mul", node.OutputGradient(), Put("mul", Filled(0, 1), node.Input(2))), ProductOfTheOthers);
                    break;
                default:
                    string keeps = Mask(Graph.Add("Equal", node.Input(0), node.Output()));
                    string equals = Mask(Graph.Add("Equal", node.Input(2), Taken(node.Output())));
                    string share = Graph.Add("Div", node.OutputGradient(), Put("add", keeps, equals));
                    Set(() => Graph.Add("Mul", keeps, share), () => Graph.Add("Mul", equals, Taken(share)));
                    break;
            }
        }

        // For one factor u of a place: without a 0 among them Y / u; with one 0, the others' product for that one and 0 for the others; with more, 0.
        private string ProductOfTheOthers()
        {
            string zero = Graph.Scalar(node.Element, 0);
            string one = Graph.Scalar(node.Element, 1);
            string isZero = Graph.Add("Equal", node.Input(2), zero);
            string stands = Graph.Add("Equal", node.Input(0), zero);
            string zeros = Taken(Put("add", Mask(stands), Mask(isZero)));
            string withoutZeros = Graph.Add("Where", isZero, one, node.Input(2));
            string product = Taken(Put("mul", Graph.Add("Where", stands, one, node.Input(0)), withoutZeros));
            string alone = Graph.Add("LessOrEqual", zeros, Mask(isZero));
            return Graph.Add("Mul", Taken(node.OutputGradient()), Graph.Add("Where", alone, Graph.Add("Div", product, withoutZeros), zero));
        }

        private void Set(Func<string> data, Func<string> updates)
        {
            if (node.NeedsGradient(0))
            {
                node.SetInputGradient(0, data());
            }

            if (node.NeedsGradient(2))
            {
                node.SetInputGradient(2, updates());
            }
        }

        private string Put(string reduction, string data, string updates) =>
            Graph.Add(put, reduction == "none" ? attributes : attributes.With("reduction", reduction), data, node.Input(1), updates);

        private string Taken(string data) => Graph.Add(take, attributes, data, node.Input(1));

        private string Filled(int like, double number) => Graph.Add("Expand", Graph.Scalar(node.Element, number), Graph.Add("Shape", node.Input(like)));

        private string Mask(string condition) => Graph.Cast(condition, node.Element);
    }
}
