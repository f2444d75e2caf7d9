using GradientDynamics.Onnx.Graph;
using Microsoft.ML.OnnxRuntime;

namespace GradientDynamics.Onnx.Tests.Gradients;

/// <summary>A graph in ONNX Runtime, one thread; numbers go in and come out as double whatever the graph's floating-point type is.</summary>
internal sealed class RuntimeSession : IDisposable
{
    private readonly InferenceSession _session;

    static RuntimeSession()
    {
        // Read at the first call into the runtime.
        Environment.SetEnvironmentVariable("ORT_DISABLE_TELEMETRY", "1");
        Environment.SetEnvironmentVariable("ORT_TELEMETRY_DISABLED", "1");
    }

    public RuntimeSession(OnnxGraph graph)
    {
        using SessionOptions options = new()
        {
            IntraOpNumThreads = 1,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
            // The fused operators of higher levels have no kernels for double.
            GraphOptimizationLevel = graph.Inputs.Any(input => input.Type.Element == ElementType.Double) ? GraphOptimizationLevel.ORT_ENABLE_BASIC : GraphOptimizationLevel.ORT_ENABLE_ALL,
        };
        _session = new(OnnxModelFile.ToBytes(graph), options);
    }

    public Dictionary<string, double[]> Run(params (string Name, Array Values, long[] Shape)[] inputs)
    {
        List<OrtValue> values = [];
        try
        {
            foreach ((string name, Array data, long[] shape) in inputs)
            {
                values.Add(_session.InputMetadata[name].ElementType switch
                {
                    Type type when type == typeof(float) => OrtValue.CreateTensorValueFromMemory(Array.ConvertAll((double[])data, value => (float)value), shape),
                    Type type when type == typeof(double) => OrtValue.CreateTensorValueFromMemory((double[])data, shape),
                    _ => OrtValue.CreateTensorValueFromMemory((long[])data, shape),
                });
            }

            using RunOptions run = new();
            using IDisposableReadOnlyCollection<OrtValue> outputs = _session.Run(run, [.. inputs.Select(input => input.Name)], values, _session.OutputNames);
            return _session.OutputNames.Zip(outputs).ToDictionary(pair => pair.First, pair => Doubles(pair.Second));
        }
        finally
        {
            values.ForEach(value => value.Dispose());
        }
    }

    public void Dispose() => _session.Dispose();

    private static double[] Doubles(OrtValue value) => value.GetTensorTypeAndShape().ElementDataType switch
    {
        Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Float => Array.ConvertAll(value.GetTensorDataAsSpan<float>().ToArray(), number => (double)number),
        Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Double => value.GetTensorDataAsSpan<double>().ToArray(),
        var type => throw new NotSupportedException($"{type}"),
    };
}
