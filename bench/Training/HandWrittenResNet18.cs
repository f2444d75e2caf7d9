using GradientDynamics.Onnx.Graph;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace GradientDynamics.Bench.Training;

/// <summary>ResNet-18 with the stem for small images as a user of TorchSharp writes it, with the weights of a graph.</summary>
internal sealed class HandWrittenResNet18 : nn.Module<Tensor, Tensor>
{
    private const int StemChannels = 64;

    private readonly Conv2d _stem = nn.Conv2d(3, StemChannels, 3, padding: 1, bias: false);
    private readonly BatchNorm2d _stemNorm = nn.BatchNorm2d(StemChannels);
    private readonly ModuleList<Block> _blocks = [];
    private readonly AdaptiveAvgPool2d _pool = nn.AdaptiveAvgPool2d(1);
    private readonly Linear _last;

    public HandWrittenResNet18(OnnxGraph graph, int width, int logitCount)
        : base("resnet18")
    {
        int channels = StemChannels;
        for (int stage = 0; stage < 4; stage++)
        {
            for (int block = 0; block < 2; block++)
            {
                _blocks.Add(new Block(channels, width << stage, stage > 0 && block == 0 ? 2 : 1));
                channels = width << stage;
            }
        }

        _last = nn.Linear(channels, logitCount);
        RegisterComponents();
        GraphWeights.CopyTo(
            [.. InGraphOrder()],
            [.. graph.Initializers.Where(pair => !pair.Key.Contains("running_", StringComparison.Ordinal)).Select(pair => pair.Value)]);
    }

    /// <summary>The parameters in the order in which the graph draws them.</summary>
    public IEnumerable<Parameter> InGraphOrder() =>
    [
        _stem.weight!, _stemNorm.weight!, _stemNorm.bias!,
        .. _blocks.SelectMany(block => block.InGraphOrder()),
        _last.weight!, _last.bias!,
    ];

    public override Tensor forward(Tensor input)
    {
        using Tensor stem = _stem.forward(input);
        using Tensor normalized = _stemNorm.forward(stem);
        Tensor features = nn.functional.relu(normalized);
        foreach (Block block in _blocks)
        {
            Tensor next = block.forward(features);
            features.Dispose();
            features = next;
        }

        using Tensor pooled = _pool.forward(features);
        features.Dispose();
        using Tensor flat = pooled.flatten(1);
        return _last.forward(flat);
    }

    private sealed class Block : nn.Module<Tensor, Tensor>
    {
        private readonly Conv2d _first;
        private readonly BatchNorm2d _firstNorm;
        private readonly Conv2d _second;
        private readonly BatchNorm2d _secondNorm;
        private readonly Conv2d? _skip;
        private readonly BatchNorm2d? _skipNorm;

        public Block(int channelsIn, int channels, int stride)
            : base("block")
        {
            _first = nn.Conv2d(channelsIn, channels, 3, stride: stride, padding: 1, bias: false);
            _firstNorm = nn.BatchNorm2d(channels);
            _second = nn.Conv2d(channels, channels, 3, padding: 1, bias: false);
            _secondNorm = nn.BatchNorm2d(channels);
            if (stride != 1 || channelsIn != channels)
            {
                _skip = nn.Conv2d(channelsIn, channels, 1, stride: stride, bias: false);
                _skipNorm = nn.BatchNorm2d(channels);
            }

            RegisterComponents();
        }

        public IEnumerable<Parameter> InGraphOrder() =>
        [
            _first.weight!, _firstNorm.weight!, _firstNorm.bias!, _second.weight!, _secondNorm.weight!, _secondNorm.bias!,
            .. _skip is null ? (Parameter[])[] : [_skip.weight!, _skipNorm!.weight!, _skipNorm.bias!],
        ];

        public override Tensor forward(Tensor input)
        {
            using Tensor first = _first.forward(input);
            using Tensor firstNormalized = _firstNorm.forward(first);
            using Tensor active = nn.functional.relu(firstNormalized);
            using Tensor second = _second.forward(active);
            using Tensor secondNormalized = _secondNorm.forward(second);
            if (_skip is null)
            {
                using Tensor sum = secondNormalized + input;
                return nn.functional.relu(sum);
            }

            using Tensor skip = _skip.forward(input);
            using Tensor skipNormalized = _skipNorm!.forward(skip);
            using Tensor joined = secondNormalized + skipNormalized;
            return nn.functional.relu(joined);
        }
    }
}
