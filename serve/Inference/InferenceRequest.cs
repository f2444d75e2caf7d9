using Google.Protobuf;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Runtime;
using GradientDynamics.Protos;
using GradientDynamics.Protos.Inference;
using GradientDynamics.Serve.Repository;
using Grpc.Core;
using InputTensor = GradientDynamics.Protos.Inference.ModelInferRequest.Types.InferInputTensor;

namespace GradientDynamics.Serve.Inference;

/// <summary>What a request asks of a model, checked against the model: tensors over the request's own memory, and the outputs that are wanted.</summary>
/// <param name="Inputs">The inputs.</param>
/// <param name="OutputNames">The outputs, in the order of the reply.</param>
/// <param name="IsRaw">Whether the inputs came as raw bytes; the reply then does too.</param>
internal sealed record InferenceRequest(IReadOnlyList<OnnxTensor> Inputs, IReadOnlyList<string> OutputNames, bool IsRaw)
{
    /// <summary>Parameters of the protocol's extensions that would change the answer; other parameters are remarks of the client and have no effect.</summary>
    private static readonly HashSet<string> UnsupportedParameters =
    [
        "sequence_id", "sequence_start", "sequence_end", "priority", "timeout",
        "shared_memory_region", "shared_memory_offset", "shared_memory_byte_size", "classification",
    ];

    /// <summary>Reads and checks a request.</summary>
    /// <exception cref="RpcException">The request does not fit the model (<see cref="StatusCode.InvalidArgument"/>), or asks for what this server has not.</exception>
    public static InferenceRequest Read(ModelInferRequest request, ServedModel model)
    {
        string subject = $"model '{model.Name}' version {model.Version}";
        try
        {
            CheckParameters(request);
            bool raw = request.RawInputContents.Count > 0;
            if (raw && request.RawInputContents.Count != request.Inputs.Count)
            {
                throw Refusal.InvalidArgument($"{subject}: {request.Inputs.Count} inputs come with {request.RawInputContents.Count} raw contents; one each is accepted");
            }

            CheckNames(request, model.Session, subject);
            var tensors = new OnnxTensor[request.Inputs.Count];
            for (int i = 0; i < tensors.Length; i++)
            {
                InputTensor input = request.Inputs[i];
                TensorInfo declared = model.Session.Inputs.First(info => info.Name == input.Name);
                try
                {
                    CheckShape(input, declared);
                    tensors[i] = ReadTensor(input, declared, raw ? request.RawInputContents[i] : null);
                }
                catch (InvalidDataException exception)
                {
                    throw Refusal.InvalidArgument($"{subject}: input '{input.Name}': {exception.Message}");
                }
            }

            CheckSymbolicSizes(model.Session, tensors, subject);
            CheckBatch(model, tensors, subject);
            return new InferenceRequest(tensors, ReadOutputs(request, model.Session, subject), raw);
        }
        catch (InvalidDataException exception)
        {
            throw Refusal.InvalidArgument($"{subject}: {exception.Message}");
        }
    }

    private static void CheckParameters(ModelInferRequest request)
    {
        IEnumerable<string> keys = request.Parameters.Keys
            .Concat(request.Inputs.SelectMany(input => input.Parameters.Keys))
            .Concat(request.Outputs.SelectMany(output => output.Parameters.Keys));
        foreach (string key in keys)
        {
            if (key.StartsWith("triton_", StringComparison.Ordinal))
            {
                throw Refusal.InvalidArgument($"parameter '{key}': the prefix triton_ is reserved and no parameter of that name is known");
            }

            if (UnsupportedParameters.Contains(key))
            {
                throw Refusal.Unimplemented($"parameter '{key}' is not supported by this server");
            }
        }
    }

    private static void CheckNames(ModelInferRequest request, OnnxSession session, string subject)
    {
        HashSet<string> seen = [];
        foreach (InputTensor input in request.Inputs)
        {
            if (session.Inputs.All(info => info.Name != input.Name))
            {
                throw Refusal.InvalidArgument($"{subject}: there is no input '{input.Name}'; accepted are {List(session.Inputs)}");
            }

            if (!seen.Add(input.Name))
            {
                throw Refusal.InvalidArgument($"{subject}: input '{input.Name}' is given twice");
            }
        }

        if (session.Inputs.FirstOrDefault(info => !seen.Contains(info.Name)) is { } missing)
        {
            throw Refusal.InvalidArgument($"{subject}: input '{missing.Name}' is missing; required are {List(session.Inputs)}");
        }
    }

    private static void CheckShape(InputTensor input, TensorInfo declared)
    {
        string datatype = ModelDatatypes.Of(declared.ElementType);
        if (input.Datatype != datatype)
        {
            throw new InvalidDataException($"datatype '{input.Datatype}' is given where the model takes {datatype}");
        }

        ReadOnlySpan<long> shape = UnsafeCollectionOperations.AsSpan(input.Shape);
        _ = WireShape.ElementCount(shape);
        bool fits = shape.Length == declared.Shape.Count;
        for (int i = 0; fits && i < shape.Length; i++)
        {
            fits = declared.Shape[i] < 0 || declared.Shape[i] == shape[i];
        }

        if (!fits)
        {
            throw new InvalidDataException($"shape {WireShape.Describe(shape)} is given where the model takes {WireShape.Describe([.. declared.Shape])} (-1: any size)");
        }
    }

    private static OnnxTensor ReadTensor(InputTensor input, TensorInfo declared, ByteString? raw)
    {
        ReadOnlySpan<long> shape = UnsafeCollectionOperations.AsSpan(input.Shape);
        long count = WireShape.ElementCount(shape);
        ReadOnlyMemory<byte> data;
        if (raw is null)
        {
            data = TensorContents.ToRaw(input.Contents ?? new InferTensorContents(), input.Datatype, count);
        }
        else if (input.Contents is { } contents && contents.CalculateSize() > 0)
        {
            throw new InvalidDataException("both raw and typed contents are given; a request has one form for all inputs");
        }
        else
        {
            data = raw.Memory;
        }

        if (declared.ElementType == ElementType.String)
        {
            return OnnxTensor.CreateStrings(input.Name, shape, ByteStrings.Decode(data, count));
        }

        Int128 expected = (Int128)count * declared.ElementType.Size;
        if (data.Length != expected)
        {
            throw new InvalidDataException($"{data.Length} bytes are given where {input.Datatype} of shape {WireShape.Describe(shape)} has {expected}");
        }

        if (declared.ElementType == ElementType.Bool && data.Span.IndexOfAnyExceptInRange((byte)0, (byte)1) is >= 0 and int index)
        {
            throw new InvalidDataException($"element {index} of BOOL is {data.Span[index]}; accepted are 0 and 1");
        }

        return OnnxTensor.CreateRaw(input.Name, declared.ElementType, shape, data);
    }

    /// <summary>Sizes that the model calls by the same name, such as <c>batch</c>, must be equal across inputs.</summary>
    private static void CheckSymbolicSizes(OnnxSession session, OnnxTensor[] tensors, string subject)
    {
        Dictionary<string, (string Input, long Size)> sizes = [];
        foreach (OnnxTensor tensor in tensors)
        {
            TensorInfo declared = session.Inputs.First(info => info.Name == tensor.Name);
            for (int i = 0; i < tensor.Shape.Length; i++)
            {
                string symbol = declared.SymbolicSizes[i];
                if (symbol.Length > 0 && !sizes.TryAdd(symbol, (tensor.Name, tensor.Shape[i])) && sizes[symbol].Size != tensor.Shape[i])
                {
                    throw Refusal.InvalidArgument(
                        $"{subject}: input '{tensor.Name}' has size {tensor.Shape[i]} in dimension {i} ('{symbol}') where input '{sizes[symbol].Input}' has {sizes[symbol].Size}");
                }
            }
        }
    }

    private static void CheckBatch(ServedModel model, OnnxTensor[] tensors, string subject)
    {
        foreach (OnnxTensor tensor in tensors)
        {
            if (model.MaxBatchSize is { } limit && tensor.Shape is [long batch, ..] && batch > limit)
            {
                throw Refusal.InvalidArgument($"{subject}: input '{tensor.Name}' has a batch of {batch}; at most {limit} are accepted");
            }
        }
    }

    private static string[] ReadOutputs(ModelInferRequest request, OnnxSession session, string subject)
    {
        if (request.Outputs.Count == 0)
        {
            return [.. session.Outputs.Select(info => info.Name)];
        }

        List<string> names = [];
        foreach (ModelInferRequest.Types.InferRequestedOutputTensor output in request.Outputs)
        {
            if (session.Outputs.All(info => info.Name != output.Name))
            {
                throw Refusal.InvalidArgument($"{subject}: there is no output '{output.Name}'; there are {List(session.Outputs)}");
            }

            if (names.Contains(output.Name))
            {
                throw Refusal.InvalidArgument($"{subject}: output '{output.Name}' is requested twice");
            }

            names.Add(output.Name);
        }

        return [.. names];
    }

    private static string List(IEnumerable<TensorInfo> tensors) => string.Join(", ", tensors.Select(tensor => $"'{tensor.Name}'"));
}
