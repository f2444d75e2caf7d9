using GradientDynamics.CommandLine;
using GradientDynamics.Preprocessing;
using GradientDynamics.Train.Datasets;
using GradientDynamics.Train.Sampling;
using GradientDynamics.Train.Tests.Preparation;
using SkiaSharp;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Tests.Datasets;

public sealed class ImageInputsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ImageInputsTests() => DrawnData.Write("image-folder", _folder.Combine("data"), size: 20);

    private string Data => _folder.Combine("data");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_OfABatch_IsWhatServingMakesOfEachFile()
    {
        ImageFolderOptions options = Options();
        GroupedDataset train = options.Load(Split.Train, 0);

        float[] batch = Values(train.Source.Read([5, 0, 5]));

        batch.Length.ShouldBe(3 * 3 * 16 * 16);
        foreach ((int row, int example) in ((int, int)[])[(0, 5), (1, 0), (2, 5)])
        {
            string path = Path.Combine(Data, "train", $"{example:D5}.jpg");
            batch[(row * 768)..((row + 1) * 768)].ShouldBe(options.Preprocessing.ToTensor(File.ReadAllBytes(path), path));
        }

        train.Description.InputShape.ShouldBe([3, 16, 16]);
        train.Description.Bounds.ShouldBe(new([0], [1]));
        train.Source.AreInMemory.ShouldBeFalse();
    }

    [Fact]
    public void ReadForTraining_IsDrawnBySeedEpochAndVisit()
    {
        GroupedDataset train = (Options() with { Augmentation = new() }).Load(Split.Train, 0);
        int[] examples = [3, 4, 3, 3];
        Visits visits = new(new RunSeed(7), 2, 10);

        float[] batch = Values(train.Source.ReadForTraining(examples, visits));

        Values(train.Source.ReadForTraining(examples, visits)).ShouldBe(batch);
        // The same visits in two batches are the same images.
        Values(train.Source.ReadForTraining([3, 3], visits.From(2))).ShouldBe(batch[(2 * 768)..]);
        batch[..768].ShouldNotBe(batch[(2 * 768)..(3 * 768)]);
        Values(train.Source.ReadForTraining(examples, visits with { Epoch = 3 })).ShouldNotBe(batch);
        Values(train.Source.ReadForTraining(examples, visits with { Seed = new RunSeed(8) })).ShouldNotBe(batch);
        train.Source.AreAugmented.ShouldBeTrue();
        // Evaluation is not augmented, and augmentation makes no other dataset.
        GroupedDataset plain = Options().Load(Split.Train, 0);
        Values(train.Source.Read(examples)).ShouldBe(Values(plain.Source.Read(examples)));
        train.ContentHash().ShouldBe(plain.ContentHash());
        (Options() with { Augmentation = new() }).Load(Split.Test, 0).Source.AreAugmented.ShouldBeFalse();
    }

    [Fact]
    public void ReadForTraining_WithFlipsOnly_IsTheImageOrItsMirror()
    {
        GroupedDataset train = (Options() with { Augmentation = new() { RandomResizedCrop = null } }).Load(Split.Train, 0);
        int[] examples = [.. Enumerable.Repeat(2, 200)];

        float[] plain = Values(train.Source.Read([2]));
        float[] mirrored = new float[plain.Length];
        for (int i = 0; i < plain.Length; i++)
        {
            mirrored[i] = plain[(i / 16 * 16) + 15 - (i % 16)];
        }

        float[][] seen = [.. Values(train.Source.ReadForTraining(examples, new(new RunSeed(0), 0, 0))).Chunk(768)];
        seen.ShouldAllBe(image => image.SequenceEqual(plain) || image.SequenceEqual(mirrored));
        // 200 fair draws leave 65 to 135 once in two million times.
        seen.Count(image => image.SequenceEqual(mirrored)).ShouldBeInRange(65, 135);
    }

    [Theory]
    [InlineData(500, 353)]
    [InlineData(178, 218)]
    [InlineData(40, 400)]
    public void RandomResizedCrop_HasAreasRatiosAndPlacesWithinItsLimits(int width, int height)
    {
        RandomResizedCrop crop = new();
        PixelRectangle[] parts = [.. Enumerable.Range(0, 2000).Select(i => crop.Draw(width, height, new RunSeed(1).Stream("crop", i)))];

        parts.ShouldAllBe(part => part.Left >= 0 && part.Top >= 0 && part.Left + part.Width <= width && part.Top + part.Height <= height);
        if (width == 40)
        {
            // No part with a ratio of at least 3/4 has 0.7 of such an area: the widest one in the middle.
            parts.ShouldAllBe(part => part == new PixelRectangle(0, (400 - 53) / 2, 40, 53));
            return;
        }

        // Rounding to whole pixels moves a side by half a pixel.
        parts.ShouldAllBe(part => (part.Width + 0.5) * (part.Height + 0.5) >= 0.7 * width * height && (part.Width - 0.5) * (part.Height - 0.5) <= width * height);
        parts.ShouldAllBe(part => (part.Width + 0.5) / (part.Height - 0.5) >= 0.75 && (part.Width - 0.5) / (part.Height + 0.5) <= 4.0 / 3);
        parts.Select(part => part.Left).Distinct().Count().ShouldBeGreaterThan(10);
        parts.Select(part => part.Top).Distinct().Count().ShouldBeGreaterThan(10);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Cache_GivesTheSameBits_AndIsWrittenOnce(bool crops)
    {
        ImageAugmentation augmentation = new() { RandomResizedCrop = crops ? new() : null };
        ImageFolderOptions plain = Options() with { Augmentation = augmentation };
        ImageFolderOptions cached = plain with { Cache = _folder.Combine("cache") };
        Visits visits = new(new RunSeed(1), 0, 0);
        int[] examples = [7, 1, 1];

        GroupedDataset train = cached.Load(Split.Train, 0);
        float[] first = Values(train.Source.ReadForTraining(examples, visits));
        string file = Directory.EnumerateFiles(_folder.Combine("cache")).ShouldHaveSingleItem();
        DateTime written = File.GetLastWriteTimeUtc(file);
        float[] second = Values(cached.Load(Split.Train, 0).Source.Read(examples));

        first.ShouldBe(Values(plain.Load(Split.Train, 0).Source.ReadForTraining(examples, visits)));
        second.ShouldBe(Values(plain.Load(Split.Train, 0).Source.Read(examples)));
        Directory.EnumerateFiles(_folder.Combine("cache")).ShouldHaveSingleItem();
        File.GetLastWriteTimeUtc(file).ShouldBe(written);
        train.ContentHash().ShouldBe(plain.Load(Split.Train, 0).ContentHash());
    }

    [Fact]
    public void Cache_OfOtherImages_IsAnotherFile()
    {
        ImageFolderOptions cached = Options() with { Cache = _folder.Combine("cache") };
        float[] before = Values(cached.Load(Split.Train, 0).Source.Read([0]));
        File.Copy(Path.Combine(Data, "train", "00001.jpg"), Path.Combine(Data, "train", "00000.jpg"), overwrite: true);

        float[] after = Values(cached.Load(Split.Train, 0).Source.Read([0]));

        after.ShouldNotBe(before);
        Directory.EnumerateFiles(_folder.Combine("cache")).Count().ShouldBe(2);
    }

    [Fact]
    public void Cache_ThatIsDamaged_IsNamed()
    {
        ImageFolderOptions cached = Options() with { Cache = _folder.Combine("cache") };
        cached.Load(Split.Train, 0).Source.Read([0])[0].Dispose();
        string file = Directory.EnumerateFiles(_folder.Combine("cache")).ShouldHaveSingleItem();
        File.WriteAllBytes(file, File.ReadAllBytes(file)[..^100]);

        Should.Throw<InvalidDataException>(() => cached.Load(Split.Train, 0).Source.Read([0])).Message.ShouldStartWith($"{file}: is damaged");
    }

    [Fact]
    public void Read_OfABrokenImage_NamesItsFile()
    {
        string broken = Path.Combine(Data, "train", "00003.jpg");
        File.WriteAllBytes(broken, File.ReadAllBytes(broken)[..200]);
        string other = Path.Combine(Data, "train", "00005.jpg");
        File.WriteAllText(other, "no image");
        GroupedDataset train = Options().Load(Split.Train, 0);

        Should.Throw<InvalidDataException>(() => train.Source.Read([1, 3])).Message.ShouldStartWith($"{broken}: ");
        train.Source.FindBroken(_ => { }, CancellationToken.None).Select(problem => problem.Split(": ")[0]).ShouldBe([broken, other]);
        Should.Throw<InvalidDataException>(() => (Options() with { Cache = _folder.Combine("cache") }).Load(Split.Train, 0).Source.Read([1])).Message.ShouldContain(".jpg: ");
        Directory.Exists(_folder.Combine("cache")).ShouldBeTrue();
        Directory.EnumerateFiles(_folder.Combine("cache")).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("train/99999.jpg,train,0,0", "names the file", ExitCode.File)]
    [InlineData("train/00000.jpg,train,2,0", "column 'y' is '2'; accepted are 0 to 1", ExitCode.File)]
    [InlineData("train/00000.jpg,train,0,-1", "column 'a' is '-1'", ExitCode.File)]
    [InlineData("train/00000.jpg,tests,0,0", "column 'split' is 'tests'; accepted are 0 or train", ExitCode.File)]
    [InlineData("../../secret.jpg,train,0,0", "accepted are names below", ExitCode.File)]
    [InlineData("train/00000.jpg,train,0", "accepted is one for each of the 4 columns", ExitCode.File)]
    public async Task Load_OfAWrongRow_NamesItsFileAndRow(string row, string message, ExitCode exitCode)
    {
        string metadata = Path.Combine(Data, "metadata.csv");
        File.AppendAllText(metadata, row + "\n");

        CommandRun verify = await CommandRun.Of("datasets", "verify", "--dataset", "image-folder", "--set", $"folder={Data}", "--set", """classes=["land bird","water bird"]""");

        verify.ExitCode.ShouldBe(exitCode);
        verify.ErrorLine.ShouldContain(metadata);
        verify.ErrorLine.ShouldContain("row 38");
        verify.ErrorLine.ShouldContain(message);
    }

    [Fact]
    public async Task Load_OfAnEmptySplit_SaysWhatIsAccepted()
    {
        string metadata = Path.Combine(Data, "metadata.csv");
        File.WriteAllLines(metadata, File.ReadLines(metadata).Where(line => !line.Contains(",validation,", StringComparison.Ordinal)).ToArray());

        CommandRun verify = await CommandRun.Of("datasets", "verify", "--dataset", "image-folder", "--set", $"folder={Data}");
        CommandRun without = await CommandRun.Of("datasets", "verify", "--dataset", "image-folder", "--set", $"folder={Data}", "--set", """splits=["train","test"]""");

        verify.ExitCode.ShouldBe(ExitCode.File);
        verify.ErrorLine.ShouldContain("no row of the validation split; accepted are rows of it, or dataset.splits without it");
        without.ExitCode.ShouldBe(ExitCode.Done, without.Error);
    }

    [Theory]
    [InlineData("folder=nowhere", ExitCode.File, "nowhere: no such folder")]
    [InlineData("""preprocessing={"resizeShortSide":32}""", ExitCode.Configuration, "images of different sizes")]
    [InlineData("""augmentation={"randomResizedCrop":{"minimumScale":0.9,"maximumScale":0.5}}""", ExitCode.Configuration, "augmentation.randomResizedCrop")]
    [InlineData("classes=[]", ExitCode.Configuration, "classes")]
    [InlineData("""splits=["test"]""", ExitCode.Configuration, "splits")]
    [InlineData("""attributes=["a","a"]""", ExitCode.Configuration, "attributes")]
    public async Task WrongOptions_AreNamed(string change, ExitCode exitCode, string message)
    {
        CommandRun verify = await CommandRun.Of("datasets", "verify", "--dataset", "image-folder", "--set", $"folder={Data}", "--set", change);

        verify.ExitCode.ShouldBe(exitCode);
        verify.ErrorLine.ShouldContain(message);
    }

    [Fact]
    public void Load_OfAFolderWithASeparatorAtItsEnd_IsThatOfTheFolder() =>
        (Options() with { Folder = Data + Path.DirectorySeparatorChar }).Load(Split.Test, 0).ContentHash().ShouldBe(Options().Load(Split.Test, 0).ContentHash());

    [Fact]
    public async Task Load_WithoutMetadata_SaysWhoMakesIt()
    {
        CommandRun verify = await CommandRun.Of("datasets", "verify", "--dataset", "waterbirds", "--set", $"folder={Data}");

        verify.ExitCode.ShouldBe(ExitCode.File);
        verify.ErrorLine.ShouldContain($"gd-train datasets prepare waterbirds --output {Data}");
    }

    [Fact]
    public void ParquetAndFolder_OfTheSameImages_AreTheSameInputs()
    {
        DrawnData.Write("parquet", _folder.Combine("parquet"), size: 20);
        ParquetImagesOptions parquet = new() { Folder = _folder.Combine("parquet"), AttributeColumn = "place", Preprocessing = DrawnData.Small };

        foreach (Split split in parquet.Splits)
        {
            GroupedDataset fromParquet = parquet.Load(split, 0);
            GroupedDataset fromFolder = (Options() with { Classes = ["landbird", "waterbird"], Attributes = ["land", "water"] }).Load(split, 0);
            // The hash covers pixels' files, labels, attributes and all names.
            fromParquet.ContentHash().ShouldBe(fromFolder.ContentHash());
            Values(fromParquet.Source.Read([0, 1])).ShouldBe(Values(fromFolder.Source.Read([0, 1])));
        }
    }

    [Theory]
    [InlineData("imageColumn=picture", "has no column 'picture'; its columns are 'image', 'label', 'place'")]
    [InlineData("imageColumn=label", "no column of images")]
    [InlineData("labelColumn=image", "nested")]
    [InlineData("""classes=["one"]""", "column 'label' is '1'; accepted are 0 to 0, or 'one'")]
    public async Task Parquet_WithAWrongColumn_NamesIt(string change, string message)
    {
        DrawnData.Write("parquet", _folder.Combine("parquet"), size: 8);

        CommandRun verify = await CommandRun.Of("datasets", "verify", "--dataset", "parquet", "--set", $"folder={_folder.Combine("parquet")}", "--set", change);

        verify.ExitCode.ShouldBe(ExitCode.File);
        verify.ErrorLine.ShouldContain("train-00000-of-00001.parquet");
        verify.ErrorLine.ShouldContain(message);
    }

    [Fact]
    public async Task Parquet_ThatIsDamagedOrMissing_IsNamed()
    {
        string folder = _folder.Combine("parquet");
        DrawnData.Write("parquet", folder, size: 8);
        File.WriteAllText(Path.Combine(folder, "data", "test-00000-of-00001.parquet"), "PAR1 or not");

        CommandRun damaged = await CommandRun.Of("datasets", "verify", "--dataset", "parquet", "--set", $"folder={folder}");
        File.Delete(Path.Combine(folder, "data", "test-00000-of-00001.parquet"));
        CommandRun missing = await CommandRun.Of("datasets", "verify", "--dataset", "parquet", "--set", $"folder={folder}");

        damaged.ExitCode.ShouldBe(ExitCode.File);
        damaged.ErrorLine.ShouldContain("test-00000-of-00001.parquet");
        missing.ExitCode.ShouldBe(ExitCode.File);
        missing.ErrorLine.ShouldContain("no Parquet file of the test split; accepted are test-*.parquet");
    }

    [Fact]
    public void Grey_IsOneChannel()
    {
        GroupedDataset train = (Options() with { Preprocessing = DrawnData.Small with { Channels = ImageChannels.Grey } }).Load(Split.Train, 0);

        train.Description.InputShape.ShouldBe([1, 16, 16]);
        Values(train.Source.Read([0])).Length.ShouldBe(256);
    }

    // A photograph has a place where its red, green and blue lie: a swap of channels or of rows and columns would pass every test above.
    [Fact]
    public void Read_OfAKnownImage_HasItsPixelsInTheirPlaces()
    {
        string folder = _folder.Combine("known");
        Directory.CreateDirectory(folder);
        using (SKBitmap bitmap = new(new SKImageInfo(2, 1, SKColorType.Rgba8888, SKAlphaType.Opaque)))
        {
            bitmap.SetPixel(0, 0, new(255, 0, 51));
            bitmap.SetPixel(1, 0, new(0, 102, 0));
            using SKData png = bitmap.Encode(SKEncodedImageFormat.Png, 100);
            File.WriteAllBytes(Path.Combine(folder, "a.png"), png.ToArray());
        }

        File.WriteAllText(Path.Combine(folder, "metadata.csv"), "filename,split,y\na.png,train,0\na.png,train,1\n");
        ImageFolderOptions options = new() { Folder = folder, UsedSplits = [Split.Train], Preprocessing = new() { Resize = new() { Width = 2, Height = 1 } } };

        GroupedDataset train = options.Load(Split.Train, 0);

        Values(train.Source.Read([0])).ShouldBe([1, 0, 0, 102 / 255f, 51 / 255f, 0]);
        train.Description.Attributes.ShouldBeEmpty();
        train.GroupCounts().ShouldBe([1, 1]);
    }

    private ImageFolderOptions Options() => new() { Folder = Data, Preprocessing = DrawnData.Small };

    private static float[] Values(Tensor[] read)
    {
        using Tensor only = read.ShouldHaveSingleItem();
        return only.data<float>().ToArray();
    }
}
