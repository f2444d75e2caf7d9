using GradientDynamics.Onnx.Graph;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace GradientDynamics.Bench.Training;

/// <summary>BERT with a classifier, without dropout, as a user of TorchSharp writes it, with the weights of a graph.</summary>
internal sealed class HandWrittenBert : nn.Module<Tensor, Tensor, Tensor, Tensor>
{
    private const double VarianceOffset = 1e-12;

    private readonly Embedding _tokens;
    private readonly Embedding _types;
    private readonly Embedding _positions;
    private readonly LayerNorm _norm;
    private readonly ModuleList<Layer> _layers = [];
    private readonly Linear _pooler;
    private readonly Linear _classifier;

    /// <summary>A network of the shape of the graph, which its options describe.</summary>
    public HandWrittenBert(OnnxGraph graph, int layers, int heads)
        : base("bert")
    {
        ConstantTensor Weight(string name) => graph.Initializers[name];
        long width = Weight("bert.pooler.dense.bias").Sizes[0];
        _tokens = nn.Embedding(Weight("bert.embeddings.word_embeddings.weight").Sizes[0], width);
        _types = nn.Embedding(Weight("bert.embeddings.token_type_embeddings.weight").Sizes[0], width);
        _positions = nn.Embedding(Weight("bert.embeddings.position_embeddings.weight").Sizes[0], width);
        _norm = nn.LayerNorm([width], VarianceOffset);
        for (int layer = 0; layer < layers; layer++)
        {
            _layers.Add(new Layer(width, heads, Weight($"bert.encoder.layer.{layer}.intermediate.dense.bias").Sizes[0]));
        }

        _pooler = nn.Linear(width, width);
        _classifier = nn.Linear(width, Weight("classifier.bias").Sizes[0]);
        RegisterComponents();
        GraphWeights.CopyTo([.. InGraphOrder()], [.. graph.Initializers.Values]);
    }

    /// <summary>The parameters in the order in which the graph draws them.</summary>
    public IEnumerable<Parameter> InGraphOrder() =>
    [
        _tokens.weight!, _positions.weight!, _types.weight!, _norm.weight!, _norm.bias!,
        .. _layers.SelectMany(layer => layer.InGraphOrder()),
        _pooler.weight!, _pooler.bias!, _classifier.weight!, _classifier.bias!,
    ];

    public override Tensor forward(Tensor ids, Tensor present, Tensor types)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor positions = _positions.forward(arange(ids.shape[1]));
        Tensor x = _norm.forward(_tokens.forward(ids) + _types.forward(types) + positions);
        Tensor mask = (1 - present.to(ScalarType.Float32)).mul(float.MinValue).unsqueeze(1).unsqueeze(1);
        foreach (Layer layer in _layers)
        {
            x = layer.forward(x, mask);
        }

        return _classifier.forward(_pooler.forward(x.select(1, 0)).tanh()).MoveToOuterDisposeScope();
    }

    private sealed class Layer : nn.Module<Tensor, Tensor, Tensor>
    {
        private readonly int _heads;
        private readonly Linear _query;
        private readonly Linear _key;
        private readonly Linear _value;
        private readonly Linear _attended;
        private readonly LayerNorm _attendedNorm;
        private readonly Linear _hidden;
        private readonly Linear _output;
        private readonly LayerNorm _outputNorm;

        public Layer(long width, int heads, long hidden)
            : base("layer")
        {
            _heads = heads;
            _query = nn.Linear(width, width);
            _key = nn.Linear(width, width);
            _value = nn.Linear(width, width);
            _attended = nn.Linear(width, width);
            _attendedNorm = nn.LayerNorm([width], VarianceOffset);
            _hidden = nn.Linear(width, hidden);
            _output = nn.Linear(hidden, width);
            _outputNorm = nn.LayerNorm([width], VarianceOffset);
            RegisterComponents();
        }

        public IEnumerable<Parameter> InGraphOrder() =>
        [
            _query.weight!, _query.bias!, _key.weight!, _key.bias!, _value.weight!, _value.bias!, _attended.weight!, _attended.bias!, _attendedNorm.weight!, _attendedNorm.bias!,
            _hidden.weight!, _hidden.bias!, _output.weight!, _output.bias!, _outputNorm.weight!, _outputNorm.bias!,
        ];

        public override Tensor forward(Tensor x, Tensor mask)
        {
            (long batch, long positions, long width) = (x.shape[0], x.shape[1], x.shape[2]);
            Tensor Heads(Tensor y) => y.view(batch, positions, _heads, width / _heads).transpose(1, 2);
            Tensor scores = (Heads(_query.forward(x)).matmul(Heads(_key.forward(x)).transpose(2, 3)) / Math.Sqrt(width / _heads)) + mask;
            Tensor context = scores.softmax(-1).matmul(Heads(_value.forward(x))).transpose(1, 2).reshape(batch, positions, width);
            Tensor middle = _attendedNorm.forward(_attended.forward(context) + x);
            return _outputNorm.forward(_output.forward(nn.functional.gelu(_hidden.forward(middle))) + middle);
        }
    }
}
