using System.Text.Json;
using GradientDynamics.Onnx.Graph;

namespace GradientDynamics.Train.Tests.FineTuning;

/// <summary>
/// A model that a foreign exporter wrote, its inputs, and what PyTorch says of them in double precision: the scripts in Fixtures/Exporters made them with torch 1.13.0 (TorchScript-based
/// exporter) and torch 2.11.0 (torch.export-based), and networks.py there describes the files.
/// </summary>
internal sealed class ExporterCase
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Fixtures", "Exporters");

    private readonly string _folder;

    private ExporterCase(string name)
    {
        _folder = Path.Combine(Folder, name);
        using JsonDocument facts = JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder, "case.json")));
        Opset = facts.RootElement.GetProperty("opset").GetInt32();
        Cut = facts.RootElement.GetProperty("cut").GetString();
        Graph = OnnxModelFile.Read(ModelPath);
        Inputs = Graph.Inputs.Index().ToDictionary(input => input.Item.Name, input => Tensor("test_data_set_0", $"input_{input.Index}.pb"));
    }

    /// <summary>Names of the cases.</summary>
    public static IEnumerable<string> Names => Directory.GetDirectories(Folder).Select(folder => Path.GetFileName(folder)!).Order(StringComparer.Ordinal);

    /// <summary>The model's file.</summary>
    public string ModelPath => Path.Combine(_folder, "model.onnx");

    /// <summary>The model as it is read.</summary>
    public OnnxGraph Graph { get; }

    /// <summary>Opset that the exporter was asked for.</summary>
    public int Opset { get; }

    /// <summary>The value with respect to which the gradient is taken; null for the input.</summary>
    public string? Cut { get; }

    /// <summary>The inputs by name.</summary>
    public IReadOnlyDictionary<string, ConstantTensor> Inputs { get; }

    /// <summary>The logits.</summary>
    public ConstantTensor Logits => Tensor("test_data_set_0", "output_0.pb");

    /// <summary>One class per example.</summary>
    public long[] Labels => Tensor("labels.pb").AsSpan<long>().ToArray();

    /// <summary>Gradient of the cross-entropy, summed over the batch; null where the model came from no differentiable original.</summary>
    public ConstantTensor? InputGradient => File.Exists(Path.Combine(_folder, "input_gradient.pb")) ? Tensor("input_gradient.pb") : null;

    /// <summary>Reads a case.</summary>
    public static ExporterCase Read(string name) => new(name);

    private ConstantTensor Tensor(params string[] path) => OnnxModelFile.ParseTensor(File.ReadAllBytes(Path.Combine([_folder, .. path]))).Value;
}
