using GradientDynamics.Train.Training;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Datasets;

/// <summary>Random crops and flips of training images: each image is padded with zeros on every side, cut to its size at a random place, and mirrored with probability 1/2.</summary>
/// <remarks>As torchvision's RandomCrop and RandomHorizontalFlip. Each epoch draws anew; evaluation sees the images as they are.</remarks>
public sealed record CropAndFlip
{
    /// <summary>Pixels of padding on every side; 0 does not crop. Default 4, as in the CIFAR experiments of the papers.</summary>
    public int Padding
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value, nameof(Padding));
            field = value;
        }
    } = 4;

    /// <summary>Whether images are mirrored left to right with probability 1/2. Default true.</summary>
    public bool Flip { get; init; } = true;

    /// <summary>The images of a batch (batch, channels, height, width), each changed; the tensor belongs to the current dispose scope.</summary>
    internal Batch Apply(Batch batch, Random random)
    {
        Tensor images = batch.Inputs;
        (long count, long height, long width) = (images.shape[0], images.shape[2], images.shape[3]);
        long[] rows = new long[count * height];
        long[] columns = new long[count * width];
        for (long i = 0; i < count; i++)
        {
            int top = random.Next((2 * Padding) + 1);
            int left = random.Next((2 * Padding) + 1);
            bool mirrored = random.Next(2) == 1 && Flip;
            for (long y = 0; y < height; y++)
            {
                rows[(i * height) + y] = top + y;
            }

            for (long x = 0; x < width; x++)
            {
                columns[(i * width) + x] = left + (mirrored ? width - 1 - x : x);
            }
        }

        using Tensor padded = nn.functional.pad(images, (Padding, Padding, Padding, Padding));
        using Tensor rowIndex = tensor(rows, [count, 1, height, 1], int64, images.device);
        using Tensor columnIndex = tensor(columns, [count, 1, 1, width], int64, images.device);
        using Tensor cut = padded.gather(2, rowIndex.expand(count, images.shape[1], height, padded.shape[3]));
        return batch with { AllInputs = [KeyValuePair.Create(batch.AllInputs[0].Key, cut.gather(3, columnIndex.expand(count, images.shape[1], height, width)))] };
    }
}
