using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Operators;

namespace GradientDynamics.Onnx.Gradients.Rules;

/// <summary>Y = (Σ |X|^p)^(1/p) over windows: dX = sign(X)·|X|^(p − 1)·(sum of dY / Y^(p − 1) over the windows with X); 0 where Y is 0.</summary>
internal static class LpPoolGradient
{
    public static void Emit(GradientContext node)
    {
        PoolAttributes pool = PoolAttributes.Of(node.Node);
        Term gradient = node.OutputGradientTerm();
        Term share = pool.Exponent == 1 ? gradient : gradient / Power(WithoutZero(node.OutputTerm()), pool.Exponent - 1);
        Term spread = share with { Name = AveragePoolGradient.Spread(node, pool, share.Name) };
        Term x = node.InputTerm(0);
        Term magnitude = pool.Exponent switch
        {
            1 => x.Of("Sign"),
            2 => x,
            _ => x.Of("Sign") * Power(x.Of("Abs"), pool.Exponent - 1),
        };
        node.SetInputGradient(0, (magnitude * spread).Name);
    }

    /// <summary>GlobalLpPool, one window: dX = dY·sign(X)·(|X| / Y)^(p − 1).</summary>
    public static void EmitGlobal(GradientContext node)
    {
        long p = PoolAttributes.ExponentOf(node.Node);
        Term x = node.InputTerm(0);
        Term slope = p == 1 ? x.Of("Sign") : x.Of("Sign") * Power(x.Of("Abs") / WithoutZero(node.OutputTerm()), p - 1);
        node.SetInputGradient(0, (node.OutputGradientTerm() * slope).Name);
    }

    private static Term Power(Term value, long exponent) => exponent == 1 ? value : value.With("Pow", value.Number(exponent));

    // Where a norm is 0, so is every element in it, and what it is divided by does not matter.
    private static Term WithoutZero(Term norm) => norm.Is(0).Choose(norm.Number(1), norm);
}

/// <summary>Y = maximum over all spatial dimensions: dY goes to the first element in row-major order that equals Y, as in MaxPool.</summary>
internal static class GlobalMaxPoolGradient
{
    public static void Emit(GradientContext node)
    {
        GradientGraph graph = node.Graph;
        TensorShape? shape = node.InputShapeIfKnown(0);
        string flat = graph.Reshape(node.Input(0), 0, 0, -1);
        string winner = graph.Add("ArgMax", NodeAttributes.None.With("axis", 2), flat);
        string zeros = graph.Add("Expand", graph.Scalar(node.Element, 0), graph.Add("Shape", flat));
        string scattered = graph.Add("ScatterElements", NodeAttributes.None.With("axis", 2), zeros, winner, graph.Reshape(node.OutputGradient(), 0, 0, -1));
        node.SetInputGradient(0, graph.ReshapeLike(scattered, node.Input(0), shape));
    }
}
