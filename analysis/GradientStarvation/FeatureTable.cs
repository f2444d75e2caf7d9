using System.Globalization;
using Parquet;
using Parquet.Schema;

namespace GradientDynamics.Analysis.GradientStarvation;

/// <summary>A matrix in a CSV or Parquet file, one example a row, read into memory; a column named <c>y</c> holds labels.</summary>
/// <remarks>
/// CSV: numbers with a decimal point, separated by commas, with or without a first line of names. Parquet: one column of float, double or whole numbers for each parameter.
/// Files that do not fit in memory are NumPy's (<see cref="NpyMatrix"/>).
/// </remarks>
public sealed class FeatureTable : IFeatureRows
{
    /// <summary>Name of the column that holds labels.</summary>
    public const string LabelColumn = "y";

    // Text and columnar files are for small problems; 2 GiB of doubles are read in some ten seconds.
    private const long LargestBytes = 2L << 30;

    private readonly double[][] _rows;
    private readonly string _path;

    private FeatureTable(string path, double[][] rows, double[]? labels)
    {
        _path = path;
        _rows = rows;
        Labels = labels;
        if (rows.Length == 0 || rows[0].Length == 0)
        {
            throw new InvalidDataException($"{path}: holds no features; accepted is at least one row of at least one number.");
        }
    }

    /// <inheritdoc/>
    public int RowCount => _rows.Length;

    /// <inheritdoc/>
    public int ColumnCount => _rows[0].Length;

    /// <summary>Labels of the column named <c>y</c>, or null where there is none.</summary>
    public IReadOnlyList<double>? Labels { get; }

    /// <summary>Reads a file by the ending of its name.</summary>
    /// <param name="path">A file that ends in .csv or .parquet.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="InvalidDataException">The file holds something else than numbers; the message names where.</exception>
    public static FeatureTable Read(string path, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        return Path.GetExtension(path).Equals(".csv", StringComparison.OrdinalIgnoreCase) ? ReadCsv(path, cancellationToken) : ReadParquetAsync(path, cancellationToken).GetAwaiter().GetResult();
    }

    /// <inheritdoc/>
    public void ReadRow(int row, Span<double> destination)
    {
        _rows[row].CopyTo(destination);
        int column = Array.FindIndex(_rows[row], value => !double.IsFinite(value));
        if (column >= 0)
        {
            throw new InvalidDataException($"{_path}: row {row}, column {column} is {_rows[row][column]}; accepted are finite numbers.");
        }
    }

    private static FeatureTable ReadCsv(string path, CancellationToken cancellationToken)
    {
        List<double[]> rows = [];
        List<double> labels = [];
        int labelColumn = -1;
        int width = -1;
        int line = 0;
        long bytes = 0;
        foreach (string text in File.ReadLines(path))
        {
            cancellationToken.ThrowIfCancellationRequested();
            line++;
            if (string.IsNullOrWhiteSpace(text))
            {
                continue;
            }

            string[] cells = text.Split(',', StringSplitOptions.TrimEntries);
            if (width < 0)
            {
                width = cells.Length;
                if (cells.Any(cell => !TryParse(cell, out _)))
                {
                    labelColumn = Array.FindIndex(cells, cell => cell.Trim('"') == LabelColumn);
                    continue;
                }
            }

            if (cells.Length != width)
            {
                throw new InvalidDataException($"{path}: line {line} has {cells.Length} columns, the first has {width}; accepted are equally many in every line.");
            }

            bytes += (long)width * sizeof(double);
            ThrowIfTooLarge(path, bytes);
            double[] values = new double[labelColumn < 0 ? width : width - 1];
            for (int i = 0, target = 0; i < width; i++)
            {
                double value = TryParse(cells[i], out double number) ? number : throw new InvalidDataException($"{path}: line {line}, column {i + 1} is '{cells[i]}'; accepted are numbers with a decimal point.");
                if (i == labelColumn)
                {
                    labels.Add(value);
                }
                else
                {
                    values[target++] = value;
                }
            }

            rows.Add(values);
        }

        return new FeatureTable(path, [.. rows], labelColumn < 0 ? null : [.. labels]);
    }

    private static bool TryParse(string cell, out double value) => double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out value);

    private static async Task<FeatureTable> ReadParquetAsync(string path, CancellationToken cancellationToken)
    {
        await using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        ParquetReader reader;
        try
        {
            reader = await ParquetReader.CreateAsync(stream, leaveStreamOpen: true, cancellationToken: cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // On bytes that are no Parquet the library fails in many ways; all mean the same here.
            throw new InvalidDataException($"{path}: cannot be read, the file is damaged or not Parquet ({exception.Message.ReplaceLineEndings(" ").TrimEnd('.')}).", exception);
        }

        await using (reader)
        {
            DataField[] fields = reader.Schema.DataFields;
            int labelColumn = Array.FindIndex(fields, field => field.Name == LabelColumn);
            int width = labelColumn < 0 ? fields.Length : fields.Length - 1;
            List<double[]> rows = [];
            List<double> labels = [];
            for (int group = 0; group < reader.RowGroupCount; group++)
            {
                using ParquetRowGroupReader source = reader.OpenRowGroupReader(group);
                int count = checked((int)source.RowCount);
                ThrowIfTooLarge(path, (rows.Count + count) * (long)width * sizeof(double));
                double[][] part = [.. Enumerable.Range(0, count).Select(_ => new double[width])];
                for (int i = 0, target = 0; i < fields.Length; i++)
                {
                    double[] column = await ReadColumnAsync(path, source, fields[i], count, cancellationToken);
                    if (i == labelColumn)
                    {
                        labels.AddRange(column);
                        continue;
                    }

                    for (int row = 0; row < count; row++)
                    {
                        part[row][target] = column[row];
                    }

                    target++;
                }

                rows.AddRange(part);
            }

            return new FeatureTable(path, [.. rows], labelColumn < 0 ? null : [.. labels]);
        }
    }

    private static async Task<double[]> ReadColumnAsync(string path, ParquetRowGroupReader source, DataField field, int count, CancellationToken cancellationToken)
    {
        async Task<double[]> Values<T>(Func<T, double> convert)
            where T : struct
        {
            if (!field.IsNullable)
            {
                T[] values = new T[count];
                await source.ReadAsync<T>(field, values, cancellationToken: cancellationToken);
                return [.. values.Select(convert)];
            }

            // Other writers mark every column as optional.
            T?[] optional = new T?[count];
            await source.ReadAsync<T>(field, optional, cancellationToken: cancellationToken);
            int missing = Array.FindIndex(optional, value => value is null);
            return missing < 0 ? [.. optional.Select(value => convert(value!.Value))] : throw new InvalidDataException($"{path}: column '{field.Name}' has no value in row {missing}; accepted is a number in every row.");
        }

        Type type = Nullable.GetUnderlyingType(field.ClrType) ?? field.ClrType;
        return field.IsArray ? throw Refused()
            : type == typeof(double) ? await Values<double>(value => value)
            : type == typeof(float) ? await Values<float>(value => value)
            : type == typeof(int) ? await Values<int>(value => value)
            : type == typeof(long) ? await Values<long>(value => value)
            : throw Refused();

        InvalidDataException Refused() => new($"{path}: column '{field.Name}' is of type {type.Name}{(field.IsArray ? " list" : "")}; accepted are columns of float, double and whole numbers, one for each parameter.");
    }

    private static void ThrowIfTooLarge(string path, long bytes)
    {
        if (bytes > LargestBytes)
        {
            throw new InvalidDataException($"{path}: takes more than {LargestBytes >> 30} GiB in memory; larger features are accepted as .npy, which is read row by row.");
        }
    }
}
