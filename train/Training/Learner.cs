using GradientDynamics.CommandLine;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Train.Execution;
using GradientDynamics.Train.Objectives;
using GradientDynamics.Train.Optimizers;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace GradientDynamics.Train.Training;

/// <summary>A network with the objective that it descends and the optimizer that moves it.</summary>
internal sealed class Learner : IDisposable
{
    public Learner(OnnxGraph network, IReadOnlySet<string> frozen, IObjective objective, OptimizerOptions optimizer, RunLength length, Device device)
    {
        Objective = objective;
        Module = new(network, frozen);
        TorchDevice.Move(Module, device);
        (string Name, Parameter Parameter)[] parameters = [.. Module.named_parameters().Select(pair => (ParameterNames.Decode(pair.name), pair.parameter))];
        if (parameters.Length == 0)
        {
            throw new CommandException(ExitCode.Configuration, $"network: it has no parameters{(frozen.Count > 0 ? " that are not frozen" : "")}; accepted is one with weights to train.");
        }

        Updater = new(optimizer, parameters, length);
    }

    /// <summary>The network.</summary>
    public GraphModule Module { get; }

    /// <summary>What it descends.</summary>
    public IObjective Objective { get; }

    /// <summary>What moves it.</summary>
    public WeightUpdater Updater { get; }

    /// <summary>Number of trained parameters.</summary>
    public long ParameterCount => Module.parameters().Sum(parameter => parameter.numel());

    /// <summary>Descends the objective on a batch.</summary>
    public BatchResult Learn(Batch batch, BatchPlace place)
    {
        Tensor logits = batch.Forward(Module);
        ObjectiveValue value = Objective.Evaluate(logits, batch);
        Tensor? penalty = value.WeightPenalty == 0 ? value.Penalty : Plus(value.Penalty, Updater.SquaredNorm() * value.WeightPenalty);
        return Descend(value.Loss, penalty, logits, batch, place);
    }

    /// <summary>Adds a batch's gradient to those of the step, and takes the step where the batch is its last.</summary>
    /// <exception cref="CommandException">Loss, penalty or gradient are not finite.</exception>
    public BatchResult Descend(Tensor loss, Tensor? penalty, Tensor logits, Batch batch, BatchPlace place)
    {
        double lossValue = loss.item<float>();
        double penaltyValue = penalty?.item<float>() ?? 0;
        if (!double.IsFinite(lossValue) || !double.IsFinite(penaltyValue))
        {
            throw place.Diverged(batch.Step, $"the loss is {lossValue} and the penalty {penaltyValue}");
        }

        if (place.BeginsStep)
        {
            Updater.ForgetGradients();
        }

        Tensor total = Plus(penalty, loss);
        (place.Share == 1 ? total : total * place.Share).backward();
        if (place.EndsStep && !Updater.TryStep(batch.Step))
        {
            throw place.Diverged(batch.Step, "the gradient's norm is not a finite number");
        }

        return new(lossValue, penaltyValue, logits);
    }

    /// <summary>Current parameters and buffers by the graph's names.</summary>
    public Dictionary<string, ConstantTensor> Weights() =>
        Module.ToGraph().Initializers.Where(pair => pair.Value.Element.IsFloatingPoint).ToDictionary(StringComparer.Ordinal);

    /// <summary>Returns to an earlier state.</summary>
    /// <exception cref="InvalidDataException">Something is missing, or does not fit the network.</exception>
    public void Load(IReadOnlyDictionary<string, ConstantTensor> weights, IReadOnlyDictionary<string, ConstantTensor> optimizer, IReadOnlyDictionary<string, double> objective)
    {
        Module.Load(weights);
        Updater.Load(optimizer);
        Objective.State = objective;
    }

    public void Dispose()
    {
        Updater.Dispose();
        Module.Dispose();
    }

    private static Tensor Plus(Tensor? first, Tensor second) => first is null ? second : second + first;
}

/// <summary>What a batch gave.</summary>
/// <param name="Loss">The data term.</param>
/// <param name="Penalty">The penalties.</param>
/// <param name="Logits">Logits before the step (batch, logits).</param>
internal readonly record struct BatchResult(double Loss, double Penalty, Tensor Logits);
