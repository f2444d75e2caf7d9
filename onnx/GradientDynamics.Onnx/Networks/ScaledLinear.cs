using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Onnx.Networks;

/// <summary>
/// A linear classifier without bias over inputs that are first multiplied by γ, one number for each run of inputs: the larger γ, the faster a feature is learned. Weights begin as
/// <see cref="InitialFactor"/> / γ times what <see cref="NetworkOptions.Initialization"/> draws.
/// </summary>
/// <remarks>Idrissi et al., "Simple data balancing achieves competitive worst-group-accuracy", 2022, section 8.4 of the dissertation, and their code for figure 1, https://arxiv.org/abs/2110.14503.</remarks>
public sealed record ScaledLinearOptions : LayeredNetworkOptions
{
    /// <summary>The runs of inputs with one γ each, first to last; together as many as the input has elements.</summary>
    public required IReadOnlyList<InputScale> Scales
    {
        get;
        init => field = value.Count == 0 || value.Any(scale => scale is null) ? throw new ArgumentException("One run of inputs and more is accepted.", nameof(Scales)) : [.. value];
    }

    /// <summary>Factor of the initial weights, before they are divided by γ. Default 0.01.</summary>
    public double InitialFactor
    {
        get;
        init => field = double.IsFinite(value) && value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(InitialFactor), value, "a finite number from 0 is accepted");
    }

    = 0.01;

    /// <summary>Equal where every setting is.</summary>
    public bool Equals(ScaledLinearOptions? other) => base.Equals(other) && Scales.SequenceEqual(other.Scales) && InitialFactor == other.InitialFactor;

    /// <inheritdoc/>
    public override int GetHashCode() => Scales.Aggregate(HashCode.Combine(base.GetHashCode(), InitialFactor), HashCode.Combine);

    private protected override OnnxGraph Build(InputSpec input, int logitCount, Random random, Action<string> say)
    {
        OnnxGraph graph = base.Build(input, logitCount, random, say);
        string name = $"{LogitsName}.weight";
        ConstantTensor drawn = graph.Initializers[name];
        double[] factors = [.. Numbers().Select(scale => InitialFactor / scale)];
        double[] numbers = drawn.Element == ElementType.Float ? [.. drawn.AsSpan<float>().ToArray().Select(value => (double)value)] : drawn.AsSpan<double>().ToArray();
        int next = 0;
        return graph.WithInitializers(new Dictionary<string, ConstantTensor>
        {
            [name] = ParameterInitializer.Fill(drawn.Element, [.. drawn.Sizes], () => numbers[next] * factors[next++ % factors.Length]),
        });
    }

    private protected override Value Logits(GraphBuilder graph, Value x, int logitCount)
    {
        Value flat = graph.Flatten(x, name: "flatten");
        double[] scales = [.. Numbers()];
        if (flat.Shape[1].Value != scales.Length)
        {
            throw new InvalidModelException($"The network's input is {x.Type} and its scales are for {scales.Length} elements; accepted are scales for every element.");
        }

        int next = 0;
        Value scale = graph.Constant(ParameterInitializer.Fill(flat.Type.Element, [scales.Length], () => scales[next++]), "scale");
        return graph.Gemm(graph.Mul(flat, scale, "scaled"), logitCount, LogitsName, bias: false);
    }

    private IEnumerable<double> Numbers() => Scales.SelectMany(scale => Enumerable.Repeat(scale.Scale, scale.Count));
}

/// <summary>A run of inputs that are multiplied by the same number.</summary>
public sealed record InputScale
{
    /// <summary>Number of inputs.</summary>
    public required int Count { get; init => field = SettingGuards.AtLeast(1, value, nameof(Count)); }

    /// <summary>What they are multiplied by: γ.</summary>
    public required double Scale
    {
        get;
        init => field = double.IsFinite(value) && value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(Scale), value, "a positive finite number is accepted");
    }
}
