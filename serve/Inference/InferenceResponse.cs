using Google.Protobuf;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Runtime;
using GradientDynamics.Protos;
using GradientDynamics.Protos.Inference;

namespace GradientDynamics.Serve.Inference;

/// <summary>The reply to an inference, in the form of its request.</summary>
internal static class InferenceResponse
{
    /// <summary>Writes the reply; raw contents share the results' memory. A reply with FP16 or BF16, which have no typed form, is raw.</summary>
    public static ModelInferResponse Write(string model, string version, string id, IReadOnlyList<OnnxTensor> results, bool raw)
    {
        var response = new ModelInferResponse { ModelName = model, ModelVersion = version, Id = id };
        raw |= results.Any(result => !TensorContents.HasTypedForm(ModelDatatypes.Of(result.ElementType)));
        foreach (OnnxTensor result in results)
        {
            string datatype = ModelDatatypes.Of(result.ElementType);
            var output = new ModelInferResponse.Types.InferOutputTensor { Name = result.Name, Datatype = datatype };
            output.Shape.AddRange(result.Shape);
            ReadOnlyMemory<byte> data = result.ElementType == ElementType.String ? ByteStrings.Encode(result.Strings!) : result.Data;
            if (raw)
            {
                response.RawOutputContents.Add(UnsafeByteOperations.UnsafeWrap(data));
            }
            else
            {
                output.Contents = TensorContents.FromRaw(data, datatype, WireShape.ElementCount(result.Shape));
            }

            response.Outputs.Add(output);
        }

        return response;
    }
}
