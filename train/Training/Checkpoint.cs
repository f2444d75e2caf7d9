using System.Globalization;
using System.Text.Json;
using GradientDynamics.CommandLine;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Train.Optimizers;

namespace GradientDynamics.Train.Training;

/// <summary>
/// Everything from which a run continues bit for bit. Random streams are not in it: each is derived from the seed, its purpose and the epoch, so the next epoch finds its own.
/// </summary>
internal sealed record Checkpoint
{
    private const string Format = "gradientdynamics.checkpoint/1";
    private const string WeightPrefix = "weight.";
    private const string OptimizerPrefix = "optimizer.";
    private const string ProcedurePrefix = "procedure.";

    /// <summary>Epochs done.</summary>
    public required int Epoch { get; init; }

    /// <summary>Steps done.</summary>
    public required long Step { get; init; }

    /// <summary>Parameters and buffers by the graph's names.</summary>
    public required IReadOnlyDictionary<string, ConstantTensor> Weights { get; init; }

    /// <summary>The optimizer's state by name, moving averages of the parameters included.</summary>
    public required IReadOnlyDictionary<string, ConstantTensor> Optimizer { get; init; }

    /// <summary>What the procedure remembers beyond that, by name.</summary>
    public required IReadOnlyDictionary<string, ConstantTensor> Procedure { get; init; }

    /// <summary>The weights that become the model: moving averages where the optimizer keeps them.</summary>
    public IReadOnlyDictionary<string, ConstantTensor> ModelWeights => WeightUpdater.ModelWeights(Weights, Optimizer);

    /// <summary>The objective's state by name.</summary>
    public required IReadOnlyDictionary<string, double> Objective { get; init; }

    /// <summary>The best epoch so far by the selection rule.</summary>
    public required int BestEpoch { get; init; }

    /// <summary>Its score.</summary>
    public required double BestScore { get; init; }

    /// <summary>Evaluations since then.</summary>
    public required int EvaluationsWithoutImprovement { get; init; }

    /// <summary>Main figures of the evaluation, by name.</summary>
    public required IReadOnlyDictionary<string, double> Metrics { get; init; }

    /// <summary>Writes the checkpoint whole or not at all.</summary>
    public void Write(string path) => AtomicFile.Write(path, ToFile().Write);

    /// <summary>Reads a checkpoint.</summary>
    /// <exception cref="InvalidDataException">The file is no checkpoint; the message names it.</exception>
    public static Checkpoint Read(string path)
    {
        SafetensorsFile file = SafetensorsFile.Read(path);
        try
        {
            string format = file.Metadata.GetValueOrDefault("format") ?? "";
            return format == Format
                ? new()
                {
                    Epoch = int.Parse(file.Metadata["epoch"], CultureInfo.InvariantCulture),
                    Step = long.Parse(file.Metadata["step"], CultureInfo.InvariantCulture),
                    Weights = WithPrefix(file.Tensors, WeightPrefix),
                    Optimizer = WithPrefix(file.Tensors, OptimizerPrefix),
                    Procedure = WithPrefix(file.Tensors, ProcedurePrefix),
                    Objective = JsonSerializer.Deserialize<Dictionary<string, double>>(file.Metadata["objective"])!,
                    BestEpoch = int.Parse(file.Metadata["bestEpoch"], CultureInfo.InvariantCulture),
                    BestScore = double.Parse(file.Metadata["bestScore"], CultureInfo.InvariantCulture),
                    Metrics = JsonSerializer.Deserialize<Dictionary<string, double>>(file.Metadata["metrics"])!,
                    EvaluationsWithoutImprovement = int.Parse(file.Metadata["evaluationsWithoutImprovement"], CultureInfo.InvariantCulture),
                }
                : throw new InvalidDataException($"it states the format '{format}'; accepted is '{Format}'");
        }
        catch (Exception error) when (error is InvalidDataException or KeyNotFoundException or FormatException or OverflowException or JsonException)
        {
            throw new InvalidDataException($"{path}: is no checkpoint of gd-train: {error.Message}", error);
        }
    }

    /// <summary>The tensors whose names begin with a prefix, without it.</summary>
    public static Dictionary<string, ConstantTensor> WithPrefix(IReadOnlyDictionary<string, ConstantTensor> tensors, string prefix) => tensors
        .Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal))
        .ToDictionary(pair => pair.Key[prefix.Length..], pair => pair.Value, StringComparer.Ordinal);

    private SafetensorsFile ToFile() => new(
        new Dictionary<string, string>
        {
            ["format"] = Format,
            ["epoch"] = Epoch.ToString(CultureInfo.InvariantCulture),
            ["step"] = Step.ToString(CultureInfo.InvariantCulture),
            ["objective"] = JsonSerializer.Serialize(Objective),
            ["metrics"] = JsonSerializer.Serialize(Metrics),
            ["bestEpoch"] = BestEpoch.ToString(CultureInfo.InvariantCulture),
            ["bestScore"] = BestScore.ToString("R", CultureInfo.InvariantCulture),
            ["evaluationsWithoutImprovement"] = EvaluationsWithoutImprovement.ToString(CultureInfo.InvariantCulture),
        },
        Weights.Select(pair => KeyValuePair.Create(WeightPrefix + pair.Key, pair.Value))
            .Concat(Optimizer.Select(pair => KeyValuePair.Create(OptimizerPrefix + pair.Key, pair.Value)))
            .Concat(Procedure.Select(pair => KeyValuePair.Create(ProcedurePrefix + pair.Key, pair.Value)))
            .ToDictionary(StringComparer.Ordinal));
}
