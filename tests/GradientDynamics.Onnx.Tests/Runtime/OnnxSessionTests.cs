using System.Runtime.InteropServices;
using System.Text;
using GradientDynamics.Onnx.Graph;
using static GradientDynamics.Onnx.Runtime.Tests.SmallModels;

namespace GradientDynamics.Onnx.Runtime.Tests;

public partial class OnnxSessionTests
{
    // 1·1 + 2·4 + 0.5, 1·2 + 2·5 - 0.5, 1·3 + 2·6: exact in binary.
    private static readonly float[] LinearOfOneTwo = [9.5f, 11.5f, 15f];

    [Fact]
    public void Inputs_and_outputs_carry_names_types_sizes_and_symbols()
    {
        using OnnxSession session = OnnxSession.Load(Linear(), "linear");

        TensorInfo input = session.Inputs.ShouldHaveSingleItem();
        input.Name.ShouldBe("x");
        input.ElementType.ShouldBe(ElementType.Float);
        input.Shape.ShouldBe([-1L, 2L]);
        input.SymbolicSizes.ShouldBe(["batch", ""]);
        session.Outputs.ShouldHaveSingleItem().Shape.ShouldBe([-1L, 3L]);
    }

    [Fact]
    public void Metadata_is_the_files()
    {
        OnnxGraph graph = OnnxModelFile.Parse(Linear()).WithMetadata([KeyValuePair.Create("gradientdynamics.task", "classification")]);

        using OnnxSession session = OnnxSession.Load(OnnxModelFile.ToBytes(graph), "linear");

        session.Metadata.ShouldBe(new Dictionary<string, string> { ["gradientdynamics.task"] = "classification" });
    }

    [Fact]
    public void A_run_computes_the_model()
    {
        using OnnxSession session = OnnxSession.Load(Linear(), "linear");

        session.Run(new float[] { 1, 2, 0, 0 }, 2, 2).ShouldBe([.. LinearOfOneTwo, 0.5f, -0.5f, 0]);
    }

    [Fact]
    public void A_run_writes_into_the_callers_memory()
    {
        using OnnxSession session = OnnxSession.Load(Linear(), "linear");
        float[] result = new float[8];

        session.Run([OnnxTensor.Create("x", new float[] { 1, 2 }, 1, 2)], [OnnxTensor.Create("y", result.AsMemory(2, 3), 1, 3)], TestContext.Current.CancellationToken);

        result.ShouldBe([0, 0, .. LinearOfOneTwo, 0, 0, 0]);
    }

    [Fact]
    public void An_output_in_memory_that_is_only_read_is_refused()
    {
        using OnnxSession session = OnnxSession.Load(Linear(), "linear");

        Should.Throw<ArgumentException>(() => session.Run([OnnxTensor.Create("x", new float[2], 1, 2)], [OnnxTensor.CreateReadOnly<float>("y", new float[3], 1, 3)]));
    }

    [Theory]
    [InlineData(ElementType.Float)]
    [InlineData(ElementType.Double)]
    [InlineData(ElementType.Float16)]
    [InlineData(ElementType.BFloat16)]
    [InlineData(ElementType.Bool)]
    [InlineData(ElementType.Int8)]
    [InlineData(ElementType.Int16)]
    [InlineData(ElementType.Int32)]
    [InlineData(ElementType.Int64)]
    [InlineData(ElementType.UInt8)]
    [InlineData(ElementType.UInt16)]
    [InlineData(ElementType.UInt32)]
    [InlineData(ElementType.UInt64)]
    public void Every_element_type_passes_unchanged(ElementType element)
    {
        using OnnxSession session = OnnxSession.Load(Identity(element, Dimension.Named("n"), 2), "identity");
        byte[] data = new byte[6 * element.Size];
        new Random(7).NextBytes(data);
        if (element == ElementType.Bool)
        {
            data = [0, 1, 1, 0, 1, 0];
        }

        OnnxTensor result = Run(session, OnnxTensor.CreateRaw("x", element, [3, 2], data));

        result.ElementType.ShouldBe(element);
        result.Shape.ToArray().ShouldBe([3L, 2L]);
        result.Data.ToArray().ShouldBe(data);
    }

    [Fact]
    public void Strings_pass_unchanged_zero_bytes_and_empty_ones_included()
    {
        using OnnxSession session = OnnxSession.Load(Identity(ElementType.String, Dimension.Named("n")), "identity");
        ReadOnlyMemory<byte>[] strings = [Encoding.UTF8.GetBytes("größer"), Array.Empty<byte>(), new byte[] { 1, 0, 2 }];

        OnnxTensor result = Run(session, OnnxTensor.CreateStrings("x", [3], strings));

        result.Strings!.Select(element => element.ToArray()).ShouldBe(strings.Select(element => element.ToArray()));
    }

    [Fact]
    public void A_scalar_has_an_empty_shape()
    {
        using OnnxSession session = OnnxSession.Load(Identity(ElementType.Int64), "identity");

        OnnxTensor result = Run(session, OnnxTensor.CreateRaw("x", ElementType.Int64, [], BitConverter.GetBytes(42L)));

        result.Shape.IsEmpty.ShouldBeTrue();
        result.ToArray<long>().ShouldBe([42L]);
    }

    [Fact]
    public void A_batch_of_no_examples_gives_no_results()
    {
        using OnnxSession session = OnnxSession.Load(Linear(), "linear");

        OnnxTensor result = Run(session, OnnxTensor.CreateRaw("x", ElementType.Float, [0, 2], default));

        result.Shape.ToArray().ShouldBe([0L, 3L]);
        result.Data.Length.ShouldBe(0);
    }

    [Fact]
    public void Output_shapes_that_the_inputs_do_not_tell_come_from_the_run()
    {
        using OnnxSession session = OnnxSession.Load(
            Of([Value("x", ElementType.Float, Dimension.Named("n"))], [Value("y", ElementType.Int64, 1, Dimension.Named("found"))], [new GraphNode("NonZero", ["x"], ["y"])]),
            "nonzero");

        OnnxTensor result = Run(session, OnnxTensor.Create("x", new float[] { 0, 3, 0, 5 }));

        result.Shape.ToArray().ShouldBe([1L, 2L]);
        result.ToArray<long>().ShouldBe([1L, 3L]);
    }

    [Fact]
    public void Output_shapes_that_the_file_states_wrongly_come_from_the_run()
    {
        // Concat doubles the first size, the file says that it stays.
        using OnnxSession session = OnnxSession.Load(
            Of(
                [Value("x", ElementType.Float, Dimension.Named("n"))],
                [Value("y", ElementType.Float, Dimension.Named("n"))],
                [new GraphNode("Concat", ["x", "x"], ["y"], NodeAttributes.None.With("axis", 0))]),
            "doubled");

        for (int run = 0; run < 2; run++)
        {
            Run(session, OnnxTensor.Create("x", new float[] { 1, 2 })).ToArray<float>().ShouldBe([1f, 2f, 1f, 2f]);
        }
    }

    [Fact]
    public void Concurrent_runs_do_not_disturb_each_other()
    {
        using OnnxSession session = OnnxSession.Load(Linear(), "linear");

        Parallel.For(0, 2000, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
            session.Run(new float[] { i, 0 }, 1, 2).ShouldBe([i + 0.5f, (2 * i) - 0.5f, 3 * i]));
    }

    [Fact]
    public async Task A_session_that_is_disposed_while_it_runs_ends_that_run_and_takes_no_other()
    {
        // Four hundred products of 256 x 256 matrices of ones over 256: long enough to be under way, each again the matrix itself.
        OnnxSession session = OnnxSession.Load(
            Of(
                [Value("x", ElementType.Float, 256, 256)],
                [Value("y", ElementType.Float, 256, 256)],
                [.. Enumerable.Range(0, 400).Select(i => new GraphNode("MatMul", [i == 0 ? "x" : $"m{i}", "x"], [i == 399 ? "y" : $"m{i + 1}"]))]),
            "products");
        float[] ones = new float[256 * 256];
        Array.Fill(ones, 1f / 256);
        using var runners = new Barrier(3);
        Task<float[]>[] runs = [.. Enumerable.Range(0, 2).Select(_ => Task.Run(
            () =>
            {
                runners.SignalAndWait();
                try
                {
                    return session.Run(ones, 256, 256);
                }
                catch (ObjectDisposedException)
                {
                    return ones; // came after Dispose
                }
            },
            TestContext.Current.CancellationToken))];

        runners.SignalAndWait(TestContext.Current.CancellationToken);
        session.Dispose();

        (await Task.WhenAll(runs)).ShouldAllBe(result => result.SequenceEqual(ones));
        Should.Throw<ObjectDisposedException>(() => session.Run(ones, 256, 256));
    }

    [Fact]
    public void Inputs_that_do_not_fit_are_the_callers_fault()
    {
        using OnnxSession session = OnnxSession.Load(Linear(), "linear");

        ModelRunException exception = Should.Throw<ModelRunException>(() => session.Run(new float[3], 1, 3));

        exception.InputIsAtFault.ShouldBeTrue();
        exception.Message.ShouldBe("linear: Got invalid dimensions for input: x for the following indices index: 1 Got: 3 Expected: 2 Please fix either the inputs/outputs or the model.");
    }

    [Fact]
    public void A_failure_inside_the_model_is_one_line()
    {
        // Three elements cannot be reshaped to (2, 2).
        using OnnxSession session = OnnxSession.Load(
            Of(
                [Value("x", ElementType.Float, Dimension.Named("n"))],
                [Value("y", ElementType.Float, 2, 2)],
                [new GraphNode("Reshape", ["x", "shape"], ["y"], name: "square")],
                ("shape", ConstantTensor.Vector(2, 2))),
            "reshape");

        ModelRunException exception = Should.Throw<ModelRunException>(() => session.Run(new float[3], 3));

        exception.InputIsAtFault.ShouldBeFalse();
        exception.Message.ShouldBe(
            "reshape: node 'square' (Reshape): The input tensor cannot be reshaped to the requested shape. Input shape:{3}, requested shape:{2,2}");
    }

    [Fact]
    public void A_cancelled_run_stops()
    {
        using OnnxSession session = OnnxSession.Load(Linear(), "linear");
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();

        Should.Throw<OperationCanceledException>(() => session.Run([OnnxTensor.Create("x", new float[2], 1, 2)], cancellationToken: cancelled.Token));
    }

    [Fact]
    public void A_missing_file_is_named()
    {
        Should.Throw<FileNotFoundException>(() => OnnxSession.Load("absent.onnx")).Message.ShouldBe("absent.onnx: there is no such file.");
    }

    [Theory]
    [InlineData("empty", "this is no ONNX model, or it is cut off")]
    [InlineData("text", "this is no ONNX model, or it is cut off")]
    [InlineData("truncated", "this is no ONNX model, or it is cut off")]
    [InlineData("unknown operator", "node 'rise': operator Levitate is not known in operator set 20")]
    [InlineData("unknown opset", "operator set 9999 of ai.onnx is not known; the newest that is known is 26")]
    [InlineData("unknown element type", "Exception during loading: MLDataType for: tensor(complex64) is not currently registered or supported")]
    public void A_file_that_is_no_model_is_named_with_its_reason(string kind, string reason)
    {
        byte[] content = kind switch
        {
            "empty" => [],
            "text" => "this is no model"u8.ToArray(),
            "truncated" => Linear()[..60],
            "unknown operator" => Of([Value("x", ElementType.Float, 1)], [Value("y", ElementType.Float, 1)], [new GraphNode("Levitate", ["x"], ["y"], name: "rise")]),
            "unknown opset" => OnnxModelFile.ToBytes(new OnnxGraph(
                [Value("x", ElementType.Float, 1)], [Value("y", ElementType.Float, 1)], [new GraphNode("Identity", ["x"], ["y"])], [], opset: 9999)),
            _ => Identity((ElementType)14, 1),
        };
        string path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid()}.onnx");
        File.WriteAllBytes(path, content);
        try
        {
            Should.Throw<InvalidModelException>(() => OnnxSession.Load(path)).Message.ShouldBe($"{path}: {reason}");
            Should.Throw<InvalidModelException>(() => OnnxSession.Load(content, "memory")).Message.ShouldBe($"memory: {reason}");
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Telemetry_is_off_where_native_code_looks()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has one environment for native and managed code.");
        using OnnxSession session = OnnxSession.Load(Linear(), "linear");

        Marshal.PtrToStringUTF8(GetEnvironmentVariable("ORT_DISABLE_TELEMETRY")).ShouldBe("1");
    }

    [Fact]
    public void Options_have_their_documented_defaults_and_guards()
    {
        var options = new OnnxSessionOptions();

        options.IntraOpThreads.ShouldBe(1);
        options.AllowSpinning.ShouldBeFalse();
        options.Optimization.ShouldBe(GraphOptimization.All);
        options.KeepMemory.ShouldBeTrue();
        (options with { IntraOpThreads = options.IntraOpThreads, Optimization = options.Optimization }).ShouldBe(options);
        Should.Throw<ArgumentOutOfRangeException>(() => options with { IntraOpThreads = -1 });
        Should.Throw<ArgumentOutOfRangeException>(() => options with { Optimization = (GraphOptimization)9 });
    }

    [Theory]
    [InlineData(GraphOptimization.None)]
    [InlineData(GraphOptimization.Basic)]
    [InlineData(GraphOptimization.Extended)]
    [InlineData(GraphOptimization.All)]
    public void Every_optimization_and_thread_count_computes_the_same(GraphOptimization optimization)
    {
        using OnnxSession session = OnnxSession.Load(Linear(), "linear", new OnnxSessionOptions { Optimization = optimization, IntraOpThreads = 2, KeepMemory = false });

        session.Run(new float[] { 1, 2 }, 1, 2).ShouldBe(LinearOfOneTwo);
    }

    private static OnnxTensor Run(OnnxSession session, OnnxTensor input) =>
        session.Run([input], cancellationToken: TestContext.Current.CancellationToken).ShouldHaveSingleItem();

    [LibraryImport("libc", EntryPoint = "getenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint GetEnvironmentVariable(string name);
}
