using GradientDynamics.Train.Datasets;
using GradientDynamics.Train.Training;
using TorchSharp;

namespace GradientDynamics.Train.Tests.Datasets;

public sealed class CifarTests
{
    [Fact]
    public void Defaults_AreDocumentedAndPassTheirOwnGuards()
    {
        Cifar10Options ten = new();
        Cifar100Options hundred = new();

        ten.Folder.ShouldBe("cifar-10-batches-bin");
        ten.TrainFiles.ShouldBe(["data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"]);
        ten.TestFiles.ShouldBe(["test_batch.bin"]);
        (ten.Only, ten.TrainCount, ten.ValidationCount, ten.TestCount, ten.Augmentation).ShouldBe((null, null, 0, null, null));
        (ten.LabelNoise, ten.LabelNoiseKind, ten.Labels).ShouldBe((0, LabelNoiseKind.Permuted, Cifar10Labels.Class));
        (hundred.Folder, hundred.TrainFiles.Single(), hundred.TestFiles.Single(), hundred.Labels).ShouldBe(("cifar-100-binary", "train.bin", "test.bin", Cifar100Labels.Fine));
        (ten with { Folder = ten.Folder, TrainFiles = ten.TrainFiles, TestFiles = ten.TestFiles, ValidationCount = ten.ValidationCount, LabelNoise = ten.LabelNoise }).ShouldBe(ten);
        (ten with { TrainCount = 3 }).ShouldNotBe(ten);
        CropAndFlip augmentation = new();
        (augmentation.Padding, augmentation.Flip).ShouldBe((4, true));
        (augmentation with { Padding = augmentation.Padding }).ShouldBe(augmentation);
    }

    [Fact]
    public void Load_Always_HasEveryImageOfItsFilesOnceWithItsLabelAndPixels()
    {
        using TemporaryFolder folder = new();
        CifarFiles.WriteCifar10(folder, trainCount: 60, testCount: 20);
        Cifar10Options options = new() { Folder = folder.Path, TrainFiles = ["data_batch_1.bin"], ValidationCount = 15 };

        GroupedDataset[] splits = [.. options.Splits.Select(split => options.Load(split, 4))];

        splits.Select(split => split.Count).ShouldBe([45, 15, 20]);
        splits.SelectMany(split => Enumerable.Range(0, split.Count).Select(i => Number(split, i))).Order().ShouldBe(Enumerable.Range(0, 80));
        foreach (GroupedDataset split in splits)
        {
            split.Description.Classes.Count.ShouldBe(10);
            split.Description.InputShape.ShouldBe([3L, 32, 32]);
            for (int i = 0; i < split.Count; i++)
            {
                split.Labels[i].ShouldBe(Number(split, i) % 10);
                split.Input(i)[1025].ShouldBe(1025 % 251 / 255f);
            }
        }
    }

    [Fact]
    public void Load_OfTwoClasses_NumbersThemInTheOrderGiven()
    {
        using TemporaryFolder folder = new();
        CifarFiles.WriteCifar10(folder, trainCount: 60, testCount: 20);
        Cifar10Options options = new() { Folder = folder.Path, TrainFiles = ["data_batch_1.bin"], Only = ["horse", "airplane"] };

        GroupedDataset train = options.Load(Split.Train, 4);

        train.Description.Classes.ShouldBe(["horse", "airplane"]);
        train.GroupCounts().ShouldBe([6, 6]);
        Enumerable.Range(0, 12).Select(i => (Number(train, i) % 10) == (train.Labels[i] == 0 ? 7 : 0)).ShouldAllBe(right => right);
    }

    [Fact]
    public void Load_OfHalves_IsWhetherTheClassIsAboveFour()
    {
        using TemporaryFolder folder = new();
        CifarFiles.WriteCifar10(folder, trainCount: 60, testCount: 20);

        GroupedDataset train = new Cifar10Options { Folder = folder.Path, TrainFiles = ["data_batch_1.bin"], Labels = Cifar10Labels.Halves }.Load(Split.Train, 4);

        train.Description.Classes.Count.ShouldBe(2);
        Enumerable.Range(0, 60).Select(i => train.Labels[i] == (Number(train, i) % 10 > 4 ? 1 : 0)).ShouldAllBe(right => right);
    }

    [Fact]
    public void Load_OfCifar100_ReadsBothLabels()
    {
        using TemporaryFolder folder = new();
        CifarFiles.WriteCifar100(folder, trainCount: 120, testCount: 20);
        Cifar100Options options = new() { Folder = folder.Path };

        GroupedDataset fine = options.Load(Split.Train, 4);
        GroupedDataset coarse = (options with { Labels = Cifar100Labels.Coarse }).Load(Split.Train, 4);

        (fine.Description.Classes.Count, coarse.Description.Classes.Count).ShouldBe((100, 20));
        Enumerable.Range(0, 120).Select(i => fine.Labels[i] == Number(fine, i) % 100 && coarse.Labels[i] == Number(coarse, i) % 20).ShouldAllBe(right => right);
    }

    [Fact]
    public void Load_WithPermutedLabels_KeepsTheClassCountsAndChangesAtMostTheShare()
    {
        using TemporaryFolder folder = new();
        CifarFiles.WriteCifar10(folder, trainCount: 200, testCount: 20);
        Cifar10Options options = new() { Folder = folder.Path, TrainFiles = ["data_batch_1.bin"], LabelNoise = 0.25 };

        GroupedDataset noisy = options.Load(Split.Train, 4);
        GroupedDataset wrong = (options with { LabelNoiseKind = LabelNoiseKind.Incorrect }).Load(Split.Train, 4);
        GroupedDataset test = options.Load(Split.Test, 4);

        noisy.GroupCounts().ShouldBe((options with { LabelNoise = 0 }).Load(Split.Train, 4).GroupCounts());
        // Of 50 permuted labels a tenth stays in the mean: 45 change, with a deviation near 2.
        WrongLabels(noisy).ShouldBeInRange(33, 50);
        WrongLabels(wrong).ShouldBe(50);
        WrongLabels(test).ShouldBe(0);
    }

    [Theory]
    [InlineData("short", "whole records of 3073 bytes")]
    [InlineData("label", "has the label 10")]
    [InlineData("missing", "no such file")]
    [InlineData("class", "no class 'giraffe'")]
    [InlineData("count", "trainCount is 7")]
    public void Load_OfBadFilesOrSettings_SaysWhatIsWrong(string what, string expected)
    {
        using TemporaryFolder folder = new();
        CifarFiles.Write(folder.Combine("data.bin.gz"), 0, 6, n => [(byte)(what == "label" && n == 5 ? 10 : n)]);
        if (what == "short")
        {
            File.WriteAllBytes(folder.Combine("data.bin"), new byte[4000]);
        }

        Cifar10Options options = new()
        {
            Folder = folder.Path,
            TrainFiles = [what == "missing" ? "other.bin" : "data.bin"],
            Only = what == "class" ? ["cat", "giraffe"] : null,
            TrainCount = what == "count" ? 7 : null,
        };

        Should.Throw<Exception>(() => options.Load(Split.Train, 1)).Message.ShouldContain(expected);
    }

    // Without padding and flips a batch stays as it is; with them every image is a window of the padded one, mirrored or not.
    [Fact]
    public void CropAndFlip_Always_CutsWindowsOfThePaddedImages()
    {
        using torch.Tensor images = torch.arange(1, 1 + (6 * 2 * 5 * 7), torch.float32).reshape(6, 2, 5, 7);
        using torch.Tensor none = torch.zeros(6, torch.int64);
        Batch batch = new(images, none, none, step: 0);

        using torch.Tensor same = new CropAndFlip { Padding = 0, Flip = false }.Apply(batch, new Random(1)).Inputs;
        using torch.Tensor cut = new CropAndFlip { Padding = 2 }.Apply(batch, new Random(1)).Inputs;

        same.contiguous().data<float>().ToArray().ShouldBe(images.data<float>().ToArray());
        cut.shape.ShouldBe(images.shape);
        HashSet<(int, int, bool)> seen = [];
        for (int i = 0; i < 6; i++)
        {
            (int, int, bool)[] found = [.. from top in Enumerable.Range(0, 5) from left in Enumerable.Range(0, 5) from mirrored in (bool[])[false, true] where IsWindow(images, cut, i, top, left, mirrored) select (top, left, mirrored)];
            found.Length.ShouldBe(1);
            seen.Add(found[0]);
        }

        seen.Count.ShouldBeGreaterThan(2);
        seen.Select(window => window.Item3).Distinct().Count().ShouldBe(2);
    }

    private static bool IsWindow(torch.Tensor images, torch.Tensor cut, int image, int top, int left, bool mirrored)
    {
        float[] source = images.data<float>().ToArray();
        float[] target = cut.contiguous().data<float>().ToArray();
        for (int c = 0; c < 2; c++)
        {
            for (int y = 0; y < 5; y++)
            {
                for (int x = 0; x < 7; x++)
                {
                    int row = top + y - 2;
                    int column = left + (mirrored ? 6 - x : x) - 2;
                    float expected = row is < 0 or > 4 || column is < 0 or > 6 ? 0 : source[(((((image * 2) + c) * 5) + row) * 7) + column];
                    if (target[(((((image * 2) + c) * 5) + y) * 7) + x] != expected)
                    {
                        return false;
                    }
                }
            }
        }

        return true;
    }

    private static int WrongLabels(GroupedDataset data) => Enumerable.Range(0, data.Count).Count(i => data.Labels[i] != Number(data, i) % 10);

    private static int Number(GroupedDataset data, int example) => (int)Math.Round(255 * data.Input(example)[0]);
}
