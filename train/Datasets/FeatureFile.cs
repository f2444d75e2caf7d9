using System.IO.Compression;
using System.Text;
using GradientDynamics.CommandLine;

namespace GradientDynamics.Train.Datasets;

/// <summary>
/// Features of pairs of texts as the GLUE scripts keep them: a list of <c>InputFeatures</c> with <c>input_ids</c>, <c>input_mask</c>, <c>segment_ids</c> and <c>label_id</c>, saved by torch, before or
/// since version 1.6.
/// </summary>
internal static class FeatureFile
{
    private const string ClassName = "InputFeatures";
    private const string ModuleName = "utils_glue";
    private const string Ids = "input_ids";
    private const string Mask = "input_mask";
    private const string Segments = "segment_ids";
    private const string Label = "label_id";

    // What torch.save wrote before version 1.6: its number, its version, the machine, the object, and the names of the tensors.
    private static readonly byte[] LegacyMagic = [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, (byte)'.'];
    private static readonly byte[] LegacyVersion = [0x80, 2, (byte)'M', 0xe9, 3, (byte)'.'];

    /// <summary>The sequences of several files, one after the other, without padding.</summary>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    /// <exception cref="InvalidDataException">A file has something else in it, or a sequence is not what BERT takes.</exception>
    public static TokenSequences ReadAll(IReadOnlyList<string> paths, int length)
    {
        List<(int[] Ids, int FirstLength)> sequences = [];
        foreach (string path in paths)
        {
            if (!File.Exists(path))
            {
                throw new FileNotFoundException($"{path}: no such file; accepted are the features of Sagawa et al., or \"source\": \"text\".", path);
            }

            using FileStream file = new(path, new FileStreamOptions { BufferSize = 1 << 20, Options = FileOptions.SequentialScan });
            Read(file, path, length, sequences);
        }

        return TokenSequences.Of(sequences);
    }

    /// <summary>Writes features, padded to a length, as torch did before version 1.6.</summary>
    /// <param name="path">The file.</param>
    /// <param name="sequences">Sequences.</param>
    /// <param name="labels">Their labels.</param>
    /// <param name="length">Length of each.</param>
    public static void Write(string path, TokenSequences sequences, IReadOnlyList<int> labels, int length) => AtomicFile.Write(path, stream =>
    {
        using BinaryWriter writer = new(stream, Encoding.UTF8, leaveOpen: true);
        writer.Write(LegacyMagic);
        writer.Write(LegacyVersion);
        writer.Write([0x80, 2, (byte)'}', (byte)'(']);
        Text("protocol_version");
        Number(1001);
        Text("little_endian");
        writer.Write((byte)0x88);
        writer.Write("u."u8);

        writer.Write([0x80, 2, (byte)']', (byte)'(']);
        for (int sequence = 0; sequence < sequences.Count; sequence++)
        {
            ReadOnlySpan<int> ids = sequences.IdsOf(sequence);
            int first = sequences.FirstLengthOf(sequence);
            writer.Write(Encoding.ASCII.GetBytes($"c{ModuleName}\n{ClassName}\n"));
            writer.Write([(byte)')', 0x81, (byte)'}', (byte)'(']);
            Column(Ids, ids.ToArray());
            Column(Mask, [.. Enumerable.Repeat(1, ids.Length)]);
            Column(Segments, [.. Enumerable.Range(0, ids.Length).Select(i => i < first ? 0 : 1)]);
            Text(Label);
            Number(labels[sequence]);
            writer.Write("ub"u8);
        }

        writer.Write("e."u8);
        // No tensors.
        writer.Write([0x80, 2, (byte)']', (byte)'.']);

        void Column(string name, int[] values)
        {
            Text(name);
            writer.Write("]("u8);
            for (int i = 0; i < length; i++)
            {
                Number(i < values.Length ? values[i] : 0);
            }

            writer.Write((byte)'e');
        }

        void Number(int number)
        {
            if (number is >= 0 and <= byte.MaxValue)
            {
                writer.Write([(byte)'K', (byte)number]);
            }
            else
            {
                writer.Write((byte)'J');
                writer.Write(number);
            }
        }

        void Text(string text)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(text);
            writer.Write((byte)'X');
            writer.Write(bytes.Length);
            writer.Write(bytes);
        }
    });

    private static void Read(FileStream file, string path, int length, List<(int[] Ids, int FirstLength)> sequences)
    {
        Action<IReadOnlyDictionary<string, PickleValue>> add = attributes => sequences.Add(Sequence(attributes, $"{path}: example {sequences.Count}", length));
        if (!IsZip(file))
        {
            PickleReader reader = new(file, path, ClassName) { InstanceRead = add };
            for (int part = 0; part < 4; part++)
            {
                reader.Read();
            }

            return;
        }

        using ZipArchive archive = Open(file, path);
        ZipArchiveEntry entry = archive.Entries.FirstOrDefault(candidate => candidate.FullName.EndsWith("/data.pkl", StringComparison.Ordinal))
            ?? throw new InvalidDataException($"{path}: is an archive without data.pkl; accepted are lists of {ClassName} as torch.save writes them.");
        using BufferedStream data = new(entry.Open(), 1 << 20);
        new PickleReader(data, path, ClassName) { InstanceRead = add }.Read();
    }

    private static ZipArchive Open(FileStream file, string path)
    {
        try
        {
            return new(file, ZipArchiveMode.Read, leaveOpen: true);
        }
        catch (InvalidDataException error)
        {
            throw new InvalidDataException($"{path}: is cut off or damaged; accepted are lists of {ClassName} as torch.save writes them.", error);
        }
    }

    private static bool IsZip(FileStream file)
    {
        bool zip = file.ReadByte() == 'P' && file.ReadByte() == 'K';
        file.Position = 0;
        return zip;
    }

    private static (int[] Ids, int FirstLength) Sequence(IReadOnlyDictionary<string, PickleValue> attributes, string place, int length)
    {
        IReadOnlyList<int> Column(string name) => attributes.GetValueOrDefault(name).Object is PickleList { Numbers: { } numbers } && numbers.Count == length
            ? numbers
            : throw new InvalidDataException($"{place}: '{name}' is no list of {length} whole numbers; accepted are features of {length} tokens.");

        IReadOnlyList<int> ids = Column(Ids);
        IReadOnlyList<int> mask = Column(Mask);
        IReadOnlyList<int> segments = Column(Segments);
        int count = mask.TakeWhile(present => present == 1).Count();
        int first = segments.Take(count).TakeWhile(segment => segment == 0).Count();
        return count > 0 && mask.Skip(count).All(present => present == 0) && segments.Take(count).Skip(first).All(segment => segment == 1) && ids.Take(count).All(id => id >= 0)
            ? ([.. ids.Take(count)], first)
            : throw new InvalidDataException($"{place}: its mask, segments or ids are not those of one or two texts with padding at the end.");
    }
}
