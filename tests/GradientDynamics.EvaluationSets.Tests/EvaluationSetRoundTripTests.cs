using System.Text.Json;

namespace GradientDynamics.EvaluationSets.Tests;

public sealed class EvaluationSetRoundTripTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    // 20000 examples need three row groups.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(20000)]
    public async Task Read_ReturnsWhatWasWritten(int count)
    {
        using TemporaryFolder folder = new();

        int written = await EvaluationSetWriter.WriteAsync(folder["a/set.parquet"], Sets.Metadata, Sets.Examples(count), Cancellation);
        EvaluationSet set = await EvaluationSet.ReadAsync(folder["a/set.parquet"], cancellationToken: Cancellation);

        written.ShouldBe(count);
        JsonSerializer.Serialize(set.Metadata).ShouldBe(JsonSerializer.Serialize(Sets.Metadata));
        JsonSerializer.Serialize(set.Examples).ShouldBe(JsonSerializer.Serialize(Sets.Examples(count)));
        Directory.GetFileSystemEntries(folder["a"]).ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(3, 3)]
    [InlineData(8192, 8192)]
    [InlineData(8193, 8193)]
    [InlineData(30000, 9000)]
    public async Task Read_WithALimit_ReturnsTheFirstExamples(int limit, int expected)
    {
        using TemporaryFolder folder = new();
        string path = await Sets.WriteAsync(folder, 9000);

        EvaluationSet set = await EvaluationSet.ReadAsync(path, limit, Cancellation);

        set.Examples.Select(example => example.Id).ShouldBe(Enumerable.Range(0, expected).Select(i => $"image-{i}"));
    }

    [Fact]
    public async Task Open_ReadsMetadataAndCountWithoutExamples()
    {
        using TemporaryFolder folder = new();
        string path = await Sets.WriteAsync(folder, 12);

        await using EvaluationSetReader reader = await EvaluationSetReader.OpenAsync(path, Cancellation);

        reader.Count.ShouldBe(12);
        reader.Metadata.ClassNames.ShouldBe(["water bird", "land bird"]);
    }

    [Fact]
    public async Task Read_TwiceWithOneReader_StartsAgain()
    {
        using TemporaryFolder folder = new();
        string path = await Sets.WriteAsync(folder, 4);
        await using EvaluationSetReader reader = await EvaluationSetReader.OpenAsync(path, Cancellation);

        List<EvaluationExample> first = await reader.ReadAsync(cancellationToken: Cancellation).ToListAsync(Cancellation);
        List<EvaluationExample> second = await reader.ReadAsync(cancellationToken: Cancellation).ToListAsync(Cancellation);

        second.Select(example => example.Id).ShouldBe(first.Select(example => example.Id));
    }

    [Fact]
    public async Task Write_OfSeveralInputs_UsesOneColumnEach()
    {
        using TemporaryFolder folder = new();
        EvaluationSetMetadata metadata = new()
        {
            Inputs =
            [
                new EvaluationInput { Name = "input_ids", Datatype = Datatype.Int64, Shape = [3] },
                new EvaluationInput { Name = "text.raw", Datatype = Datatype.Bytes, Shape = [1] },
            ],
            ClassNames = ["no", "yes"],
        };
        EvaluationExample example = new() { Id = "a", Inputs = [Sets.Bytes(101L, -7L, 102L), "größer"u8.ToArray()], Label = 1 };

        await EvaluationSetWriter.WriteAsync(folder["set.parquet"], metadata, [example], Cancellation);
        EvaluationSet set = await EvaluationSet.ReadAsync(folder["set.parquet"], cancellationToken: Cancellation);

        metadata.ColumnOf(1).ShouldBe("input.text.raw");
        set.Examples[0].Inputs[0].ShouldBe(example.Inputs[0]);
        set.Examples[0].Inputs[1].ShouldBe(example.Inputs[1]);
        set.Examples[0].Attribute.ShouldBeNull();
        set.GroupOf(0).ShouldBe(1);
    }

    // Random shapes, datatypes and bits, fixed by the seed: whatever bytes go in come out.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Read_OfRandomSets_ReturnsEveryBit(int seed)
    {
        using TemporaryFolder folder = new();
        Random random = new(seed);
        Datatype[] datatypes = [Datatype.UInt8, Datatype.UInt16, Datatype.UInt32, Datatype.UInt64, Datatype.Int8, Datatype.Int16, Datatype.Int32, Datatype.Int64, Datatype.Bytes];
        EvaluationSetMetadata metadata = new()
        {
            Inputs = [.. Enumerable.Range(0, random.Next(1, 5)).Select(i => datatypes[random.Next(datatypes.Length)])
                .Select((datatype, i) => new EvaluationInput { Name = $"i{i}", Datatype = datatype, Shape = datatype == Datatype.Bytes ? [] : [.. Enumerable.Range(0, random.Next(4)).Select(_ => random.Next(1, 6))] })],
            ClassNames = ["a", "b", "c"],
            AttributeNames = random.Next(2) == 0 ? [] : ["x", "y"],
        };
        EvaluationExample[] examples = [.. Enumerable.Range(0, 200).Select(i => new EvaluationExample
        {
            Id = $"{i}-{random.Next()}",
            Label = random.Next(3),
            Attribute = metadata.HasAttribute ? random.Next(2) : null,
            Inputs = [.. metadata.Inputs.Select(input =>
            {
                byte[] bytes = new byte[input.Datatype == Datatype.Bytes ? random.Next(50) : input.ByteCount];
                random.NextBytes(bytes);
                return bytes;
            })],
        })];

        await EvaluationSetWriter.WriteAsync(folder["set.parquet"], metadata, examples, Cancellation);
        EvaluationSet set = await EvaluationSet.ReadAsync(folder["set.parquet"], cancellationToken: Cancellation);

        JsonSerializer.Serialize(set.Examples).ShouldBe(JsonSerializer.Serialize(examples));
    }

    [Fact]
    public async Task ReadFloats_ConcatenatesExamples()
    {
        using TemporaryFolder folder = new();
        EvaluationSet set = await EvaluationSet.ReadAsync(await Sets.WriteAsync(folder), cancellationToken: Cancellation);

        set.ReadFloats(1, 2).ShouldBe([1, 0.25f, 0.1f, 1, 0, 0.25f, 0.1f, 1]);
        set.ReadBytes(1, 2).ShouldBe(TensorBytes.FromFloats([1, 0.25f, 0.1f, 1, 0, 0.25f, 0.1f, 1]));
    }
}
