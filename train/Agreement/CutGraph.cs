using GradientDynamics.CommandLine;
using GradientDynamics.Onnx.Gradients;
using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Train.Agreement;

/// <summary>A model cut at a value, and the part of it that computes the value.</summary>
internal sealed class CutGraph
{
    // More names than one reads on a line.
    private const int MostShown = 5;

    private readonly OnnxGraph _before;
    private readonly string _value;

    private CutGraph(OnnxGraph graph, OnnxGraph before, string value)
    {
        Graph = graph;
        _before = before;
        _value = value;
    }

    /// <summary>The part from the value on; the value is its first input.</summary>
    public OnnxGraph Graph { get; }

    /// <summary>Cuts a model.</summary>
    /// <exception cref="CommandException">It has no such value, or none at which it can be cut; the message names near ones.</exception>
    public static CutGraph At(OnnxGraph model, string value)
    {
        try
        {
            OnnxGraph graph = GraphCut.At(model, value);
            return new(graph, model.WithOutputs([graph.Inputs[0]]), value);
        }
        catch (UnfitSettingException error)
        {
            IReadOnlyList<string> near = NearestName.FindSeveral(value, model.Nodes.SelectMany(node => node.Outputs).Where(name => name.Length > 0 && name != value), MostShown);
            throw new CommandException(ExitCode.Configuration, $"--cut: {error.Message}{(near.Count > 0 ? $" Near are {string.Join(", ", near.Select(name => $"'{name}'"))}." : "")}", error);
        }
    }

    /// <summary>Values of the inputs of <see cref="Graph"/> for those of the model's.</summary>
    public IReadOnlyDictionary<string, ConstantTensor> PointOf(IReadOnlyDictionary<string, ConstantTensor> inputs)
    {
        ConstantTensor value = BackEndRun.InTorchSharp(_before, inputs)[_value];
        return Graph.Inputs.ToDictionary(input => input.Name, input => input.Name == _value ? value : inputs[input.Name], StringComparer.Ordinal);
    }
}
