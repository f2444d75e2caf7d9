using GradientDynamics.Onnx.Graph;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace GradientDynamics.Bench.Training;

/// <summary>Residual networks as a user of TorchSharp writes them, with the weights of a graph.</summary>
internal sealed class HandWrittenResNet : nn.Module<Tensor, Tensor>
{
    private const int StemChannels = 64;

    private readonly Conv2d _stem;
    private readonly BatchNorm2d _stemNorm = nn.BatchNorm2d(StemChannels);
    private readonly MaxPool2d? _stemPool;
    private readonly ModuleList<Block> _blocks = [];
    private readonly AdaptiveAvgPool2d _pool = nn.AdaptiveAvgPool2d(1);
    private readonly Linear _last;

    /// <summary>A network of the shape of the graph, which its options describe.</summary>
    /// <param name="graph">Where the weights come from.</param>
    /// <param name="blocks">Blocks in each stage.</param>
    /// <param name="hasBottlenecks">Whether blocks have a bottleneck.</param>
    /// <param name="isForLargeImages">Whether the stem is ImageNet's.</param>
    /// <param name="width">Width of the first stage.</param>
    /// <param name="logitCount">Number of logits.</param>
    public HandWrittenResNet(OnnxGraph graph, int[] blocks, bool hasBottlenecks, bool isForLargeImages, int width, int logitCount)
        : base("resnet")
    {
        _stem = isForLargeImages ? nn.Conv2d(3, StemChannels, 7, stride: 2, padding: 3, bias: false) : nn.Conv2d(3, StemChannels, 3, padding: 1, bias: false);
        _stemPool = isForLargeImages ? nn.MaxPool2d(3, stride: 2, padding: 1) : null;
        int channels = StemChannels;
        for (int stage = 0; stage < blocks.Length; stage++)
        {
            for (int block = 0; block < blocks[stage]; block++)
            {
                Block next = new(channels, width << stage, stage > 0 && block == 0 ? 2 : 1, hasBottlenecks);
                _blocks.Add(next);
                channels = next.ChannelsOut;
            }
        }

        _last = nn.Linear(channels, logitCount);
        RegisterComponents();
        GraphWeights.CopyTo(
            [.. InGraphOrder()],
            [.. graph.Initializers.Where(pair => !pair.Key.Contains("running_", StringComparison.Ordinal)).Select(pair => pair.Value)]);
    }

    /// <summary>ResNet-18 with the stem for small images.</summary>
    public static HandWrittenResNet ResNet18(OnnxGraph graph, int width, int logitCount) => new(graph, [2, 2, 2, 2], hasBottlenecks: false, isForLargeImages: false, width, logitCount);

    /// <summary>ResNet-50 with ImageNet's stem.</summary>
    public static HandWrittenResNet ResNet50(OnnxGraph graph, int width, int logitCount) => new(graph, [3, 4, 6, 3], hasBottlenecks: true, isForLargeImages: true, width, logitCount);

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
        if (_stemPool is not null)
        {
            using Tensor large = features;
            features = _stemPool.forward(large);
        }

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
        private readonly ModuleList<Conv2d> _convolutions = [];
        private readonly ModuleList<BatchNorm2d> _norms = [];
        private readonly Conv2d? _skip;
        private readonly BatchNorm2d? _skipNorm;

        public Block(int channelsIn, int width, int stride, bool hasBottleneck)
            : base("block")
        {
            (int Channels, int Kernel, int Stride)[] layers = hasBottleneck ? [(width, 1, 1), (width, 3, stride), (4 * width, 1, 1)] : [(width, 3, stride), (width, 3, 1)];
            int channels = channelsIn;
            foreach ((int next, int kernel, int step) in layers)
            {
                _convolutions.Add(nn.Conv2d(channels, next, kernel, stride: step, padding: kernel / 2, bias: false));
                _norms.Add(nn.BatchNorm2d(next));
                channels = next;
            }

            ChannelsOut = channels;
            if (stride != 1 || channelsIn != channels)
            {
                _skip = nn.Conv2d(channelsIn, channels, 1, stride: stride, bias: false);
                _skipNorm = nn.BatchNorm2d(channels);
            }

            RegisterComponents();
        }

        public int ChannelsOut { get; }

        public IEnumerable<Parameter> InGraphOrder() =>
        [
            .. _convolutions.Zip(_norms).SelectMany(pair => new[] { pair.First.weight!, pair.Second.weight!, pair.Second.bias! }),
            .. _skip is null ? (Parameter[])[] : [_skip.weight!, _skipNorm!.weight!, _skipNorm.bias!],
        ];

        public override Tensor forward(Tensor input)
        {
            Tensor inner = input;
            for (int i = 0; i < _convolutions.Count; i++)
            {
                using Tensor convolved = _convolutions[i].forward(inner);
                if (i > 0)
                {
                    inner.Dispose();
                }

                Tensor normalized = _norms[i].forward(convolved);
                if (i == _convolutions.Count - 1)
                {
                    inner = normalized;
                    break;
                }

                inner = nn.functional.relu(normalized);
                normalized.Dispose();
            }

            using Tensor last = inner;
            if (_skip is null)
            {
                using Tensor sum = last + input;
                return nn.functional.relu(sum);
            }

            using Tensor skip = _skip.forward(input);
            using Tensor skipNormalized = _skipNorm!.forward(skip);
            using Tensor joined = last + skipNormalized;
            return nn.functional.relu(joined);
        }
    }
}
