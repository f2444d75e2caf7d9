using Google.Protobuf;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Protos;
using GradientDynamics.Protos.Inference;
using GradientDynamics.Serve.Tests;
using Grpc.Core;
using static GradientDynamics.Onnx.Runtime.Tests.SmallModels;

namespace GradientDynamics.Serve.Inference.Tests;

public class InferenceServiceTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_server_says_that_it_is_live_and_ready_and_what_it_is()
    {
        await using InProcessServer server = await InProcessServer.StartAsync(("linear/1", Linear()));

        (await server.Client.ServerLiveAsync(Token)).ShouldBeTrue();
        (await server.Client.ServerReadyAsync(Token)).ShouldBeTrue();
        ServerDescription description = await server.Client.ServerMetadataAsync(Token);
        description.Name.ShouldBe("gd-serve");
        Version.TryParse(description.Version, out _).ShouldBeTrue();
        description.Extensions.ShouldBe(["model_repository"]);
    }

    [Fact]
    public async Task A_models_metadata_are_its_files()
    {
        byte[] model = OnnxModelFile.ToBytes(OnnxModelFile.Parse(Linear()).WithMetadata([KeyValuePair.Create("gradientdynamics.classes", "plane,horse,ship")]));
        await using InProcessServer server = await InProcessServer.StartAsync(("linear/3", model), ("linear/12", model));

        ModelDescription description = await server.Client.ModelMetadataAsync("linear", "3", Token);

        description.Name.ShouldBe("linear");
        description.Versions.ShouldBe(["3", "12"]);
        description.Platform.ShouldBe("onnx_onnxv1");
        TensorDescription input = description.Inputs.ShouldHaveSingleItem();
        (input.Name, input.Datatype).ShouldBe(("x", "FP32"));
        input.Shape.ShouldBe([-1L, 2L]);
        description.Outputs.ShouldHaveSingleItem().Shape.ShouldBe([-1L, 3L]);
        description.Properties.ShouldBe(new Dictionary<string, string> { ["gradientdynamics.classes"] = "plane,horse,ship" });
    }

    [Fact]
    public async Task Without_a_version_the_highest_that_is_ready_answers()
    {
        await using InProcessServer server = await InProcessServer.StartAsync(
            ("m/2", Identity(ElementType.Float, Dimension.Named("n"))),
            ("m/10", Identity(ElementType.Float, Dimension.Named("n"))),
            ("m/11", "broken"u8.ToArray()));

        InferenceReply highest = await server.Client.InferAsync("m", null, [InferenceTensor.Create("x", new float[1])], cancellationToken: Token);
        InferenceReply asked = await server.Client.InferAsync("m", "2", [InferenceTensor.Create("x", new float[1])], cancellationToken: Token);

        highest.ModelVersion.ShouldBe("10");
        asked.ModelVersion.ShouldBe("2");
    }

    [Fact]
    public async Task Ready_is_said_of_models_that_can_be_asked_only()
    {
        await using InProcessServer server = await InProcessServer.StartAsync(("good/1", Linear()), ("bad/1", "broken"u8.ToArray()));

        (await server.Client.ModelReadyAsync("good", cancellationToken: Token)).ShouldBeTrue();
        (await server.Client.ModelReadyAsync("good", "1", Token)).ShouldBeTrue();
        (await server.Client.ModelReadyAsync("good", "2", Token)).ShouldBeFalse();
        (await server.Client.ModelReadyAsync("bad", cancellationToken: Token)).ShouldBeFalse();
        (await server.Client.ModelReadyAsync("absent", cancellationToken: Token)).ShouldBeFalse();
    }

    [Fact]
    public async Task The_index_lists_every_version_with_its_state_and_reason()
    {
        await using InProcessServer server = await InProcessServer.StartAsync(("good/1", Linear()), ("bad/1", "broken"u8.ToArray()));

        IReadOnlyList<RepositoryEntry> entries = await server.Client.RepositoryIndexAsync(Token);
        RepositoryIndexResponse ready = await server.Calls.RepositoryIndexAsync(new RepositoryIndexRequest { Ready = true }, cancellationToken: Token);

        entries.Select(entry => (entry.Name, entry.Version, entry.State)).ShouldBe([("bad", "1", "UNAVAILABLE"), ("good", "1", "READY")]);
        entries[0].Reason.ShouldEndWith("model.onnx: this is no ONNX model, or it is cut off");
        entries[1].Reason.ShouldBeEmpty();
        ready.Models.ShouldHaveSingleItem().Name.ShouldBe("good");
        Should.Throw<RpcException>(() => server.Calls.RepositoryIndex(new RepositoryIndexRequest { RepositoryName = "other" }, cancellationToken: Token)).StatusCode.ShouldBe(StatusCode.NotFound);
    }

    [Fact]
    public async Task A_raw_request_gets_a_raw_reply_with_its_id()
    {
        await using InProcessServer server = await InProcessServer.StartAsync(("linear/1", Linear()));
        ModelInferRequest request = RawRequest("linear", "FP32", [1, 2], Bytes(1f, 2f));
        request.Id = "first";

        ModelInferResponse reply = await server.Calls.ModelInferAsync(request, cancellationToken: Token);

        (reply.ModelName, reply.ModelVersion, reply.Id).ShouldBe(("linear", "1", "first"));
        ModelInferResponse.Types.InferOutputTensor output = reply.Outputs.ShouldHaveSingleItem();
        (output.Name, output.Datatype).ShouldBe(("y", "FP32"));
        output.Shape.ShouldBe([1L, 3L]);
        output.Contents.ShouldBeNull();
        reply.RawOutputContents.ShouldHaveSingleItem().ToByteArray().ShouldBe(Bytes(9.5f, 11.5f, 15f));
    }

    [Fact]
    public async Task A_typed_request_gets_a_typed_reply()
    {
        await using InProcessServer server = await InProcessServer.StartAsync(("linear/1", Linear()));
        ModelInferRequest request = TypedRequest("linear", "FP32", [1, 2], new InferTensorContents { Fp32Contents = { 1f, 2f } });

        ModelInferResponse reply = await server.Calls.ModelInferAsync(request, cancellationToken: Token);

        reply.RawOutputContents.ShouldBeEmpty();
        reply.Outputs.ShouldHaveSingleItem().Contents.Fp32Contents.ShouldBe([9.5f, 11.5f, 15f]);
    }

    [Fact]
    public async Task Outputs_come_in_the_order_that_is_asked_for()
    {
        await using InProcessServer server = await InProcessServer.StartAsync(("two/1", TwoOutputs()));

        InferenceReply all = await server.Client.InferAsync("two", null, [InferenceTensor.Create("x", new float[] { -3 })], cancellationToken: Token);
        InferenceReply turned = await server.Client.InferAsync("two", null, [InferenceTensor.Create("x", new float[] { -3 })], ["negative", "absolute"], Token);
        InferenceReply one = await server.Client.InferAsync("two", null, [InferenceTensor.Create("x", new float[] { -4 })], ["negative"], Token);

        all.Outputs.Select(output => output.Name).ShouldBe(["absolute", "negative"]);
        turned.Outputs.Select(output => output.Name).ShouldBe(["negative", "absolute"]);
        one.Outputs.ShouldHaveSingleItem().ToArray<float>().ShouldBe([4f]);
    }

    public static TheoryData<ElementType> ElementTypesOfFixedSize() =>
    [
        ElementType.Bool, ElementType.UInt8, ElementType.UInt16, ElementType.UInt32, ElementType.UInt64, ElementType.Int8, ElementType.Int16, ElementType.Int32,
        ElementType.Int64, ElementType.Float16, ElementType.BFloat16, ElementType.Float, ElementType.Double,
    ];

    [Theory]
    [MemberData(nameof(ElementTypesOfFixedSize))]
    public async Task Every_datatype_passes_in_both_forms(ElementType element)
    {
        await using InProcessServer server = await InProcessServer.StartAsync(("same/1", Identity(element, Dimension.Named("n"))));
        string datatype = ModelDatatypes.Of(element);
        byte[] data = new byte[4 * element.Size];
        new Random(3).NextBytes(data);
        data = element == ElementType.Bool ? [1, 0, 0, 1] : data;

        ModelInferResponse raw = await server.Calls.ModelInferAsync(RawRequest("same", datatype, [4], data), cancellationToken: Token);
        raw.Outputs.ShouldHaveSingleItem().Datatype.ShouldBe(datatype);
        raw.RawOutputContents.ShouldHaveSingleItem().ToByteArray().ShouldBe(data);

        if (TensorContents.HasTypedForm(datatype))
        {
            InferTensorContents contents = TensorContents.FromRaw(data, datatype, 4);
            ModelInferResponse typed = await server.Calls.ModelInferAsync(TypedRequest("same", datatype, [4], contents), cancellationToken: Token);
            typed.Outputs.ShouldHaveSingleItem().Contents.ShouldBe(contents);
        }
        else
        {
            RpcException refusal = await Refused(server, TypedRequest("same", datatype, [4], new InferTensorContents()));
            refusal.Status.Detail.ShouldBe($"model 'same' version 1: input 'x': {datatype} has no typed form; it is accepted as raw bytes only");
        }
    }

    [Fact]
    public async Task Bytes_pass_in_both_forms()
    {
        await using InProcessServer server = await InProcessServer.StartAsync(("same/1", Identity(ElementType.String, Dimension.Named("n"))));

        InferenceReply raw = await server.Client.InferAsync("same", null, [InferenceTensor.Create("x", ["größer", "", "a\0b"])], cancellationToken: Token);
        ModelInferResponse typed = await server.Calls.ModelInferAsync(
            TypedRequest("same", "BYTES", [2], new InferTensorContents { BytesContents = { ByteString.CopyFromUtf8("größer"), ByteString.Empty } }), cancellationToken: Token);

        raw["y"].ToStrings().ShouldBe(["größer", "", "a\0b"]);
        typed.Outputs[0].Contents.BytesContents.Select(element => element.ToStringUtf8()).ShouldBe(["größer", ""]);
    }

    [Fact]
    public async Task A_typed_request_with_an_output_that_has_no_typed_form_gets_a_raw_reply()
    {
        byte[] model = Of(
            [Value("x", ElementType.Float, 2)],
            [Value("y", ElementType.Float16, 2)],
            [new GraphNode("Cast", ["x"], ["y"], NodeAttributes.None.With("to", (long)ElementType.Float16))]);
        await using InProcessServer server = await InProcessServer.StartAsync(("half/1", model));

        ModelInferResponse reply = await server.Calls.ModelInferAsync(
            TypedRequest("half", "FP32", [2], new InferTensorContents { Fp32Contents = { 1f, -2f } }), cancellationToken: Token);

        // 1 and -2 in IEEE half precision, little-endian.
        reply.RawOutputContents.ShouldHaveSingleItem().ToByteArray().ShouldBe([0x00, 0x3C, 0x00, 0xC0]);
    }

    [Theory]
    [InlineData("absent", "", StatusCode.NotFound, "there is no model 'absent'; there are 'bad', 'linear', 'pair'")]
    [InlineData("linear", "7", StatusCode.NotFound, "model 'linear' has no version '7'; it has 1")]
    [InlineData("bad", "", StatusCode.Unavailable, "model 'bad' version 1 is not ready: *: this is no ONNX model, or it is cut off")]
    public async Task A_model_that_cannot_be_asked_is_refused_by_every_call_about_it(string model, string version, StatusCode status, string message)
    {
        await using InProcessServer server = await InProcessServer.StartAsync(("linear/1", Linear()), ("bad/1", "broken"u8.ToArray()), ("pair/1", Pair()));
        ModelInferRequest request = RawRequest(model, "FP32", [1, 2], Bytes(1f, 2f));
        request.ModelVersion = version;

        RpcException inference = await Refused(server, request);
        RpcException metadata = await Should.ThrowAsync<RpcException>(async () =>
            await server.Calls.ModelMetadataAsync(new ModelMetadataRequest { Name = model, Version = version }, cancellationToken: Token));

        inference.StatusCode.ShouldBe(status);
        metadata.StatusCode.ShouldBe(status);
        foreach (string part in message.Split('*'))
        {
            inference.Status.Detail.ShouldContain(part);
            metadata.Status.Detail.ShouldContain(part);
        }
    }

    public static TheoryData<string, string> WrongRequests() => new()
    {
        { "missing input", "model 'pair' version 1: input 'b' is missing; required are 'a', 'b'" },
        { "duplicate input", "model 'pair' version 1: input 'a' is given twice" },
        { "unknown input", "model 'pair' version 1: there is no input 'c'; accepted are 'a', 'b'" },
        { "datatype", "model 'pair' version 1: input 'b': datatype 'FP64' is given where the model takes FP32" },
        { "unknown datatype", "model 'pair' version 1: input 'b': datatype 'FLOAT' is given where the model takes FP32" },
        { "rank", "model 'pair' version 1: input 'b': shape [4] is given where the model takes [-1, 2] (-1: any size)" },
        { "fixed size", "model 'pair' version 1: input 'b': shape [2, 3] is given where the model takes [-1, 2] (-1: any size)" },
        { "negative size", "model 'pair' version 1: input 'b': shape [-1, 2] has the negative size -1" },
        { "overflow", "model 'pair' version 1: input 'b': shape [9223372036854775807, 2] has more elements than 64 bits can count" },
        { "overflow to the right count", "model 'pair' version 1: input 'b': shape [-9223372036854775806, 2] has the negative size -9223372036854775806" },
        { "batch", "model 'pair' version 1: input 'b' has size 3 in dimension 0 ('batch') where input 'a' has 2" },
        { "too few bytes", "model 'pair' version 1: input 'b': 15 bytes are given where FP32 of shape [2, 2] has 16" },
        { "too many bytes", "model 'pair' version 1: input 'b': 20 bytes are given where FP32 of shape [2, 2] has 16" },
        { "too few raw contents", "model 'pair' version 1: 2 inputs come with 1 raw contents; one each is accepted" },
        { "both forms", "model 'pair' version 1: input 'b': both raw and typed contents are given; a request has one form for all inputs" },
        { "no contents", "model 'pair' version 1: input 'a': fp32_contents holds 0 elements where the shape has 4" },
        { "too few elements", "model 'pair' version 1: input 'b': fp32_contents holds 3 elements where the shape has 4" },
        { "wrong list", "model 'pair' version 1: input 'b': FP32 is read from fp32_contents, not from fp64_contents, which holds 4 elements" },
        { "unknown output", "model 'pair' version 1: there is no output 'z'; there are 'sum'" },
        { "duplicate output", "model 'pair' version 1: output 'sum' is requested twice" },
        { "reserved parameter", "parameter 'triton_secret': the prefix triton_ is reserved and no parameter of that name is known" },
    };

    [Theory]
    [MemberData(nameof(WrongRequests))]
    public async Task A_wrong_request_is_refused_with_what_is_wrong_and_what_is_accepted(string kind, string message)
    {
        await using InProcessServer server = await InProcessServer.StartAsync(("pair/1", Pair()));
        ModelInferRequest request = RawRequest("pair", "FP32", [2, 2], Bytes(1f, 2f, 3f, 4f), "a");
        ModelInferRequest.Types.InferInputTensor b = new() { Name = "b", Datatype = "FP32", Shape = { 2, 2 } };
        request.Inputs.Add(b);
        request.RawInputContents.Add(request.RawInputContents[0]);
        var elements = new InferTensorContents { Fp32Contents = { 1f, 2f, 3f, 4f } };
        switch (kind)
        {
            case "missing input":
                request.Inputs.RemoveAt(1);
                request.RawInputContents.RemoveAt(1);
                break;
            case "duplicate input": b.Name = "a"; break;
            case "unknown input": b.Name = "c"; break;
            case "datatype": b.Datatype = "FP64"; break;
            case "unknown datatype": b.Datatype = "FLOAT"; break;
            case "rank": SetShape(b, 4); break;
            case "fixed size": SetShape(b, 2, 3); break;
            case "negative size": SetShape(b, -1, 2); break;
            case "overflow": SetShape(b, long.MaxValue, 2); break;
            case "overflow to the right count": SetShape(b, long.MinValue + 2, 2); break;
            case "batch":
                SetShape(b, 3, 2);
                request.RawInputContents[1] = ByteString.CopyFrom(new byte[24]);
                break;
            case "too few bytes": request.RawInputContents[1] = ByteString.CopyFrom(new byte[15]); break;
            case "too many bytes": request.RawInputContents[1] = ByteString.CopyFrom(new byte[20]); break;
            case "too few raw contents": request.RawInputContents.RemoveAt(1); break;
            case "both forms": b.Contents = elements; break;
            case "no contents": request.RawInputContents.Clear(); break;
            case "too few elements":
                request.RawInputContents.Clear();
                request.Inputs[0].Contents = elements;
                b.Contents = new InferTensorContents { Fp32Contents = { 1f, 2f, 3f } };
                break;
            case "wrong list":
                request.RawInputContents.Clear();
                request.Inputs[0].Contents = elements;
                b.Contents = new InferTensorContents { Fp64Contents = { 1, 2, 3, 4 } };
                break;
            case "unknown output": request.Outputs.Add(new ModelInferRequest.Types.InferRequestedOutputTensor { Name = "z" }); break;
            case "duplicate output":
                request.Outputs.Add(new ModelInferRequest.Types.InferRequestedOutputTensor { Name = "sum" });
                request.Outputs.Add(new ModelInferRequest.Types.InferRequestedOutputTensor { Name = "sum" });
                break;
            case "reserved parameter": request.Parameters["triton_secret"] = new InferParameter { BoolParam = true }; break;
        }

        RpcException refusal = await Refused(server, request);

        refusal.Status.Detail.ShouldBe(message);
        refusal.StatusCode.ShouldBe(StatusCode.InvalidArgument);
    }

    [Theory]
    [InlineData(new byte[] { 0, 2 }, "BOOL", ElementType.Bool, "element 1 of BOOL is 2; accepted are 0 and 1")]
    [InlineData(new byte[] { 1, 0, 0, 0, 65, 9, 0, 0, 0, 66 }, "BYTES", ElementType.String, "element 1 is cut off: its length says 9 bytes, 1 are left")]
    [InlineData(new byte[] { 1, 0, 0, 0, 65, 1, 0, 0 }, "BYTES", ElementType.String, "the length of element 1 is cut off: 3 bytes are left of 4")]
    [InlineData(new byte[] { 0, 0, 0, 0, 0, 0, 0, 0, 7 }, "BYTES", ElementType.String, "1 bytes follow the last of 2 elements")]
    [InlineData(new byte[] { 0, 0, 0, 0 }, "BYTES", ElementType.String, "4 bytes cannot hold 2 elements of BYTES, each behind a length of 4 bytes")]
    public async Task Raw_elements_that_are_none_are_refused(byte[] data, string datatype, ElementType element, string message)
    {
        await using InProcessServer server = await InProcessServer.StartAsync(("same/1", Identity(element, Dimension.Named("n"))));

        RpcException refusal = await Refused(server, RawRequest("same", datatype, [2], data));

        refusal.Status.ShouldBe(new Status(StatusCode.InvalidArgument, $"model 'same' version 1: input 'x': {message}"));
    }

    [Fact]
    public async Task A_typed_element_that_does_not_fit_its_datatype_is_refused()
    {
        await using InProcessServer server = await InProcessServer.StartAsync(("same/1", Identity(ElementType.Int8, Dimension.Named("n"))));

        RpcException refusal = await Refused(server, TypedRequest("same", "INT8", [2], new InferTensorContents { IntContents = { -128, 128 } }));

        refusal.Status.ShouldBe(new Status(StatusCode.InvalidArgument, "model 'same' version 1: input 'x': element 1 is 128; INT8 holds -128 to 127"));
    }

    [Theory]
    [InlineData("classification")]
    [InlineData("sequence_id")]
    [InlineData("timeout")]
    [InlineData("shared_memory_region")]
    public async Task A_parameter_that_would_change_the_answer_is_refused_by_name(string parameter)
    {
        await using InProcessServer server = await InProcessServer.StartAsync(("linear/1", Linear()));
        ModelInferRequest request = RawRequest("linear", "FP32", [1, 2], Bytes(1f, 2f));
        request.Inputs[0].Parameters[parameter] = new InferParameter { Int64Param = 1 };

        (await Refused(server, request)).Status.ShouldBe(new Status(StatusCode.Unimplemented, $"parameter '{parameter}' is not supported by this server"));
    }

    [Fact]
    public async Task Remarks_of_other_clients_have_no_effect()
    {
        await using InProcessServer server = await InProcessServer.StartAsync(("linear/1", Linear()));
        ModelInferRequest request = RawRequest("linear", "FP32", [1, 2], Bytes(1f, 2f));
        request.Inputs[0].Parameters["content_type"] = new InferParameter { StringParam = "np" };

        (await server.Calls.ModelInferAsync(request, cancellationToken: Token)).RawOutputContents[0].ToByteArray().ShouldBe(Bytes(9.5f, 11.5f, 15f));
    }

    [Fact]
    public async Task A_model_that_fails_on_its_input_is_an_internal_error_that_names_the_node()
    {
        byte[] model = Of(
            [Value("x", ElementType.Float, Dimension.Named("n"))],
            [Value("y", ElementType.Float, 2, 2)],
            [new GraphNode("Reshape", ["x", "shape"], ["y"], name: "square")],
            ("shape", ConstantTensor.Vector(2, 2)));
        await using InProcessServer server = await InProcessServer.StartAsync(("reshape/1", model));

        RpcException refusal = await Refused(server, RawRequest("reshape", "FP32", [3], Bytes(1f, 2f, 3f)));

        refusal.StatusCode.ShouldBe(StatusCode.Internal);
        refusal.Status.Detail.ShouldStartWith("model 'reshape' version 1: node 'square' (Reshape): ");
    }

    [Fact]
    public async Task A_server_that_stops_refuses_inferences_and_is_not_ready()
    {
        await using InProcessServer server = await InProcessServer.StartAsync(("linear/1", Linear()));

        server.BeginStop();

        (await server.Client.ServerReadyAsync(Token)).ShouldBeFalse();
        (await server.Client.ModelReadyAsync("linear", cancellationToken: Token)).ShouldBeFalse();
        (await Refused(server, RawRequest("linear", "FP32", [1, 2], Bytes(1f, 2f)))).Status.ShouldBe(new Status(StatusCode.Unavailable, "the server is shutting down"));
    }

    [Fact]
    public async Task Concurrent_calls_each_get_their_own_answer()
    {
        await using InProcessServer server = await InProcessServer.StartAsync(("linear/1", Linear()));

        await Parallel.ForEachAsync(Enumerable.Range(0, 400), new ParallelOptions { MaxDegreeOfParallelism = 32, CancellationToken = Token }, async (i, token) =>
        {
            InferenceReply reply = await server.Client.InferAsync("linear", null, [InferenceTensor.Create("x", new float[] { i, 0 }, 1, 2)], cancellationToken: token);
            reply["y"].ToArray<float>().ShouldBe([i + 0.5f, (2 * i) - 0.5f, 3 * i]);
        });
    }

    internal static ModelInferRequest RawRequest(string model, string datatype, long[] shape, byte[] data, string input = "x") => new()
    {
        ModelName = model,
        Inputs = { new ModelInferRequest.Types.InferInputTensor { Name = input, Datatype = datatype, Shape = { shape } } },
        RawInputContents = { ByteString.CopyFrom(data) },
    };

    internal static byte[] Bytes(params float[] elements)
    {
        byte[] bytes = new byte[elements.Length * sizeof(float)];
        Buffer.BlockCopy(elements, 0, bytes, 0, bytes.Length);
        return bytes;
    }

    private static ModelInferRequest TypedRequest(string model, string datatype, long[] shape, InferTensorContents contents) => new()
    {
        ModelName = model,
        Inputs = { new ModelInferRequest.Types.InferInputTensor { Name = "x", Datatype = datatype, Shape = { shape }, Contents = contents } },
    };

    private static Task<RpcException> Refused(InProcessServer server, ModelInferRequest request) =>
        Should.ThrowAsync<RpcException>(async () => await server.Calls.ModelInferAsync(request, cancellationToken: Token));

    private static void SetShape(ModelInferRequest.Types.InferInputTensor input, params long[] shape)
    {
        input.Shape.Clear();
        input.Shape.AddRange(shape);
    }

    private static byte[] TwoOutputs() => Of(
        [Value("x", ElementType.Float, Dimension.Named("n"))],
        [Value("absolute", ElementType.Float, Dimension.Named("n")), Value("negative", ElementType.Float, Dimension.Named("n"))],
        [new GraphNode("Abs", ["x"], ["absolute"]), new GraphNode("Neg", ["x"], ["negative"])]);

    private static byte[] Pair() => Of(
        [Value("a", ElementType.Float, Dimension.Named("batch"), 2), Value("b", ElementType.Float, Dimension.Named("batch"), 2)],
        [Value("sum", ElementType.Float, Dimension.Named("batch"), 2)],
        [new GraphNode("Add", ["a", "b"], ["sum"])]);
}
