using GradientDynamics.CommandLine;
using GradientDynamics.EvaluationSets;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Runtime;

namespace GradientDynamics.Attack.Targets;

/// <summary>An ONNX file whose predictions are asked for, without gradients: of any number of inputs and any datatype but BYTES.</summary>
internal sealed class ModelFile : IDisposable
{
    private readonly OnnxSession _session;
    private readonly string _output;

    private ModelFile(OnnxSession session, string output, int logitCount)
    {
        _session = session;
        _output = output;
        LogitCount = logitCount;
    }

    /// <summary>Logits of an example.</summary>
    public int LogitCount { get; }

    /// <summary>Reads a file and checks that an evaluation set has its inputs.</summary>
    /// <exception cref="InputShapeException">Model and evaluation set do not fit together.</exception>
    public static ModelFile Open(string path, EvaluationSetMetadata set)
    {
        if (!File.Exists(path))
        {
            throw new CommandException(ExitCode.File, $"{path}: no such model file.");
        }

        OnnxSession session = OnnxSession.Load(path);
        try
        {
            foreach (TensorInfo input in session.Inputs)
            {
                EvaluationInput own = InputOf(session, input.Name, set) ?? throw new InputShapeException(
                    $"{path} takes an input '{input.Name}'; the evaluation set has {string.Join(", ", set.Inputs.Select(candidate => $"'{candidate.Name}'"))}.");
                if (ElementOf(own.Datatype) != input.ElementType)
                {
                    throw new InputShapeException($"{path} takes '{input.Name}' as {input.ElementType}, the evaluation set has {own.Datatype.ProtocolName()}.");
                }

                _ = ModelShapes.Input(path, input.Shape, own.Shape);
            }

            TensorInfo output = session.Outputs is [{ } only] ? only : session.Outputs.FirstOrDefault(candidate => candidate.Name == "logits")
                ?? throw new InputShapeException($"{path} has the outputs {string.Join(", ", session.Outputs.Select(candidate => $"'{candidate.Name}'"))}; accepted is a single one, or one named 'logits'.");
            return new(session, output.Name, ModelShapes.LogitCount(path, output.Name, output.Shape));
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>Logits of <paramref name="count"/> examples from <paramref name="start"/> on, row-major (count, logits).</summary>
    /// <exception cref="CommandException">The model cannot be run on them.</exception>
    public float[] Logits(EvaluationSet set, int start, int count, CancellationToken cancellationToken)
    {
        OnnxTensor[] inputs =
        [
            .. _session.Inputs.Select(input =>
            {
                EvaluationInput own = InputOf(_session, input.Name, set.Metadata)!;
                int index = set.Metadata.Inputs.Index().First(candidate => ReferenceEquals(candidate.Item, own)).Index;
                return OnnxTensor.CreateRaw(input.Name, input.ElementType, [count, .. own.Shape.Select(size => (long)size)], set.ReadBytes(start, count, index));
            }),
        ];
        try
        {
            OnnxTensor logits = _session.Run(inputs, [_output], cancellationToken)[0];
            return logits.ElementType == ElementType.Float
                ? logits.ToArray<float>()
                : throw new InputShapeException($"The model's output '{_output}' is {logits.ElementType}; accepted is Float.");
        }
        catch (ModelRunException exception)
        {
            throw new CommandException(ExitCode.File, exception.Message, exception);
        }
    }

    public void Dispose() => _session.Dispose();

    // A single input goes by position, several by their names.
    private static EvaluationInput? InputOf(OnnxSession session, string name, EvaluationSetMetadata set) =>
        session.Inputs.Count == 1 && set.Inputs.Count == 1 ? set.Inputs[0] : set.Inputs.FirstOrDefault(candidate => candidate.Name == name);

    // BYTES is what a server makes tensors of; a file takes tensors.
    private static ElementType ElementOf(EvaluationSets.Datatype datatype) => datatype switch
    {
        EvaluationSets.Datatype.Bool => ElementType.Bool,
        EvaluationSets.Datatype.UInt8 => ElementType.UInt8,
        EvaluationSets.Datatype.UInt16 => ElementType.UInt16,
        EvaluationSets.Datatype.UInt32 => ElementType.UInt32,
        EvaluationSets.Datatype.UInt64 => ElementType.UInt64,
        EvaluationSets.Datatype.Int8 => ElementType.Int8,
        EvaluationSets.Datatype.Int16 => ElementType.Int16,
        EvaluationSets.Datatype.Int32 => ElementType.Int32,
        EvaluationSets.Datatype.Int64 => ElementType.Int64,
        EvaluationSets.Datatype.FP16 => ElementType.Float16,
        EvaluationSets.Datatype.FP32 => ElementType.Float,
        EvaluationSets.Datatype.FP64 => ElementType.Double,
        EvaluationSets.Datatype.BF16 => ElementType.BFloat16,
        _ => ElementType.Undefined,
    };
}
