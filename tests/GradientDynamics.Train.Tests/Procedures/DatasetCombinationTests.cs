using GradientDynamics.CommandLine;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Train.Datasets;
using GradientDynamics.Train.Tests.Datasets;
using GradientDynamics.Train.Tests.Preparation;
using GradientDynamics.Train.Training;
using Parquet;
using Parquet.Schema;

namespace GradientDynamics.Train.Tests.Procedures;

/// <summary>Every dataset with every objective, sampler, procedure, optimizer, network and form of the logits trains two steps, or is refused by name.</summary>
[Collection(TorchGlobalState.Name)]
public sealed class DatasetCombinationTests : IDisposable
{
    // Images of 16 x 16, and comments of few tokens.
    private const string SmallImages = "dataset.preprocessing={\"resize\":{\"width\":16,\"height\":16}}";
    private const string LastEpoch = "selection=last-epoch";

    // A dataset, and how it becomes small. FOLDER stands for files that the test writes.
    private static readonly (string Dataset, string[] Changes)[] Datasets =
    [
        ("""{"kind":"two-moons","count":24,"rotation":45}""", []),
        ("""{"kind":"colored-mnist","trainCount":160,"validationCount":100,"folder":"FOLDER"}""", []),
        ("""{"kind":"colored-mnist","trainCount":60,"grayscale":true,"folder":"FOLDER"}""", [LastEpoch]),
        ("""{"kind":"drawn-digits","side":8,"train":{"count":48,"colorAgreement":0.8},"validation":{"count":40,"colorAgreement":0.5},"test":{"count":40,"colorAgreement":0.5}}""", []),
        ("""{"kind":"cifar-10","trainFiles":["data_batch_1.bin"],"only":["airplane","horse","cat"],"validationCount":4,"augmentation":{},"folder":"FOLDER"}""", []),
        ("""{"kind":"cifar-100","labels":"coarse","labelNoise":0.2,"folder":"FOLDER"}""", [LastEpoch]),
        ("""{"kind":"spurious-features","count":60,"noiseDimension":3}""", []),
        ("""{"kind":"two-points"}""", [LastEpoch]),
        ("""{"kind":"teacher-student","count":20,"testCount":10,"dimension":5,"fastDimension":3}""", [LastEpoch]),
        ("""{"kind":"waterbirds","folder":"FOLDER"}""", [SmallImages]),
        ("""{"kind":"celeba","folder":"FOLDER"}""", [SmallImages, "dataset.augmentation={\"flip\":true}"]),
        ("""{"kind":"image-folder","folder":"FOLDER"}""", [SmallImages]),
        ("""{"kind":"parquet","attributeColumn":"place","folder":"FOLDER"}""", [SmallImages]),
        ("""{"kind":"csv","file":"FOLDER/features.csv"}""", []),
        ("""{"kind":"multinli","folder":"FOLDER"}""", []),
        ("""{"kind":"multinli","source":"text","tokens":{"vocabulary":"FOLDER/vocab.txt","maximumLength":24},"folder":"FOLDER"}""", []),
        ("""{"kind":"civilcomments","tokens":{"vocabulary":"FOLDER/vocab.txt","maximumLength":24},"folder":"FOLDER"}""", []),
        ("""{"kind":"civilcomments","version":"fine","tokens":{"vocabulary":"FOLDER/vocab.txt","maximumLength":24,"padding":"maximum"},"folder":"FOLDER"}""", []),
        ("""{"kind":"text-csv","train":["FOLDER/texts.csv"],"validation":["FOLDER/texts.csv"],"test":["FOLDER/texts.csv"],"attribute":"source","tokens":{"vocabulary":"FOLDER/vocab.txt"}}""", []),
        ("""{"kind":"text-parquet","train":["FOLDER/texts.parquet"],"test":["FOLDER/texts.parquet"],"attribute":"source","tokens":{"vocabulary":"FOLDER/vocab.txt"}}""", [LastEpoch]),
    ];

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<int, string> Numbers
    {
        get
        {
            TheoryData<int, string> numbers = [];
            foreach ((int number, (string dataset, _)) in Datasets.Index())
            {
                numbers.Add(number, MethodKinds.KindOf(dataset));
            }

            return numbers;
        }
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void EveryDataset_ThatAConfigurationAccepts_IsAmongThem() =>
        Datasets.Select(dataset => MethodKinds.KindOf(dataset.Dataset)).Distinct().ShouldBe(MethodKinds.Accepted(typeof(DatasetOptions)), ignoreOrder: true);

    [Theory]
    [MemberData(nameof(Numbers))]
    public async Task EveryMethodOnADataset_TrainsTwoStepsOrIsRefusedByName(int number, string kind)
    {
        (string dataset, string[] changes) = Datasets[number];
        await WriteFilesAsync(kind);
        dataset = dataset.Replace("FOLDER", _folder.Path, StringComparison.Ordinal);
        TrainingData data = TrainingData.Load(TinyData.Config([$"dataset={dataset}", .. changes]));
        DatasetDescription description = data.Description;
        DatasetInput input = description.Inputs[0];
        string model = _folder.Combine("model.onnx");
        MethodKinds.WriteModel(model, new(input.Shape, input.Element));
        string[] usual = [$"singleLogit={(description.Classes.Count == 2 ? "true" : "false")}", .. input.Element == ElementType.Int64 ? [$"network={MethodKinds.SmallBert}"] : Array.Empty<string>()];
        string[] methods =
        [
            .. MethodKinds.Objectives.Select(objective => $"objective={objective}"),
            .. MethodKinds.Samplers.Select(sampler => $"sampler={sampler}"),
            .. MethodKinds.Procedures.Select(procedure => $"procedure={procedure}"),
            .. MethodKinds.Optimizers.Select(optimizer => $"optimizer={optimizer}"),
            .. MethodKinds.Networks(description.InputSize, model, description.Classes.Count).Select(network => $"network={network}"),
            "singleLogit=true",
            "singleLogit=false",
        ];

        foreach (string method in methods)
        {
            string[] all = [$"dataset={dataset}", .. changes, .. usual, method];
            if (Refused(data, method) is { } named)
            {
                CommandException error = Should.Throw<CommandException>(() => Train(all), method);
                error.ExitCode.ShouldBe(ExitCode.Configuration, method);
                error.Message.ShouldContain(named, customMessage: method);
                error.Message.ShouldContain("ccepted", customMessage: method);
            }
            else
            {
                Should.NotThrow(() => Train(all), method);
            }
        }
    }

    private static void Train(string[] changes)
    {
        RunConfig config = TinyData.Config(changes);
        TrainingData data = TrainingData.Load(config);
        using TrainingLoop loop = new(config, data, threads: 1, checkpoint: null);
        Checkpoint last = TinyData.RunToEnd(loop);
        loop.Step.ShouldBeGreaterThanOrEqualTo(2);
        loop.Finish(last, CancellationToken.None);
        loop.Evaluate(config.Dataset.LoadTestEnvironments(config.Seed), last.ModelWeights, CancellationToken.None);
    }

    // What a refusal names, or null for a pair that makes sense.
    private static string? Refused(TrainingData data, string method)
    {
        DatasetDescription description = data.Description;
        DatasetInput input = description.Inputs[0];
        bool isImage = input.Shape.Count == 3;
        bool isText = input.Element == ElementType.Int64;
        bool canReweight = data.Splits.TryGetValue(Split.Validation, out GroupedDataset? validation) && description.HasGroupsOf(validation.Description);
        string setting = method[..method.IndexOf('=', StringComparison.Ordinal)];
        string value = method[(setting.Length + 1)..];
        string kind = setting == "singleLogit" ? value : MethodKinds.KindOf(value);
        return (setting, kind) switch
        {
            ("objective", "irm" or "v-rex") when data.Train.Environments.IsEmpty => kind,
            ("objective", "regression") when data.Train.Targets.IsEmpty || description.Classes.Count != 2 => kind,
            ("objective", "spectral-decoupling") when value.Contains("validation-loss-rises", StringComparison.Ordinal) && !data.Splits.ContainsKey(Split.Validation) => "objective.start",
            ("procedure", "deep-feature-reweighting") when !canReweight => kind,
            ("network", "bert") when !isText => kind,
            ("network", "mlp" or "scaled-linear") when isText => kind,
            ("network", not ("bert" or "onnx" or "mlp" or "scaled-linear")) when !isImage => kind,
            ("singleLogit", "true") when description.Classes.Count != 2 => "singleLogit",
            _ => null,
        };
    }

    private async Task WriteFilesAsync(string kind)
    {
        switch (kind)
        {
            case "colored-mnist":
                ColoredMnistTests.WriteMnist(_folder, count: 200);
                break;
            case "cifar-10":
                CifarFiles.WriteCifar10(_folder, trainCount: 60, testCount: 20);
                break;
            case "cifar-100":
                CifarFiles.WriteCifar100(_folder, trainCount: 60, testCount: 20);
                break;
            case "text-csv" or "text-parquet":
                await WriteTextsAsync();
                break;
            case "waterbirds" or "celeba" or "image-folder" or "parquet" or "csv" or "multinli" or "civilcomments":
                DrawnData.Write(kind, _folder.Path, size: 32);
                break;
            default:
                break;
        }
    }

    // 24 texts, whose label is a word and whose source another.
    private async Task WriteTextsAsync()
    {
        string[] kinds = [.. Enumerable.Range(0, 24).Select(i => i % 2 == 0 ? "bad" : "good")];
        string[] sources = [.. Enumerable.Range(0, 24).Select(i => i % 3 == 0 ? "web" : "news")];
        string[] texts = [.. kinds.Zip(sources, (label, source) => $"{source} {label}")];
        CancellationToken cancellationToken = TestContext.Current.CancellationToken;
        File.WriteAllText(_folder.Combine("vocab.txt"), "[PAD]\n[UNK]\n[CLS]\n[SEP]\ngood\nbad\nweb\nnews\n");
        File.WriteAllLines(_folder.Combine("texts.csv"), ["text,label,source", .. texts.Select((text, i) => $"{text},{kinds[i]},{sources[i]}")]);
        DataField<string>[] columns = [new("text"), new("label"), new("source")];
        await using FileStream stream = File.Create(_folder.Combine("texts.parquet"));
        await using ParquetWriter writer = await ParquetWriter.CreateAsync(new ParquetSchema(columns), stream, cancellationToken: cancellationToken);
        using ParquetRowGroupWriter rows = writer.CreateRowGroup();
        foreach ((DataField<string> column, string[] values) in columns.Zip([texts, kinds, sources]))
        {
            await rows.WriteAsync(column, values);
        }
    }
}
