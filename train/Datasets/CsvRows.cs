using System.Globalization;
using CsvHelper;

namespace GradientDynamics.Train.Datasets;

/// <summary>Rows of a CSV file (RFC 4180, UTF-8, with a header) whose columns go by name.</summary>
internal sealed class CsvRows : IDisposable
{
    // A comma always: a separator that is guessed could be guessed wrong where there is one column of text.
    private static readonly CsvReaderOptions Settings = new() { Separator = ',' };

    private readonly string _path;
    private readonly CsvReader _reader;
    private readonly Dictionary<string, int> _columns = new(StringComparer.Ordinal);

    /// <summary>Opens a file and reads its header.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is empty, or a column is there twice.</exception>
    public CsvRows(string path)
    {
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"{path}: no such file; accepted is a CSV file with a header.", path);
        }

        _path = path;
        _reader = CsvReader.FromFile(path, Settings);
        try
        {
            _reader.ReadHeader();
            if (_reader.Headers.Count == 0)
            {
                throw new InvalidDataException($"{path}: is empty; accepted is a CSV file with a header.");
            }

            for (int i = 0; i < _reader.Headers.Count; i++)
            {
                if (!_columns.TryAdd(_reader.Headers[i], i))
                {
                    throw new InvalidDataException($"{path}: has the column '{_reader.Headers[i]}' twice; accepted is each column once.");
                }
            }
        }
        catch (CsvFormatException error)
        {
            Dispose();
            throw Unreadable(error);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Number of the current row, from 0, without the header.</summary>
    public int Row { get; private set; } = -1;

    /// <summary>Names of the columns.</summary>
    public IReadOnlyCollection<string> Columns => _columns.Keys;

    /// <summary>Goes to the next row.</summary>
    /// <exception cref="InvalidDataException">The row has another number of columns, or cannot be read.</exception>
    public bool Read()
    {
        if (!Advance())
        {
            return false;
        }

        Row++;
        return _reader.FieldCount == _columns.Count
            ? true
            : throw Wrong($"has {_reader.FieldCount} values; accepted is one for each of the {_columns.Count} columns of the header");
    }

    /// <summary>Position of a column.</summary>
    /// <exception cref="InvalidDataException">There is none of that name.</exception>
    public int Column(string name) => _columns.TryGetValue(name, out int column)
        ? column
        : throw new InvalidDataException($"{_path}: has no column '{name}'; its columns are {string.Join(", ", _columns.Keys.Select(known => $"'{known}'"))}.");

    /// <summary>A text of the current row.</summary>
    public string Text(int column) => _reader.GetString(column);

    /// <summary>A whole number of the current row, from 0 and below a bound.</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public int Integer(int column, int below) =>
        int.TryParse(_reader.GetString(column), NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value < below
            ? value
            : throw Wrong($"column '{Name(column)}' is '{_reader.GetString(column)}'; accepted are {(below == int.MaxValue ? "whole numbers from 0" : $"0 to {below - 1}")}");

    /// <summary>A number of the current row; an empty text is NaN, as pandas reads it.</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public double Number(int column) =>
        _reader.GetString(column).Length == 0 ? double.NaN
            : double.TryParse(_reader.GetString(column), NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value
            : throw Wrong($"column '{Name(column)}' is '{_reader.GetString(column)}'; accepted are numbers");

    /// <summary>The error of the current row.</summary>
    public InvalidDataException Wrong(string what) => new($"{_path}: row {Row}: {what}.");

    public void Dispose() => _reader.Dispose();

    private string Name(int column) => _columns.First(pair => pair.Value == column).Key;

    private bool Advance()
    {
        try
        {
            return _reader.Read();
        }
        catch (CsvFormatException error)
        {
            throw Unreadable(error);
        }
    }

    private InvalidDataException Unreadable(CsvFormatException error) =>
        new($"{_path}: row {Row + 1}: cannot be read: {error.Message.ReplaceLineEndings(" ").TrimEnd('.')}; accepted is a CSV file.", error);
}
