using System.Security.Cryptography;
using Parquet;
using Parquet.Schema;

namespace GradientDynamics.EvaluationSets;

/// <summary>Writes an evaluation set, whole or not at all.</summary>
public static class EvaluationSetWriter
{
    // A reader holds one row group in memory: these bounds keep it small, and large enough that column chunks are read in long runs.
    private const int RowGroupBytes = 32 << 20;
    private const int RowGroupExamples = 8192;

    /// <summary>Writes the examples as they come, a row group at a time, to a temporary sibling that is renamed at the end. Returns how many there are.</summary>
    /// <exception cref="ArgumentException">The metadata contradicts itself.</exception>
    /// <exception cref="InvalidDataException">An example breaks a rule of the set.</exception>
    public static async Task<int> WriteAsync(
        string path, EvaluationSetMetadata metadata, IEnumerable<EvaluationExample> examples, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(metadata);
        ArgumentNullException.ThrowIfNull(examples);
        if (metadata.Problem() is { } problem)
        {
            throw new ArgumentException($"{path}: {problem}.", nameof(metadata));
        }

        string full = Path.GetFullPath(path);
        string folder = Path.GetDirectoryName(full)!;
        string temporary = Path.Combine(folder, $".{Path.GetFileName(full)}.{RandomNumberGenerator.GetHexString(8, lowercase: true)}.tmp");
        Directory.CreateDirectory(folder);
        try
        {
            int count;
            await using (FileStream stream = new(temporary, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None))
            {
                count = await WriteAsync(stream, path, metadata, examples, cancellationToken);
                await stream.FlushAsync(cancellationToken);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, full, overwrite: true);
            return count;
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    private static async Task<int> WriteAsync(
        FileStream stream, string path, EvaluationSetMetadata metadata, IEnumerable<EvaluationExample> examples, CancellationToken cancellationToken)
    {
        ParquetSchema schema = EvaluationSetSchema.Of(metadata);
        ExampleChecks checks = new(metadata, path);
        List<EvaluationExample> group = [];
        long groupBytes = 0;
        int count = 0;
        await using ParquetWriter writer = await ParquetWriter.CreateAsync(schema, stream, cancellationToken: cancellationToken);
        writer.CustomMetadata = new Dictionary<string, string> { [EvaluationSetMetadata.FileKey] = metadata.ToJson() };
        foreach (EvaluationExample example in examples)
        {
            cancellationToken.ThrowIfCancellationRequested();
            checks.Check(example, count);
            group.Add(example);
            groupBytes += example.Inputs.Sum(bytes => (long)bytes.Length);
            count++;
            if (groupBytes >= RowGroupBytes || group.Count >= RowGroupExamples)
            {
                await WriteGroupAsync(writer, schema, metadata, group, cancellationToken);
                group.Clear();
                groupBytes = 0;
            }
        }

        if (group.Count > 0)
        {
            await WriteGroupAsync(writer, schema, metadata, group, cancellationToken);
        }

        return count;
    }

    private static async Task WriteGroupAsync(
        ParquetWriter writer, ParquetSchema schema, EvaluationSetMetadata metadata, List<EvaluationExample> group, CancellationToken cancellationToken)
    {
        DataField[] fields = schema.DataFields;
        using ParquetRowGroupWriter rows = writer.CreateRowGroup();
        await rows.WriteAsync(fields[0], [.. group.Select(example => example.Id)]);
        for (int i = 0; i < metadata.Inputs.Count; i++)
        {
            await rows.WriteAsync(fields[1 + i], [.. group.Select(example => example.Inputs[i])]);
        }

        int[] labels = [.. group.Select(example => example.Label)];
        await rows.WriteAsync<int>(fields[1 + metadata.Inputs.Count], labels, cancellationToken: cancellationToken);
        if (metadata.HasAttribute)
        {
            int[] attributes = [.. group.Select(example => example.Attribute!.Value)];
            await rows.WriteAsync<int>(fields[2 + metadata.Inputs.Count], attributes, cancellationToken: cancellationToken);
        }
    }
}
