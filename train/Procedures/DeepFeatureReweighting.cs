using GradientDynamics.CommandLine;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Train.Datasets;
using GradientDynamics.Train.Execution;
using GradientDynamics.Train.Objectives;
using GradientDynamics.Train.Sampling;
using GradientDynamics.Train.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Procedures;

/// <summary>
/// Deep feature reweighting: a standard run; then the last layer of the selected network is fitted anew, by sparse logistic regression on standardised features of the validation set, balanced by
/// taking from every group as many examples as the smallest has. The fit is the mean over several such draws. The strength of the penalty is chosen by the worst group's accuracy on one half of the
/// validation set after fitting to the other; the final fit is to all of it, so that the run's validation figures are no validation of the last layer.
/// </summary>
/// <remarks>Kirichenko et al., "Last Layer Re-Training is Sufficient for Robustness to Spurious Correlations", 2023, https://arxiv.org/abs/2204.02937.</remarks>
public sealed record DeepFeatureReweightingOptions : ProcedureOptions
{
    /// <summary>Values of C to choose among; the fit minimises C·Σ CE + ‖W‖₁. Default 1, 0.7, 0.3, 0.1, 0.07, 0.03, 0.01, as in the paper's code.</summary>
    public IReadOnlyList<double> InverseStrengths
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfZero(value.Count, nameof(InverseStrengths));
            foreach (double strength in value)
            {
                NumberGuards.ThrowIfNotPositive(strength, nameof(InverseStrengths));
            }

            field = [.. value];
        }
    } = [1, 0.7, 0.3, 0.1, 0.07, 0.03, 0.01];

    /// <summary>Balanced draws whose fits are averaged. Default 10: more of the larger groups' examples take part than in one.</summary>
    public int Draws
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, nameof(Draws));
            field = value;
        }
    } = 10;

    /// <summary>Equal where every setting is.</summary>
    public bool Equals(DeepFeatureReweightingOptions? other) => base.Equals(other) && InverseStrengths.SequenceEqual(other.InverseStrengths) && Draws == other.Draws;

    /// <inheritdoc/>
    public override int GetHashCode() => InverseStrengths.Aggregate(HashCode.Combine(base.GetHashCode(), Draws), HashCode.Combine);

    internal override void RequireFit(RunConfig config)
    {
        if (!config.Dataset.Splits.Contains(Split.Validation))
        {
            throw new ArgumentException("procedure deep-feature-reweighting fits the last layer to the validation set, which this dataset configuration does not have; accepted is a dataset with a validation set.");
        }

        if (config.Objective is RegressionOptions)
        {
            throw new ArgumentException("procedure deep-feature-reweighting fits a classifier, which objective regression does not train; accepted is erm, for example.");
        }
    }

    internal override IProcedure Create(ProcedureContext context)
    {
        // What would fail after training fails before it.
        LastLayer.Of(context.Network);
        RequireGroups(context.Data);
        return new StandardProcedure(context);
    }

    internal override LastLayerFit Finish(ProcedureContext context, Checkpoint selected, CancellationToken cancellationToken)
    {
        using DisposeScope scope = NewDisposeScope();
        OnnxGraph network = context.Network.WithInitializers(selected.ModelWeights);
        LastLayer layer = LastLayer.Of(network);
        SplitTensors validation = context.Splits[Split.Validation];
        Tensor features = Features(layer.Features, validation, context.Device, cancellationToken);
        BalancedFits fits = new(features, validation, context.LogitCount, Draws, context.Seed);
        (double strength, double? heldOut) = Choose(fits, cancellationToken);
        int[] all = [.. Enumerable.Range(0, validation.Data.Count)];
        (Tensor weight, Tensor bias) = fits.Fit(all, strength, "final", cancellationToken);
        Dictionary<string, ConstantTensor> weights = new(selected.ModelWeights, StringComparer.Ordinal)
        {
            [layer.Weight] = TorchTensors.ToConstant(layer.IsTransposed ? weight : weight.t(), network.Initializers[layer.Weight].Element),
            [layer.Bias] = TorchTensors.ToConstant(bias, network.Initializers[layer.Bias].Element),
        };
        return new(weights, new() { InverseStrength = strength, ExamplesPerGroup = fits.SmallestGroup(all), HeldOutWorstGroupAccuracy = heldOut });
    }

    private (double Strength, double? HeldOut) Choose(BalancedFits fits, CancellationToken cancellationToken)
    {
        if (InverseStrengths.Count == 1)
        {
            return (InverseStrengths[0], null);
        }

        (int[] fitted, int[] heldOut) = fits.Halves();
        (double Strength, double Accuracy)[] tried = [.. InverseStrengths.Select(strength => (strength, fits.WorstGroupAccuracy(fits.Fit(fitted, strength, "choice", cancellationToken), heldOut)))];
        (double best, double accuracy) = tried.MaxBy(pair => pair.Accuracy);
        return (best, accuracy);
    }

    private static void RequireGroups(TrainingData data)
    {
        if (!data.Description.HasGroupsOf(data.Splits[Split.Validation].Description))
        {
            throw new CommandException(ExitCode.Configuration, $"procedure: deep-feature-reweighting needs a validation set with the groups of the training set, and those of {data.Description.Name} differ; accepted is another procedure, or a dataset with the same groups in both.");
        }

        long[] training = data.Train.GroupCounts();
        long[] validation = data.Splits[Split.Validation].GroupCounts();
        for (int group = 0; group < training.Length; group++)
        {
            if (training[group] > 0 && validation[group] == 0)
            {
                throw new CommandException(ExitCode.Configuration, $"procedure: deep-feature-reweighting balances the groups of the validation set, which has no example of '{data.Description.GroupName(group)}'; accepted is a validation set with all groups of the training set.");
            }
        }
    }

    private static Tensor Features(OnnxGraph network, SplitTensors split, Device device, CancellationToken cancellationToken)
    {
        using GraphModule module = new(network);
        TorchDevice.Move(module, device);
        int width = checked((int)ShapeInference.Infer(network)[network.Outputs[0].Name].Shape![1].Value!.Value);
        Predictions features = SplitEvaluation.Predict(module, split, width, cancellationToken);
        double[] values = new double[checked(features.Count * width)];
        for (int i = 0; i < features.Count; i++)
        {
            for (int j = 0; j < width; j++)
            {
                values[(i * width) + j] = features[i][j];
            }
        }

        return tensor(values, [features.Count, width]);
    }

    /// <summary>Fits of the last layer to balanced draws of features.</summary>
    private sealed class BalancedFits(Tensor features, SplitTensors split, int logitCount, int draws, RunSeed seed)
    {
        private readonly Tensor _labels = tensor([.. split.Data.Labels.ToArray().Select(label => (long)label)]);

        public int SmallestGroup(int[] examples) => examples.CountBy(example => split.Groups[example]).Min(group => group.Value);

        public (int[] First, int[] Second) Halves()
        {
            int[] order = Shuffled([.. Enumerable.Range(0, split.Groups.Length)], "halves", 0);
            ILookup<int, int> groups = order.ToLookup(example => split.Groups[example]);
            return ([.. groups.SelectMany(group => group.Take((group.Count() + 1) / 2))], [.. groups.SelectMany(group => group.Skip((group.Count() + 1) / 2))]);
        }

        public (Tensor Weight, Tensor Bias) Fit(int[] examples, double strength, string purpose, CancellationToken cancellationToken)
        {
            Tensor own = features.index_select(0, Indices(examples));
            Tensor mean = own.mean([0]);
            Tensor deviation = (own - mean).square().mean([0]).sqrt();
            // A feature that never changes stays out of the fit: it is 0 after its mean is taken off.
            Tensor scale = deviation.where(deviation > 0, ones_like(deviation));
            Tensor weight = zeros([logitCount, features.shape[1]], features.dtype);
            Tensor bias = zeros([logitCount], features.dtype);
            for (int draw = 0; draw < draws; draw++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Tensor chosen = Indices(Balanced(examples, purpose, draw));
                (Tensor part, Tensor offset) = SparseLogisticRegression.Fit((features.index_select(0, chosen) - mean) / scale, _labels.index_select(0, chosen), logitCount, strength);
                weight += part / draws;
                bias += offset / draws;
            }

            Tensor unscaled = weight / scale;
            return (unscaled, bias - unscaled.mv(mean));
        }

        public double WorstGroupAccuracy((Tensor Weight, Tensor Bias) layer, int[] examples)
        {
            Tensor logits = features.index_select(0, Indices(examples)).mm(layer.Weight.t()) + layer.Bias;
            Predictions predictions = new(examples.Length, logitCount);
            predictions.Read(logits, 0);
            bool[] correct = predictions.Correct([.. examples.Select(example => split.Data.Labels[example])]);
            return examples.Zip(correct).GroupBy(pair => split.Groups[pair.First]).Min(group => group.Average(pair => pair.Second ? 1.0 : 0.0));
        }

        private int[] Balanced(int[] examples, string purpose, int draw)
        {
            int smallest = SmallestGroup(examples);
            return [.. Shuffled(examples, purpose, draw).GroupBy(example => split.Groups[example]).SelectMany(group => group.Take(smallest)).Order()];
        }

        private int[] Shuffled(int[] examples, string purpose, int draw)
        {
            int[] order = [.. examples];
            seed.Stream($"deep-feature-reweighting/{purpose}", draw).Shuffle(order);
            return order;
        }

        private static Tensor Indices(int[] examples) => tensor([.. examples.Select(example => (long)example)]);
    }
}

/// <summary>A last layer that was fitted after training.</summary>
/// <param name="Weights">All weights of the network, the layer's among them.</param>
/// <param name="Result">What was chosen.</param>
internal sealed record LastLayerFit(IReadOnlyDictionary<string, ConstantTensor> Weights, LastLayerResult Result);

/// <summary>How a last layer was fitted after training.</summary>
public sealed record LastLayerResult
{
    /// <summary>The inverse strength C of the penalty that was chosen.</summary>
    public required double InverseStrength { get; init; }

    /// <summary>Validation examples of each group in a balanced draw of the final fit.</summary>
    public required int ExamplesPerGroup { get; init; }

    /// <summary>Accuracy of the worst group on the half of the validation set on which the strength was chosen; null where there was nothing to choose.</summary>
    public required double? HeldOutWorstGroupAccuracy { get; init; }
}
