using System.Globalization;
using Parquet;
using Parquet.Schema;

namespace GradientDynamics.Train.Datasets;

/// <summary>Columns of a Parquet file as texts: strings as they are, whole numbers and truth values in digits.</summary>
internal static class ParquetTexts
{
    /// <summary>The columns' values, row by row.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is no Parquet file, has no such column, or a value is null or of another type.</exception>
    public static IReadOnlyList<string[]> Read(string path, IReadOnlyList<string> columns)
    {
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"{path}: no such file; accepted is a Parquet file.", path);
        }

        // Files are read while a dataset loads, which is not asynchronous.
        return Task.Run(() => ReadAsync(path, columns)).GetAwaiter().GetResult();
    }

    private static async Task<IReadOnlyList<string[]>> ReadAsync(string path, IReadOnlyList<string> columns)
    {
        await using FileStream stream = File.OpenRead(path);
        await using ParquetReader reader = await GuardAsync(path, async () => await ParquetReader.CreateAsync(stream, leaveStreamOpen: true));
        DataField[] fields = [.. columns.Select(name => FieldOf(reader.Schema, name, path))];
        List<string[]> all = [];
        for (int group = 0; group < reader.RowGroupCount; group++)
        {
            using ParquetRowGroupReader rows = reader.OpenRowGroupReader(group);
            string?[][] values = new string?[fields.Length][];
            for (int column = 0; column < fields.Length; column++)
            {
                DataField field = fields[column];
                values[column] = await GuardAsync(path, () => ReadColumnAsync(rows, field));
            }

            for (int row = 0; row < rows.RowCount; row++)
            {
                string[] texts = new string[fields.Length];
                for (int column = 0; column < texts.Length; column++)
                {
                    texts[column] = values[column][row] ?? throw new InvalidDataException($"{path}: row {all.Count}: column '{columns[column]}' is null; accepted is a value in every row.");
                }

                all.Add(texts);
            }
        }

        return all;
    }

    private static DataField FieldOf(ParquetSchema schema, string name, string path) => schema.Fields.FirstOrDefault(field => field.Name == name) switch
    {
        null => throw new InvalidDataException($"{path}: has no column '{name}'; its columns are {string.Join(", ", schema.Fields.Select(field => $"'{field.Name}'"))}."),
        DataField { IsArray: false } field when Accepted.Contains(Plain(field)) => field,
        { } field => throw new InvalidDataException($"{path}: column '{name}' is of type {(field is DataField data ? data.ClrType.Name.ToLowerInvariant() : "nested")}; accepted are strings, whole numbers and truth values."),
    };

    private static IReadOnlyList<Type> Accepted { get; } = [typeof(string), typeof(long), typeof(int), typeof(bool)];

    private static Type Plain(DataField field)
    {
        Type type = Nullable.GetUnderlyingType(field.ClrType) ?? field.ClrType;
        return type == typeof(ReadOnlyMemory<char>) ? typeof(string) : type;
    }

    private static async Task<string?[]> ReadColumnAsync(ParquetRowGroupReader rows, DataField field)
    {
        int count = checked((int)rows.RowCount);
        Type type = Plain(field);
        if (type == typeof(string))
        {
            string?[] texts = new string?[count];
            await rows.ReadAsync(field, texts.AsMemory());
            return texts;
        }

        return type == typeof(long) ? await NumbersAsync<long>(rows, field, count) : type == typeof(int) ? await NumbersAsync<int>(rows, field, count) : await NumbersAsync<bool>(rows, field, count);
    }

    private static async Task<string?[]> NumbersAsync<T>(ParquetRowGroupReader rows, DataField field, int count)
        where T : struct
    {
        if (field.IsNullable)
        {
            T?[] values = new T?[count];
            await rows.ReadAsync<T>(field, values.AsMemory());
            return [.. values.Select(value => value is { } known ? Text(known) : null)];
        }

        T[] all = new T[count];
        await rows.ReadAsync<T>(field, all.AsMemory());
        return [.. all.Select(Text)];
    }

    // A truth value is the number that Hugging Face's class labels are.
    private static string Text<T>(T value) => value is bool truth ? (truth ? "1" : "0") : Convert.ToString(value, CultureInfo.InvariantCulture)!;

    // On bytes that are no Parquet the library fails in many ways; all mean the same to the reader of the file.
    private static async Task<TResult> GuardAsync<TResult>(string path, Func<Task<TResult>> read)
    {
        try
        {
            return await read();
        }
        catch (Exception error)
        {
            throw new InvalidDataException($"{path}: cannot be read, the file is damaged or not Parquet ({error.Message.ReplaceLineEndings(" ").TrimEnd('.')}); accepted is a Parquet file.", error);
        }
    }
}
