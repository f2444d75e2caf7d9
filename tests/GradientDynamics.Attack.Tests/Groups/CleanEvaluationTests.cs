using GradientDynamics.Attack.Groups;
using GradientDynamics.Attack.Targets;
using GradientDynamics.EvaluationSets;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Onnx.Networks;
using GradientDynamics.Onnx.Runtime;

namespace GradientDynamics.Attack.Tests.Groups;

/// <summary>Clean evaluation of a model of three inputs of integers, which attacks do not take.</summary>
public sealed class CleanEvaluationTests : IDisposable
{
    private const int Length = 6;
    private const int Count = 70;
    private const int Vocabulary = 12;

    private readonly string _folder = Directory.CreateTempSubdirectory("gd-attack-").FullName;
    private readonly string _model;

    public CleanEvaluationTests()
    {
        _model = Path.Combine(_folder, "bert.onnx");
        BertOptions options = new() { Vocabulary = Vocabulary, Width = 8, Layers = 1, Heads = 2, HiddenWidth = 16, MaximalPositions = Length, Initialization = Initialization.Torch };
        OnnxModelFile.Write(options.Create(new([Length], ElementType.Int64), 2, new Random(4)), _model);
    }

    [Fact]
    public async Task Predict_OfAFileWithSeveralInputs_IsWhatTheModelSaysOfEachExampleAlone()
    {
        EvaluationSet set = Set(BertOptions.InputIdsName, BertOptions.TokenTypeIdsName, BertOptions.AttentionMaskName);
        using OnnxSession session = OnnxSession.Load(_model);

        (_, int[] predictions) = await CleanEvaluation.PredictAsync(new(_model, Server: null, _model, Version: null), set, _ => { }, TestContext.Current.CancellationToken);

        int[] expected =
        [
            .. set.Examples.Select(example =>
            {
                OnnxTensor[] inputs = [.. set.Metadata.Inputs.Index().Select(input => OnnxTensor.CreateRaw(input.Item.Name, ElementType.Int64, [1, Length], example.Inputs[input.Index]))];
                float[] logits = session.Run(inputs)[0].ToArray<float>();
                return logits[1] > logits[0] ? 1 : 0;
            }),
        ];
        predictions.ShouldBe(expected);
        expected.Distinct().Count().ShouldBe(2);
    }

    [Fact]
    public async Task Predict_OfASetWithoutAnInput_NamesIt()
    {
        Task<(string, int[])> Predict(EvaluationSet set) => CleanEvaluation.PredictAsync(new(_model, Server: null, _model, Version: null), set, _ => { }, TestContext.Current.CancellationToken);

        (await Should.ThrowAsync<InputShapeException>(() => Predict(Set(BertOptions.InputIdsName, BertOptions.AttentionMaskName, "kinds")))).Message
            .ShouldContain("takes an input 'token_type_ids'; the evaluation set has 'input_ids', 'attention_mask', 'kinds'");
        EvaluationSet floats = Set(BertOptions.InputIdsName, BertOptions.AttentionMaskName, BertOptions.TokenTypeIdsName);
        floats = floats with { Metadata = floats.Metadata with { Inputs = [.. floats.Metadata.Inputs.Select(input => input with { Datatype = Datatype.FP64 })] } };
        (await Should.ThrowAsync<InputShapeException>(() => Predict(floats))).Message.ShouldContain("takes 'input_ids' as Int64, the evaluation set has FP64");
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static EvaluationSet Set(params string[] names)
    {
        Random random = new(5);
        byte[] Column(string name) => [.. Enumerable.Range(0, Length).SelectMany(i => BitConverter.GetBytes(name == BertOptions.InputIdsName ? random.NextInt64(Vocabulary) : name == BertOptions.AttentionMaskName ? (i < 4 ? 1L : 0) : i < 2 ? 0L : 1))];
        return new()
        {
            Metadata = new() { Inputs = [.. names.Select(name => new EvaluationInput { Name = name, Datatype = Datatype.Int64, Shape = [Length] })], ClassNames = ["no", "yes"] },
            Examples = [.. Enumerable.Range(0, Count).Select(i => new EvaluationExample { Id = $"text-{i}", Inputs = [.. names.Select(Column)], Label = i % 2 })],
        };
    }
}
