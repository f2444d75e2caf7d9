using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Gradients;

/// <summary>A value in a formula: operators and functions add nodes to the graph, numbers are constants of the value's element type.</summary>
internal readonly record struct Term(GradientGraph Graph, ElementType Element, string Name)
{
    public static Term operator +(Term a, Term b) => a.With("Add", b);

    public static Term operator +(Term a, double b) => a + a.Number(b);

    public static Term operator -(Term a, Term b) => a.With("Sub", b);

    public static Term operator -(Term a, double b) => a - a.Number(b);

    public static Term operator -(double a, Term b) => b.Number(a) - b;

    public static Term operator -(Term a) => a.Of("Neg");

    public static Term operator *(Term a, Term b) => a.With("Mul", b);

    public static Term operator *(Term a, double b) => a * a.Number(b);

    public static Term operator /(Term a, Term b) => a.With("Div", b);

    public static Term operator /(Term a, double b) => a / a.Number(b);

    public static Term operator /(double a, Term b) => b.Number(a) / b;

    // Conditions are truth values in the graph.
    public static Term operator >(Term a, double b) => a.With("Greater", a.Number(b));

    public static Term operator <(Term a, double b) => a.With("Less", a.Number(b));

    /// <summary>Whether the value is the number.</summary>
    public Term Is(double number) => With("Equal", Number(number));

    /// <summary>A function of one operand.</summary>
    public Term Of(string @operator) => this with { Name = Graph.Add(@operator, Name) };

    /// <summary>A function of two operands.</summary>
    public Term With(string @operator, Term other) => this with { Name = Graph.Add(@operator, Name, other.Name) };

    /// <summary>A number of the value's element type.</summary>
    public Term Number(double value) => this with { Name = Graph.Scalar(Element, value) };

    /// <summary>One of two values by this condition.</summary>
    public Term Choose(Term whenTrue, Term whenFalse) => this with { Name = Graph.Add("Where", Name, whenTrue.Name, whenFalse.Name) };

    /// <summary>The sum over axes, which stay with size 1.</summary>
    public Term Sum(params ReadOnlySpan<long> axes) => axes.IsEmpty ? this : this with { Name = Graph.ReduceSum(Name, axes) };
}
