using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Train.Tests.Execution;

/// <summary>One operator on one input with one set of attributes. The first value that <see cref="Build"/> gives depends differentiably on the input.</summary>
internal sealed record OperatorCase(string Operator, string Name, long[] InputShape, Func<CaseBuilder, Value, IReadOnlyList<Value>> Build)
{
    /// <summary>Number of examples in a batch: one of each loss, without and with a target.</summary>
    public const int BatchSize = 6;

    /// <summary>Number of logits behind the operator: the smallest for which every loss exists.</summary>
    public const int LogitCount = 4;

    /// <summary>Whether the batch stays the first dimension. Otherwise the operator sees a batch of fixed size.</summary>
    public bool KeepsBatch { get; init; } = true;

    /// <summary>Whether the input has positive numbers only.</summary>
    public bool Positive { get; init; }

    /// <summary>Whether input elements are from few numbers, so that many are equal; finite differences do not exist at ties.</summary>
    public bool Ties { get; init; }

    /// <summary>Whether the gradient is, by choice, not the derivative: finite differences give 0 there.</summary>
    public bool StraightThrough { get; init; }

    /// <summary>Whether the rule has numbers that the graph's single precision rounds, so that the graph in double precision differs by as much.</summary>
    public bool RoundedNumbers { get; init; }

    /// <summary>Opset of the graph.</summary>
    public int Opset { get; init; } = OnnxGraph.WrittenOpset;

    /// <summary>What the gradient graph says where it has no rule; null where it has one.</summary>
    public string? NoGradientRule { get; init; }

    /// <summary>The graph from "input" to "logits", and the operator's own outputs behind them where they are asked for.</summary>
    public OnnxGraph Graph(bool withOutputs)
    {
        CaseBuilder builder = new(new Random(Seed), Opset);
        long[] sizes = [BatchSize, .. InputShape];
        Value input = builder.Graph.Input("input", ElementType.Float, KeepsBatch ? new([Dimension.Named("batch"), .. InputShape.Select(Dimension.Fixed)]) : TensorShape.Of(sizes));
        IReadOnlyList<Value> outputs = Build(builder, input);
        Value features = KeepsBatch ? builder.Graph.Flatten(outputs[0], 1, "features") : builder.Graph.Reshape(outputs[0], [BatchSize, -1], "features");
        Value logits = builder.Graph.Gemm(features, LogitCount, "logits");
        return withOutputs ? builder.Graph.Build([logits, .. outputs.Where(output => output.Name != "input").DistinctBy(output => output.Name)]) : builder.Graph.Build(logits);
    }

    /// <summary>An input: without ties distinct numbers on both sides of 0, none closer to another or to 0 than a step of finite differences by far.</summary>
    public float[] Input()
    {
        Random random = new(Seed);
        int count = checked((int)InputShape.Aggregate((long)BatchSize, (product, size) => product * size));
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++)
        {
            numbers[i] = Ties ? random.Next(-1, 2) * 0.5f : (i + 0.5f) / count * 4f - (Positive ? -0.2f : 2f);
        }

        random.Shuffle(numbers);
        return numbers;
    }

    public override string ToString() => $"{Operator}: {Name}";

    // Stable over processes, and different from case to case.
    private int Seed => $"{Operator}: {Name}".Aggregate(17, (hash, letter) => unchecked((hash * 31) + letter)) & int.MaxValue;
}

/// <summary>A graph builder with random operands.</summary>
internal sealed class CaseBuilder(Random random, int opset = OnnxGraph.WrittenOpset)
{
    public GraphBuilder Graph { get; } = new(new Random(random.Next()), opset: opset);

    /// <summary>A constant of numbers between -1 and 1.</summary>
    public Value Numbers(params long[] sizes) => Graph.Constant(Tensor(-1, 1, sizes));

    /// <summary>A constant of numbers between 0.5 and 1.5.</summary>
    public Value Positives(params long[] sizes) => Graph.Constant(Tensor(0.5, 1.5, sizes));

    /// <summary>An initializer of numbers between -1 and 1.</summary>
    public Value Weights(string name, params long[] sizes) => Graph.Parameter(name, Tensor(-1, 1, sizes));

    /// <summary>An initializer of numbers between 0.5 and 1.5.</summary>
    public Value Scales(string name, params long[] sizes) => Graph.Parameter(name, Tensor(0.5, 1.5, sizes));

    /// <summary>A constant number.</summary>
    public Value Number(float number) => Graph.Constant(ConstantTensor.Scalar(number));

    /// <summary>A constant vector of integers.</summary>
    public Value Integers(params long[] integers) => Graph.Constant(ConstantTensor.Vector(integers));

    /// <summary>A constant tensor of integers.</summary>
    public Value IntegersOf(long[] sizes, params long[] integers) => Graph.Constant(ConstantTensor.Of<long>(integers, sizes));

    /// <summary>A constant integer without dimensions.</summary>
    public Value Integer(long integer) => Graph.Constant(ConstantTensor.Scalar(integer));

    /// <summary>A node.</summary>
    public Value Add(string @operator, NodeAttributes? attributes, params Value?[] inputs) => Graph.Add(@operator, inputs, attributes);

    /// <summary>A node without attributes.</summary>
    public Value Add(string @operator, params Value?[] inputs) => Graph.Add(@operator, inputs);

    /// <summary>A value as single-precision numbers.</summary>
    public Value AsFloat(Value value) => Graph.Add("Cast", [value], NodeAttributes.None.With("to", (long)ElementType.Float));

    private ConstantTensor Tensor(double least, double most, long[] sizes)
    {
        float[] numbers = new float[sizes.Aggregate(1L, (product, size) => product * size)];
        for (int i = 0; i < numbers.Length; i++)
        {
            numbers[i] = (float)(least + ((most - least) * random.NextDouble()));
        }

        return ConstantTensor.Of<float>(numbers, sizes);
    }
}
