using System.Runtime.CompilerServices;
using GradientDynamics.Onnx.Graph;
using Microsoft.ML.OnnxRuntime;

namespace GradientDynamics.Onnx.Tests.Operators;

/// <summary>ONNX Runtime as the judge of types and shapes: it infers them by itself and it computes real outputs.</summary>
internal static class OrtJudge
{
    // Telemetry is on by default; it must be off before the first use of the library.
    [ModuleInitializer]
    internal static void DisableTelemetry()
    {
        Environment.SetEnvironmentVariable("ORT_DISABLE_TELEMETRY", "1");
        Environment.SetEnvironmentVariable("ORT_TELEMETRY_DISABLED", "1");
    }

    // What ONNX Runtime infers for the outputs, and what it gives for the inputs.
    public static IReadOnlyList<(TensorType Inferred, TensorType Actual)> Ask(OnnxGraph graph, IReadOnlyDictionary<string, ConstantTensor> inputs)
    {
        using SessionOptions options = new() { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL, IntraOpNumThreads = 1 };
        using InferenceSession session = new(OnnxModelFile.ToBytes(graph), options);
        using RunOptions run = new();
        OrtValue[] values = [.. graph.Inputs.Select(input => ToOrt(inputs[input.Name]))];
        try
        {
            string[] names = [.. graph.Outputs.Select(output => output.Name)];
            using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(run, [.. graph.Inputs.Select(input => input.Name)], values, names);
            return [.. names.Zip(outputs, (name, output) => (Inferred(session.OutputMetadata[name]), Actual(output)))];
        }
        finally
        {
            foreach (OrtValue value in values)
            {
                value.Dispose();
            }
        }
    }

    private static TensorType Inferred(NodeMetadata metadata) => new(
        (ElementType)(int)metadata.ElementDataType,
        new([.. metadata.Dimensions.Zip(metadata.SymbolicDimensions, (size, symbol) => size >= 0 ? Dimension.Fixed(size) : symbol.Length > 0 ? Dimension.Named(symbol) : Dimension.Unknown)]));

    private static TensorType Actual(OrtValue value)
    {
        OrtTensorTypeAndShapeInfo info = value.GetTensorTypeAndShape();
        return new((ElementType)(int)info.ElementDataType, TensorShape.Of(info.Shape));
    }

    public static ConstantTensor FromOrt(OrtValue value)
    {
        TensorType type = Actual(value);
        return new(type.Element, type.Shape!.ToSizes(), value.GetTensorMutableRawData().ToArray());
    }

    public static OrtValue ToOrt(ConstantTensor tensor) => tensor.Element switch
    {
        ElementType.Float => OrtValue.CreateTensorValueFromMemory(tensor.AsSpan<float>().ToArray(), tensor.Sizes.ToArray()),
        ElementType.Double => OrtValue.CreateTensorValueFromMemory(tensor.AsSpan<double>().ToArray(), tensor.Sizes.ToArray()),
        ElementType.Int64 => OrtValue.CreateTensorValueFromMemory(tensor.AsSpan<long>().ToArray(), tensor.Sizes.ToArray()),
        ElementType.Int32 => OrtValue.CreateTensorValueFromMemory(tensor.AsSpan<int>().ToArray(), tensor.Sizes.ToArray()),
        ElementType.Bool => OrtValue.CreateTensorValueFromMemory(tensor.AsSpan<bool>().ToArray(), tensor.Sizes.ToArray()),
        ElementType.Int8 => OrtValue.CreateTensorValueFromMemory(tensor.AsSpan<sbyte>().ToArray(), tensor.Sizes.ToArray()),
        ElementType.Int16 => OrtValue.CreateTensorValueFromMemory(tensor.AsSpan<short>().ToArray(), tensor.Sizes.ToArray()),
        ElementType.UInt16 => OrtValue.CreateTensorValueFromMemory(tensor.AsSpan<ushort>().ToArray(), tensor.Sizes.ToArray()),
        ElementType.UInt32 => OrtValue.CreateTensorValueFromMemory(tensor.AsSpan<uint>().ToArray(), tensor.Sizes.ToArray()),
        ElementType.UInt64 => OrtValue.CreateTensorValueFromMemory(tensor.AsSpan<ulong>().ToArray(), tensor.Sizes.ToArray()),
        ElementType.Float16 => OrtValue.CreateTensorValueFromMemory(tensor.AsSpan<Half>().ToArray().Select(value => new Float16(BitConverter.HalfToUInt16Bits(value))).ToArray(), tensor.Sizes.ToArray()),
        ElementType.UInt8 => OrtValue.CreateTensorValueFromMemory(tensor.AsSpan<byte>().ToArray(), tensor.Sizes.ToArray()),
        _ => throw new NotSupportedException($"{tensor.Element}"),
    };
}
