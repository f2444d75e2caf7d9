using System.Text;
using GradientDynamics.Serve.Tests;
using Microsoft.Extensions.Logging.Abstractions;
using static GradientDynamics.Onnx.Runtime.Tests.SmallModels;

namespace GradientDynamics.Serve.Repository.Tests;

public class ModelRepositoryTests
{
    [Fact]
    public void Versions_are_ordered_as_numbers()
    {
        using var folder = new TemporaryFolder();
        foreach (string version in (string[])["10", "9", "1"])
        {
            folder.Write($"m/{version}/model.onnx", Linear());
        }

        using ModelRepository repository = Load(folder);

        repository.Models.Select(model => model.Version).ShouldBe(["1", "9", "10"]);
        repository.Find("m", "")!.Version.ShouldBe("10");
    }

    [Fact]
    public void Folders_that_are_no_version_and_hidden_models_are_left_alone()
    {
        using var folder = new TemporaryFolder();
        folder.Write("m/1/model.onnx", Linear());
        folder.Write("m/notes/model.onnx", Linear());
        folder.Write("m/02/model.onnx", Linear());
        folder.Write("m/.3.tmp/model.onnx", Linear());
        folder.Write(".m.tmp/1/model.onnx", Linear());
        folder.Write("README.md", "no model"u8);

        using ModelRepository repository = Load(folder);

        repository.Models.ShouldHaveSingleItem().Version.ShouldBe("1");
    }

    [Fact]
    public void A_model_that_cannot_be_loaded_says_why_and_the_others_are_served()
    {
        using var folder = new TemporaryFolder();
        folder.Write("good/1/model.onnx", Linear());
        folder.Write("truncated/1/model.onnx", Linear().AsSpan(0, 50));
        Directory.CreateDirectory(Path.Combine(folder.Path, "fileless", "1"));
        Directory.CreateDirectory(Path.Combine(folder.Path, "versionless"));

        using ModelRepository repository = Load(folder);

        repository.Find("good", "")!.IsReady.ShouldBeTrue();
        repository.Find("truncated", "")!.Reason.ShouldEndWith("model.onnx: this is no ONNX model, or it is cut off");
        repository.Find("fileless", "")!.Reason.ShouldEndWith("model.onnx: there is no such file.");
        repository.Find("versionless", "")!.Reason.ShouldEndWith("versionless has no version; a version is a folder with a whole number from 1 on as its name");
    }

    [Fact]
    public void The_highest_version_that_is_ready_stands_for_the_model()
    {
        using var folder = new TemporaryFolder();
        folder.Write("m/1/model.onnx", Linear());
        folder.Write("m/2/model.onnx", "broken"u8);

        using ModelRepository repository = Load(folder);

        repository.Find("m", "")!.Version.ShouldBe("1");
        repository.Find("m", "2")!.IsReady.ShouldBeFalse();
    }

    [Fact]
    public void A_folder_that_is_not_there_is_named()
    {
        Should.Throw<DirectoryNotFoundException>(() => ModelRepository.Load("absent", gradients: false, NullLogger.Instance))
            .Message.ShouldBe("absent: there is no such folder; a model repository holds NAME/VERSION/model.onnx.");
    }

    [Theory]
    [InlineData("""{"name": "m", "platform": "onnxruntime_onnx", "maxBatchSize": 8}""", 8L)]
    [InlineData("""{"backend": "onnxruntime", "max_batch_size": 4}""", 4L)]
    [InlineData("""{"maxBatchSize": 0}""", null)]
    [InlineData("{}", null)]
    public void A_configuration_limits_the_batch(string json, long? limit)
    {
        using var folder = new TemporaryFolder();
        folder.Write("m/1/model.onnx", Linear());
        folder.Write("m/config.json", Encoding.UTF8.GetBytes(json));

        using ModelRepository repository = Load(folder);

        ServedModel model = repository.Models.ShouldHaveSingleItem();
        model.Reason.ShouldBeEmpty();
        model.MaxBatchSize.ShouldBe(limit);
    }

    [Theory]
    [InlineData("""{"name": "other"}""", "config.json: name: \"other\" is given where \"m\" is accepted")]
    [InlineData("""{"platform": "tensorrt_plan"}""", "config.json: platform: \"tensorrt_plan\" is given where \"onnxruntime_onnx\" or \"onnx_onnxv1\" is accepted")]
    [InlineData("""{"maxBatchSize": -1}""", "config.json: maxBatchSize: -1 is given where a whole number from 0 on is accepted")]
    [InlineData("""{"parameters": {"gradientdynamics.cut": "x"}}""", "config.json: parameters.gradientdynamics.cut: \"x\" is given where {\"stringValue\": \"NAME\"} is accepted")]
    [InlineData("[]", "config.json: a JSON object is accepted, not Array")]
    [InlineData("{", "config.json: this is no JSON: ")]
    public void A_configuration_that_is_wrong_keeps_the_model_from_being_served(string json, string reason)
    {
        using var folder = new TemporaryFolder();
        folder.Write("m/1/model.onnx", Linear());
        folder.Write("m/config.json", Encoding.UTF8.GetBytes(json));

        using ModelRepository repository = Load(folder);

        ServedModel model = repository.Models.ShouldHaveSingleItem();
        model.IsReady.ShouldBeFalse();
        model.Reason.ShouldContain(reason);
    }

    [Fact]
    public void Keys_of_a_configuration_without_effect_are_named()
    {
        using var folder = new TemporaryFolder();
        folder.Write("config.json", """{"dynamicBatching": {}, "maxBatchSize": 8, "instanceGroup": []}"""u8);

        ModelConfiguration.Read(folder.Path, "m").KeysWithoutEffect.ShouldBe(["dynamicBatching", "instanceGroup"]);
    }

    private static ModelRepository Load(TemporaryFolder folder) => ModelRepository.Load(folder.Path, gradients: false, NullLogger.Instance);
}
