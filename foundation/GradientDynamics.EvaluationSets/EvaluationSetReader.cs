using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Parquet;
using Parquet.Schema;

namespace GradientDynamics.EvaluationSets;

/// <summary>Reads an evaluation set: the metadata at once, the examples a row group at a time, each checked.</summary>
public sealed class EvaluationSetReader : IAsyncDisposable
{
    private const uint Magic = 0x31524150; // "PAR1"

    // Every row has an id of its own, which no compression shrinks further; a footer that claims more rows is damaged and would exhaust memory.
    private const int RowsPerByte = 1024;

    private readonly string _path;
    private readonly ParquetReader _reader;
    private readonly FileStream _stream;

    private EvaluationSetReader(string path, FileStream stream, ParquetReader reader, EvaluationSetMetadata metadata, int count)
    {
        _path = path;
        _stream = stream;
        _reader = reader;
        Metadata = metadata;
        Count = count;
    }

    /// <summary>What the set says about itself.</summary>
    public EvaluationSetMetadata Metadata { get; }

    /// <summary>Number of examples.</summary>
    public int Count { get; }

    /// <summary>Opens a set and reads its metadata, no examples.</summary>
    /// <exception cref="InvalidDataException">The file is no evaluation set; the message names it and what is wrong.</exception>
    public static async Task<EvaluationSetReader> OpenAsync(string path, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        FileStream stream = File.Exists(path)
            ? new(path, FileMode.Open, FileAccess.Read, FileShare.Read)
            : throw new FileNotFoundException($"{path}: no such evaluation set; gd-train evaluation-set writes one.", path);
        ParquetReader? reader = null;
        try
        {
            CheckEnds(stream, path);
            reader = await GuardAsync(path, "footer", () => ParquetReader.CreateAsync(stream, leaveStreamOpen: true, cancellationToken: cancellationToken));
            EvaluationSetMetadata metadata = ReadMetadata(reader, path);
            ParquetReader opened = reader;
            CheckColumns(await GuardAsync(path, "schema", () => Task.FromResult(opened.Schema)), metadata, path);
            long count = await GuardAsync(path, "list of row groups", () => Task.FromResult(CountRows(opened, stream.Length)));
            return count <= int.MaxValue
                ? new EvaluationSetReader(path, stream, reader, metadata, (int)count)
                : throw new InvalidDataException($"{path}: has {count} rows; accepted is at most {int.MaxValue}.");
        }
        catch
        {
            if (reader is not null)
            {
                await reader.DisposeAsync();
            }

            await stream.DisposeAsync();
            throw;
        }
    }

    /// <summary>Reads the examples in order, at most <paramref name="limit"/> of them.</summary>
    /// <exception cref="InvalidDataException">An example breaks a rule of the set; the message names file, row and column.</exception>
    public async IAsyncEnumerable<EvaluationExample> ReadAsync(int? limit = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(limit.GetValueOrDefault(), nameof(limit));
        int remaining = Math.Min(limit ?? int.MaxValue, Count);
        ExampleChecks checks = new(Metadata, _path);
        long row = 0;
        for (int group = 0; group < _reader.RowGroupCount && remaining > 0; group++)
        {
            EvaluationExample[] examples = await ReadGroupAsync(group, row, cancellationToken);
            foreach (EvaluationExample example in examples.Take(remaining))
            {
                checks.Check(example, row++);
                yield return example;
            }

            remaining -= Math.Min(remaining, examples.Length);
        }
    }

    /// <summary>Closes the file.</summary>
    public async ValueTask DisposeAsync()
    {
        await _reader.DisposeAsync();
        await _stream.DisposeAsync();
    }

    // "PAR1", the content, the footer, its length in four bytes, "PAR1".
    private static void CheckEnds(FileStream stream, string path)
    {
        Span<byte> ends = stackalloc byte[12];
        bool whole = stream.Length >= ends.Length;
        if (whole)
        {
            stream.ReadExactly(ends[..4]);
            stream.Seek(-8, SeekOrigin.End);
            stream.ReadExactly(ends[4..]);
            stream.Seek(0, SeekOrigin.Begin);
        }

        if (!whole || BinaryPrimitives.ReadUInt32LittleEndian(ends) != Magic)
        {
            throw new InvalidDataException($"{path}: is not a Parquet file; accepted is an evaluation set.");
        }

        uint footer = BinaryPrimitives.ReadUInt32LittleEndian(ends[4..]);
        if (BinaryPrimitives.ReadUInt32LittleEndian(ends[8..]) != Magic || footer > stream.Length - ends.Length)
        {
            throw new InvalidDataException($"{path}: is a truncated Parquet file; accepted is a whole evaluation set.");
        }
    }

    private static EvaluationSetMetadata ReadMetadata(ParquetReader reader, string path)
    {
        if (reader.CustomMetadata is null || !reader.CustomMetadata.TryGetValue(EvaluationSetMetadata.FileKey, out string? json) || json is null)
        {
            throw new InvalidDataException($"{path}: is a Parquet file without metadata '{EvaluationSetMetadata.FileKey}'; accepted is an evaluation set.");
        }

        EvaluationSetMetadata metadata = EvaluationSetMetadata.FromJson(json, path);
        return metadata.Problem() is { } problem ? throw new InvalidDataException($"{path}: metadata '{EvaluationSetMetadata.FileKey}' is wrong: {problem}.") : metadata;
    }

    private static void CheckColumns(ParquetSchema found, EvaluationSetMetadata metadata, string path)
    {
        DataField[] expected = EvaluationSetSchema.Of(metadata).DataFields;
        foreach (DataField column in expected)
        {
            Field? field = found.Fields.FirstOrDefault(candidate => candidate.Name == column.Name)
                ?? throw new InvalidDataException($"{path}: column '{column.Name}' is missing; accepted are the columns {string.Join(", ", expected.Select(name => $"'{name.Name}'"))}.");
            if (field is not DataField data || data.IsArray || Plain(data.ClrType) != Plain(column.ClrType))
            {
                string type = field is DataField { IsArray: false } other ? TypeName(Plain(other.ClrType)) : "nested";
                throw new InvalidDataException($"{path}: column '{column.Name}' is of type {type}; accepted is {TypeName(Plain(column.ClrType))}.");
            }
        }

        if (!metadata.HasAttribute && found.Fields.Any(field => field.Name == EvaluationSetSchema.Attribute))
        {
            throw new InvalidDataException($"{path}: has a column 'attribute', but its metadata names no attributes; accepted are both or neither.");
        }
    }

    private static long CountRows(ParquetReader reader, long fileLength)
    {
        long count = 0;
        for (int i = 0; i < reader.RowGroupCount; i++)
        {
            using ParquetRowGroupReader rows = reader.OpenRowGroupReader(i);
            count += rows.RowCount >= 0 && rows.RowCount / RowsPerByte <= fileLength ? rows.RowCount : throw new InvalidDataException($"row group {i} claims {rows.RowCount} rows");
        }

        return count;
    }

    private async Task<EvaluationExample[]> ReadGroupAsync(int group, long firstRow, CancellationToken cancellationToken)
    {
        using ParquetRowGroupReader rows = _reader.OpenRowGroupReader(group);
        int count = (int)rows.RowCount;
        string?[] ids = await ColumnAsync(EvaluationSetSchema.Id, (field, column) => rows.ReadAsync(field, column, cancellationToken: cancellationToken), new string?[count]);
        int[] labels = await IntegersAsync(rows, EvaluationSetSchema.Label, firstRow, cancellationToken);
        int[]? attributes = Metadata.HasAttribute ? await IntegersAsync(rows, EvaluationSetSchema.Attribute, firstRow, cancellationToken) : null;
        byte[]?[][] inputs = new byte[]?[Metadata.Inputs.Count][];
        for (int i = 0; i < inputs.Length; i++)
        {
            string column = Metadata.ColumnOf(i);
            inputs[i] = await ColumnAsync(column, (field, values) => rows.ReadAsync(field, values, cancellationToken: cancellationToken), new byte[]?[count]);
            ThrowIfNull(inputs[i], column, firstRow);
        }

        ThrowIfNull(ids, EvaluationSetSchema.Id, firstRow);
        EvaluationExample[] examples = new EvaluationExample[count];
        for (int i = 0; i < count; i++)
        {
            byte[][] values = new byte[inputs.Length][];
            for (int input = 0; input < values.Length; input++)
            {
                values[input] = inputs[input][i]!;
            }

            examples[i] = new EvaluationExample { Id = ids[i]!, Inputs = values, Label = labels[i], Attribute = attributes?[i] };
        }

        return examples;
    }

    private async Task<int[]> IntegersAsync(ParquetRowGroupReader rows, string name, long firstRow, CancellationToken cancellationToken)
    {
        if (!Field(name).IsNullable)
        {
            return await ColumnAsync(name, (field, column) => rows.ReadAsync<int>(field, column, cancellationToken: cancellationToken), new int[rows.RowCount]);
        }

        // Other writers mark every column as optional.
        int?[] values = await ColumnAsync(name, (field, column) => rows.ReadAsync<int>(field, column, cancellationToken: cancellationToken), new int?[rows.RowCount]);
        ThrowIfNull(values, name, firstRow);
        return [.. values.Select(value => value!.Value)];
    }

    private async Task<TValue[]> ColumnAsync<TValue>(string name, Func<DataField, Memory<TValue>, ValueTask> read, TValue[] values) =>
        await GuardAsync(_path, $"column '{name}'", async () =>
        {
            await read(Field(name), values);
            return values;
        });

    private DataField Field(string name) => (DataField)_reader.Schema.Fields.First(field => field.Name == name);

    private void ThrowIfNull<TValue>(TValue[] values, string column, long firstRow)
    {
        int index = Array.FindIndex(values, value => value is null);
        if (index >= 0)
        {
            throw new InvalidDataException($"{_path}: row {firstRow + index}: column '{column}' is null; accepted is a value in every row.");
        }
    }

    // On bytes that are no Parquet the library fails in many ways (overflow, index, format, end of stream); all mean the same to the reader of the file.
    private static async Task<TResult> GuardAsync<TResult>(string path, string place, Func<Task<TResult>> read)
    {
        try
        {
            return await read();
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            throw Unreadable(path, place, exception);
        }
    }

    private static InvalidDataException Unreadable(string path, string place, Exception? inner) =>
        new($"{path}: the {place} cannot be read, the file is damaged or not Parquet{(inner is null ? "" : $" ({inner.Message.ReplaceLineEndings(" ").TrimEnd('.')})")}; accepted is a whole evaluation set.", inner);

    private static Type Plain(Type type)
    {
        Type value = Nullable.GetUnderlyingType(type) ?? type;
        return value == typeof(ReadOnlyMemory<byte>) ? typeof(byte[]) : value == typeof(ReadOnlyMemory<char>) ? typeof(string) : value;
    }

    private static string TypeName(Type type) => type == typeof(byte[]) ? "binary" : type == typeof(string) ? "string" : type.Name.ToLowerInvariant();
}
