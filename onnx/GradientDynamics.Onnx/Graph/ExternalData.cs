using System.Globalization;
using Google.Protobuf;
using OnnxProto;

namespace GradientDynamics.Onnx.Graph;

/// <summary>Tensors whose data stand in files beside the model: location, offset and length; a checksum is not looked at.</summary>
internal static class ExternalData
{
    // A page of most systems: what is smaller stays in the model, and the data of every tensor start at a page, so that they can be mapped.
    private const int Page = 4096;

    /// <summary>The data of <paramref name="tensor"/>, which lie in a file of <paramref name="folder"/>.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="expected">How many bytes its shape and element type take.</param>
    /// <param name="folder">The model's folder; null where the model came from memory.</param>
    /// <exception cref="InvalidModelException">The file is not there or outside the folder, or it is shorter than the tensor says.</exception>
    public static ReadOnlyMemory<byte> Read(TensorProto tensor, long expected, string? folder)
    {
        if (folder is null)
        {
            throw new InvalidModelException("its data stand in another file; a model from memory has none beside it, so read it by its path");
        }

        Dictionary<string, string> entries = tensor.ExternalData.GroupBy(entry => entry.Key).ToDictionary(group => group.Key, group => group.Last().Value);
        string location = entries.GetValueOrDefault("location", "");
        string path = Within(folder, location);
        long offset = Number(entries, "offset", 0);
        long length = Number(entries, "length", expected);
        if (length != expected)
        {
            throw new InvalidModelException($"its data in '{location}' are said to be {length} bytes; its shape takes {expected}");
        }

        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            if (offset > file.Length - length)
            {
                throw new InvalidModelException($"its data in '{location}' are said to be {length} bytes from {offset} on; the file has {file.Length}");
            }

            if (length > Array.MaxLength)
            {
                throw new InvalidModelException($"it takes {length} bytes; at most {Array.MaxLength} are accepted of one tensor");
            }

            byte[] data = GC.AllocateUninitializedArray<byte>((int)length);
            file.Position = offset;
            file.ReadExactly(data);
            return data;
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException or EndOfStreamException)
        {
            throw new InvalidModelException($"its data cannot be read from '{location}': {error.Message}", error);
        }
    }

    /// <summary>Whether a model with these tensors is too large for one file: a protobuf message holds less than 2 GiB.</summary>
    public static bool IsNeeded(IEnumerable<ConstantTensor> tensors) => tensors.Sum(tensor => (long)tensor.Bytes.Length) > LargestModel;

    // Less than 2 GiB by what the nodes take.
    internal const long LargestModel = (2L << 30) - (64L << 20);

    /// <summary>Moves the raw data of the model's larger tensors into <paramref name="data"/>.</summary>
    public static void MoveOut(ModelProto model, Stream data, string location)
    {
        long position = 0;
        foreach (TensorProto tensor in model.Graph.Initializer.Where(tensor => tensor.RawData.Length >= Page))
        {
            long padding = (Page - position % Page) % Page;
            data.Write(new byte[padding]);
            position += padding;
            ByteString raw = tensor.RawData;
            data.Write(raw.Span);
            tensor.ClearRawData();
            tensor.DataLocation = TensorProto.Types.DataLocation.External;
            void Say(string key, string value) => tensor.ExternalData.Add(new StringStringEntryProto { Key = key, Value = value });
            Say("location", location);
            Say("offset", position.ToString(CultureInfo.InvariantCulture));
            Say("length", raw.Length.ToString(CultureInfo.InvariantCulture));
            position += raw.Length;
        }
    }

    // The path of a file below the folder, by its name and by where links lead.
    private static string Within(string folder, string location)
    {
        string[] parts = location.Split('/', '\\');
        if (location.Length == 0 || location.Contains('\0') || location.Contains(':') || Path.IsPathRooted(location) || parts.Any(part => part is "" or ".."))
        {
            throw new InvalidModelException($"its data are said to stand in '{location}'; a path below the model's folder is accepted, relative and without '..'");
        }

        string root = Path.GetFullPath(folder);
        string path = root;
        foreach (string part in parts.Where(part => part != "."))
        {
            path = Path.Combine(path, part);
            FileSystemInfo entry = Directory.Exists(path) ? new DirectoryInfo(path) : new FileInfo(path);
            if (entry.LinkTarget is not null)
            {
                throw new InvalidModelException($"its data are said to stand in '{location}', and '{path}' is a link; files and folders themselves are accepted");
            }
        }

        return path;
    }

    private static long Number(Dictionary<string, string> entries, string key, long absent) => !entries.TryGetValue(key, out string? text)
        ? absent
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            ? number
            : throw new InvalidModelException($"the {key} of its data is '{text}'; a number of bytes is accepted");
}
