using System.Text.Json;
using Parquet;
using Parquet.Schema;

namespace GradientDynamics.EvaluationSets.Tests;

public sealed class EvaluationSetErrorTests
{
    private static readonly JsonSerializerOptions CamelCase = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string, EvaluationExample[], string> WrongExamples => new()
    {
        { "repeated id", [Sets.Example(0), Sets.Example(0)], "row 1 (id 'image-0'): column 'id' repeats an earlier row's; accepted is a name of its own for each example." },
        { "empty id", [Sets.Example(0) with { Id = "" }], "row 0: column 'id' is empty; accepted is a name of its own for each example." },
        { "label", [Sets.Example(0), Sets.Example(1) with { Label = 2 }], "row 1 (id 'image-1'): column 'label' is 2; accepted is 0 to 1." },
        { "negative label", [Sets.Example(0) with { Label = -1 }], "row 0 (id 'image-0'): column 'label' is -1; accepted is 0 to 1." },
        { "attribute", [Sets.Example(0) with { Attribute = 3 }], "row 0 (id 'image-0'): column 'attribute' is 3; accepted is 0 to 2." },
        { "short input", [Sets.Example(0) with { Inputs = [new byte[15]] }], "row 0 (id 'image-0'): column 'input' has 15 bytes; accepted is 16, shape [2, 1, 2] of FP32." },
        { "NaN", [Sets.Example(0) with { Inputs = [TensorBytes.FromFloats([0, float.NaN, 0, 0])] }], "row 0 (id 'image-0'): column 'input' holds NaN at element 1; accepted is a finite number." },
        { "infinity", [Sets.Example(0) with { Inputs = [TensorBytes.FromFloats([0, 0, 0, float.NegativeInfinity])] }], "row 0 (id 'image-0'): column 'input' holds -Infinity at element 3; accepted is a finite number." },
        { "bounds", [Sets.Example(0) with { Inputs = [TensorBytes.FromFloats([0, 0, 1.5f, 0])] }], "row 0 (id 'image-0'): column 'input' holds 1.5 at element 2; accepted is [0, 1]." },
    };

    [Theory]
    [MemberData(nameof(WrongExamples), DisableDiscoveryEnumeration = true)]
    public async Task Write_OfAWrongExample_NamesItAndLeavesNothing(string _, EvaluationExample[] examples, string message)
    {
        using TemporaryFolder folder = new();
        string path = folder["set.parquet"];

        InvalidDataException exception = await Should.ThrowAsync<InvalidDataException>(() => EvaluationSetWriter.WriteAsync(path, Sets.Metadata, examples, Cancellation));

        exception.Message.ShouldBe($"{path}: {message}");
        folder.Entries.ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(WrongExamples), DisableDiscoveryEnumeration = true)]
    public async Task Read_OfAWrongExample_NamesFileRowAndColumn(string _, EvaluationExample[] examples, string message)
    {
        using TemporaryFolder folder = new();
        string path = await WriteForeignAsync(folder, Json(), examples);

        InvalidDataException exception = await Should.ThrowAsync<InvalidDataException>(() => EvaluationSet.ReadAsync(path, cancellationToken: Cancellation));

        exception.Message.ShouldBe($"{path}: {message}");
    }

    [Fact]
    public async Task Read_OfAFileOfAnotherWriter_ReadsOptionalColumns()
    {
        using TemporaryFolder folder = new();
        string path = await WriteForeignAsync(folder, Json(), [.. Sets.Examples(3)]);

        EvaluationSet set = await EvaluationSet.ReadAsync(path, cancellationToken: Cancellation);

        set.Examples.Select(example => example.Label).ShouldBe([0, 1, 0]);
        set.Examples.Select(example => example.Attribute).ShouldBe([0, 1, 2]);
    }

    [Theory]
    [InlineData("id")]
    [InlineData("input")]
    [InlineData("label")]
    [InlineData("attribute")]
    public async Task Read_OfANull_NamesRowAndColumn(string column)
    {
        using TemporaryFolder folder = new();
        string path = await WriteForeignAsync(folder, Json(), [.. Sets.Examples(3)], nullColumn: column);

        InvalidDataException exception = await Should.ThrowAsync<InvalidDataException>(() => EvaluationSet.ReadAsync(path, cancellationToken: Cancellation));

        exception.Message.ShouldBe($"{path}: row 1: column '{column}' is null; accepted is a value in every row.");
    }

    [Theory]
    [InlineData("id", "column 'id' is missing; accepted are the columns 'id', 'input', 'label', 'attribute'.")]
    [InlineData("label", "column 'label' is missing; accepted are the columns 'id', 'input', 'label', 'attribute'.")]
    [InlineData("attribute", "column 'attribute' is missing; accepted are the columns 'id', 'input', 'label', 'attribute'.")]
    public async Task Open_WithAMissingColumn_NamesIt(string column, string message)
    {
        using TemporaryFolder folder = new();
        string path = await WriteForeignAsync(folder, Json(), [.. Sets.Examples(3)], leaveOut: column);

        InvalidDataException exception = await Should.ThrowAsync<InvalidDataException>(() => EvaluationSetReader.OpenAsync(path, Cancellation));

        exception.Message.ShouldBe($"{path}: {message}");
    }

    [Fact]
    public async Task Open_WithAColumnOfAnotherType_NamesIt()
    {
        using TemporaryFolder folder = new();
        string path = folder["set.parquet"];
        DataField label = new("label", typeof(long), isNullable: false);
        DataField id = new("id", typeof(string), isNullable: false);
        DataField input = new("input", typeof(byte[]), isNullable: false);
        await using (FileStream stream = File.Create(path))
        await using (ParquetWriter writer = await ParquetWriter.CreateAsync(new ParquetSchema(id, input, label), stream, cancellationToken: Cancellation))
        {
            writer.CustomMetadata = new Dictionary<string, string> { [EvaluationSetMetadata.FileKey] = Json() };
        }

        InvalidDataException exception = await Should.ThrowAsync<InvalidDataException>(() => EvaluationSetReader.OpenAsync(path, Cancellation));

        exception.Message.ShouldBe($"{path}: column 'label' is of type int64; accepted is int32.");
    }

    [Fact]
    public async Task Open_WithAnAttributeThatTheMetadataDoesNotName_SaysSo()
    {
        using TemporaryFolder folder = new();
        string path = await WriteForeignAsync(folder, Json().Replace("""["water","land","air"]""", "[]").Replace("[0.5,0.1,0.1,0.1,0.1,0.1]", "[]"), [.. Sets.Examples(1)]);

        InvalidDataException exception = await Should.ThrowAsync<InvalidDataException>(() => EvaluationSetReader.OpenAsync(path, Cancellation));

        exception.Message.ShouldBe($"{path}: has a column 'attribute', but its metadata names no attributes; accepted are both or neither.");
    }

    [Theory]
    [InlineData("\"schemaVersion\":1", "\"schemaVersion\":2", "has evaluation set schema version 2; accepted is 1.")]
    [InlineData("\"schemaVersion\":1,", "", "metadata 'gradientdynamics.evaluation_set' has no schemaVersion; accepted is 1.")]
    [InlineData("\"shape\":[2,1,2]", "\"shape\":[2,0]", "metadata 'gradientdynamics.evaluation_set' is wrong: input 'input' has shape [2, 0]; accepted are positive sizes of at most 2147483647 bytes together.")]
    [InlineData("\"shape\":[2,1,2]", "\"shape\":[65536,65536]", "metadata 'gradientdynamics.evaluation_set' is wrong: input 'input' has shape [65536, 65536]; accepted are positive sizes of at most 2147483647 bytes together.")]
    [InlineData("\"lower\":[0]", "\"lower\":[0,0,0]", "metadata 'gradientdynamics.evaluation_set' is wrong: input 'input' has bounds of 3 values; accepted is 1, or 2 (the first dimension).")]
    [InlineData("\"lower\":[0]", "\"lower\":[1]", "metadata 'gradientdynamics.evaluation_set' is wrong: input 'input' has bounds [1, 1]; accepted are finite bounds with the lower below the upper.")]
    [InlineData("[0.5,0.1,", "[0.6,0.1,", "metadata 'gradientdynamics.evaluation_set' is wrong: training group shares are [0.6, 0.1, 0.1, 0.1, 0.1, 0.1]; accepted are shares from 0 that sum to 1.")]
    [InlineData("[0.5,0.1,", "[0.5,", "metadata 'gradientdynamics.evaluation_set' is wrong: there are 5 training group shares; accepted is one per group, 6, or none.")]
    public async Task Open_WithWrongMetadata_SaysWhatIsWrong(string part, string replacement, string message)
    {
        using TemporaryFolder folder = new();
        Json().ShouldContain(part);
        string path = await WriteForeignAsync(folder, Json().Replace(part, replacement), [.. Sets.Examples(1)]);

        InvalidDataException exception = await Should.ThrowAsync<InvalidDataException>(() => EvaluationSetReader.OpenAsync(path, Cancellation));

        exception.Message.ShouldBe($"{path}: {message}");
    }

    [Theory]
    [InlineData("\"datatype\":\"FP32\"", "\"datatype\":\"FP99\"")]
    [InlineData("\"dataset\"", "\"datasett\"")]
    [InlineData("\"classNames\":[\"water bird\",\"land bird\"],", "")]
    [InlineData("{", "[")]
    public async Task Open_WithMetadataOfAnotherForm_NamesTheMetadata(string part, string replacement)
    {
        using TemporaryFolder folder = new();
        Json().ShouldContain(part);
        string path = await WriteForeignAsync(folder, Json().Replace(part, replacement), [.. Sets.Examples(1)]);

        InvalidDataException exception = await Should.ThrowAsync<InvalidDataException>(() => EvaluationSetReader.OpenAsync(path, Cancellation));

        exception.Message.ShouldStartWith($"{path}: metadata 'gradientdynamics.evaluation_set' is wrong: ");
        exception.Message.ShouldNotContain('\n');
    }

    [Fact]
    public async Task Open_OfAnotherParquetFile_SaysThatTheMetadataIsMissing()
    {
        using TemporaryFolder folder = new();
        string path = await WriteForeignAsync(folder, json: null, [.. Sets.Examples(1)]);

        InvalidDataException exception = await Should.ThrowAsync<InvalidDataException>(() => EvaluationSetReader.OpenAsync(path, Cancellation));

        exception.Message.ShouldBe($"{path}: is a Parquet file without metadata 'gradientdynamics.evaluation_set'; accepted is an evaluation set.");
    }

    [Theory]
    [InlineData("")]
    [InlineData("PAR1")]
    [InlineData("id,label\na,0\nb,1\n")]
    public async Task Open_OfAForeignFile_SaysSo(string content)
    {
        using TemporaryFolder folder = new();
        await File.WriteAllTextAsync(folder["set.parquet"], content, Cancellation);

        InvalidDataException exception = await Should.ThrowAsync<InvalidDataException>(() => EvaluationSetReader.OpenAsync(folder["set.parquet"], Cancellation));

        exception.Message.ShouldBe($"{folder["set.parquet"]}: is not a Parquet file; accepted is an evaluation set.");
    }

    [Fact]
    public async Task Open_OfEveryTruncation_SaysSo()
    {
        using TemporaryFolder folder = new();
        byte[] whole = await File.ReadAllBytesAsync(await Sets.WriteAsync(folder), Cancellation);
        string path = folder["truncated.parquet"];

        for (int length = 0; length < whole.Length; length++)
        {
            await File.WriteAllBytesAsync(path, whole[..length], Cancellation);

            InvalidDataException exception = await Should.ThrowAsync<InvalidDataException>(() => EvaluationSetReader.OpenAsync(path, Cancellation));

            exception.Message.ShouldBe(length < 12
                ? $"{path}: is not a Parquet file; accepted is an evaluation set."
                : $"{path}: is a truncated Parquet file; accepted is a whole evaluation set.");
        }
    }

    // Whatever byte is damaged, the reader either still reads a valid set or says that the file is wrong.
    [Fact]
    public async Task Read_OfEveryDamagedByte_ReadsOrSaysThatTheFileIsWrong()
    {
        using TemporaryFolder folder = new();
        byte[] whole = await File.ReadAllBytesAsync(await Sets.WriteAsync(folder), Cancellation);
        string path = folder["damaged.parquet"];
        int refused = 0;

        for (int position = 0; position < whole.Length; position++)
        {
            byte[] damaged = [.. whole];
            damaged[position] ^= 0xff;
            await File.WriteAllBytesAsync(path, damaged, Cancellation);

            try
            {
                await EvaluationSet.ReadAsync(path, cancellationToken: Cancellation);
            }
            catch (InvalidDataException exception)
            {
                refused++;
                exception.Message.ShouldStartWith($"{path}: ");
                exception.Message.ShouldNotContain('\n');
            }
        }

        refused.ShouldBeGreaterThan(whole.Length / 4);
    }

    [Fact]
    public async Task Open_OfAMissingFile_IsTheSystemsError()
    {
        using TemporaryFolder folder = new();

        await Should.ThrowAsync<FileNotFoundException>(() => EvaluationSetReader.OpenAsync(folder["none.parquet"], Cancellation));
    }

    [Fact]
    public async Task Write_ThatFailsInTheMiddle_KeepsTheOldFile()
    {
        using TemporaryFolder folder = new();
        string path = await Sets.WriteAsync(folder, 3);

        await Should.ThrowAsync<IOException>(() => EvaluationSetWriter.WriteAsync(path, Sets.Metadata, Failing(), Cancellation));

        folder.Entries.ShouldBe(["set.parquet"]);
        (await EvaluationSet.ReadAsync(path, cancellationToken: Cancellation)).Examples.Count.ShouldBe(3);

        static IEnumerable<EvaluationExample> Failing()
        {
            foreach (EvaluationExample example in Sets.Examples(10000))
            {
                yield return example;
            }

            throw new IOException("No space left on device", 28);
        }
    }

    [Fact]
    public async Task Write_OfContradictoryMetadata_Throws()
    {
        using TemporaryFolder folder = new();

        ArgumentException exception = await Should.ThrowAsync<ArgumentException>(() =>
            EvaluationSetWriter.WriteAsync(folder["set.parquet"], Sets.Metadata with { TrainingGroupShares = [1] }, [], Cancellation));

        exception.Message.ShouldContain("there are 1 training group shares; accepted is one per group, 6, or none");
        folder.Entries.ShouldBeEmpty();
    }

    private static string Json() => JsonSerializer.Serialize(Sets.Metadata, CamelCase);

    // As other writers do: every column optional, and none of this library's checks.
    private static async Task<string> WriteForeignAsync(TemporaryFolder folder, string? json, EvaluationExample[] examples, string? leaveOut = null, string? nullColumn = null)
    {
        string path = folder["set.parquet"];
        DataField[] fields =
        [
            new DataField("label", typeof(int), isNullable: true), new DataField("attribute", typeof(int), isNullable: true),
            new DataField("id", typeof(string), isNullable: true), new DataField("input", typeof(byte[]), isNullable: true),
        ];
        fields = [.. fields.Where(field => field.Name != leaveOut)];
        await using FileStream stream = File.Create(path);
        await using ParquetWriter writer = await ParquetWriter.CreateAsync(new ParquetSchema(fields), stream);
        if (json is not null)
        {
            writer.CustomMetadata = new Dictionary<string, string> { [EvaluationSetMetadata.FileKey] = json };
        }

        using ParquetRowGroupWriter rows = writer.CreateRowGroup();
        foreach (DataField field in fields)
        {
            bool Keep(int row) => field.Name != nullColumn || row != 1;
            switch (field.Name)
            {
                case "id":
                    await rows.WriteAsync(field, [.. examples.Select((example, row) => Keep(row) ? example.Id : null)]);
                    break;
                case "input":
                    await rows.WriteAsync(field, [.. examples.Select((example, row) => Keep(row) ? example.Inputs[0] : null)]);
                    break;
                case "label":
                    await rows.WriteAsync<int>(field, (int?[])[.. examples.Select((example, row) => Keep(row) ? example.Label : (int?)null)]);
                    break;
                default:
                    await rows.WriteAsync<int>(field, (int?[])[.. examples.Select((example, row) => Keep(row) ? example.Attribute : null)]);
                    break;
            }
        }

        return path;
    }
}
