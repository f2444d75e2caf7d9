using System.Text;
using GradientDynamics.CommandLine;
using GradientDynamics.Onnx.Graph;
using GradientDynamics.Train.Training;

namespace GradientDynamics.Train.Tests.Training;

public sealed class SafetensorsFileTests
{
    // By hand from the format's description: length, header padded with spaces to a multiple of 8, data.
    private static readonly byte[] Golden =
    [
        .. BitConverter.GetBytes(72L),
        .. Encoding.UTF8.GetBytes("""{"__metadata__":{},"a":{"dtype":"I32","shape":[2],"data_offsets":[0,8]}}"""),
        1, 0, 0, 0, 2, 1, 0, 0,
    ];

    [Fact]
    public void Write_OfASmallFile_HasTheBytesThatTheFormatDescribes()
    {
        using MemoryStream stream = new();

        new SafetensorsFile(new Dictionary<string, string>(), new Dictionary<string, ConstantTensor> { ["a"] = ConstantTensor.Of<int>([1, 258], 2) }).Write(stream);

        stream.ToArray().ShouldBe(Golden);
    }

    [Fact]
    public void Read_OfWhatWasWritten_GivesItBack()
    {
        using TemporaryFolder folder = new();
        string path = folder.Combine("a.safetensors");
        Dictionary<string, ConstantTensor> tensors = new()
        {
            ["floats"] = ConstantTensor.Of<float>([1, -2, float.NaN, 0, 5, 6], 2, 3),
            ["scalar"] = ConstantTensor.Scalar(42L),
            ["bytes"] = ConstantTensor.Of<byte>([1, 2, 3], 3),
            ["empty"] = ConstantTensor.Of<float>([], 0),
        };

        using (FileStream file = File.Create(path))
        {
            new SafetensorsFile(new Dictionary<string, string> { ["key"] = "\"value\" ü" }, tensors).Write(file);
        }

        SafetensorsFile read = SafetensorsFile.Read(path);
        read.Metadata["key"].ShouldBe("\"value\" ü");
        read.Tensors.Keys.Order().ShouldBe(tensors.Keys.Order());
        foreach ((string name, ConstantTensor tensor) in tensors)
        {
            read.Tensors[name].Element.ShouldBe(tensor.Element);
            read.Tensors[name].Sizes.ToArray().ShouldBe(tensor.Sizes.ToArray());
            read.Tensors[name].Bytes.ToArray().ShouldBe(tensor.Bytes.ToArray());
        }
    }

    [Fact]
    public void Read_OfAnyTruncation_NamesTheFile()
    {
        using TemporaryFolder folder = new();
        string path = folder.Combine("cut.safetensors");

        for (int length = 0; length < Golden.Length; length++)
        {
            File.WriteAllBytes(path, Golden[..length]);
            Should.Throw<InvalidDataException>(() => SafetensorsFile.Read(path)).Message.ShouldContain(path);
        }
    }

    [Fact]
    public void Read_OfAnotherFile_NamesTheFile()
    {
        using TemporaryFolder folder = new();
        string path = folder.Combine("text.safetensors");
        File.WriteAllText(path, "this is a text, and a long one");

        Should.Throw<InvalidDataException>(() => SafetensorsFile.Read(path)).Message.ShouldContain(path);
        Should.Throw<InvalidDataException>(() => Checkpoint.Read(path)).Message.ShouldContain(path);
    }

    [Fact]
    public void Read_OfAFileThatIsNoCheckpoint_SaysWhatIsAccepted()
    {
        using TemporaryFolder folder = new();
        string path = folder.Combine("other.safetensors");
        File.WriteAllBytes(path, Golden);

        Should.Throw<InvalidDataException>(() => Checkpoint.Read(path)).Message.ShouldContain("gradientdynamics.checkpoint/1");
    }

    // The disk fills up in the middle: the checkpoint that was there stays, and nothing else is left.
    [Fact]
    public void Write_ToAFullDisk_LeavesTheEarlierFile()
    {
        using TemporaryFolder folder = new();
        string path = folder.Combine("last.safetensors");
        File.WriteAllBytes(path, Golden);
        SafetensorsFile file = new(new Dictionary<string, string>(), new Dictionary<string, ConstantTensor> { ["a"] = ConstantTensor.Of<float>(new float[100_000], 100_000) });

        IOException error = Should.Throw<IOException>(() => AtomicFile.Write(path, stream => file.Write(new FullDisk(stream, capacity: 1000))));

        error.HResult.ShouldBe(FullDisk.NoSpace);
        File.ReadAllBytes(path).ShouldBe(Golden);
        Directory.EnumerateFiles(folder.Path).Count().ShouldBe(1);
    }
}
