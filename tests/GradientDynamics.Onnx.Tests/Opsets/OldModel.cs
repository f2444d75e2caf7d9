using Google.Protobuf;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Tests.Operators;
using Microsoft.ML.OnnxRuntime;
using OnnxProto;

namespace GradientDynamics.Onnx.Tests.Opsets;

/// <summary>A file of one node in the form of an old opset, and what ONNX Runtime makes of it as it stands.</summary>
internal static class OldModel
{
    public static byte[] File(OperatorCase each, int opset)
    {
        // The graph is never inferred here: its node may be in a form that the library only reads.
        ModelProto model = ModelProto.Parser.ParseFrom(OnnxModelFile.ToBytes(each.Graph([.. Enumerable.Repeat(ElementType.Float, each.Outputs)])));
        model.OpsetImport.Single().Version = opset;
        foreach (ValueInfoProto output in model.Graph.Output)
        {
            output.Type = null;
        }

        return model.ToByteArray();
    }

    /// <summary>The outputs, or null where ONNX Runtime refuses the model.</summary>
    public static ConstantTensor[]? TryRun(byte[] model, IReadOnlyDictionary<string, ConstantTensor> inputs)
    {
        try
        {
            return Run(model, inputs);
        }
        catch (OnnxRuntimeException)
        {
            return null;
        }
    }

    public static ConstantTensor[] Run(byte[] model, IReadOnlyDictionary<string, ConstantTensor> inputs)
    {
        using SessionOptions options = new() { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL, IntraOpNumThreads = 1 };
        using InferenceSession session = new(model, options);
        using RunOptions run = new();
        OrtValue[] values = [.. inputs.Values.Select(OrtJudge.ToOrt)];
        try
        {
            using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(run, [.. inputs.Keys], values, [.. session.OutputNames]);
            return [.. outputs.Select(OrtJudge.FromOrt)];
        }
        finally
        {
            foreach (OrtValue value in values)
            {
                value.Dispose();
            }
        }
    }
}
