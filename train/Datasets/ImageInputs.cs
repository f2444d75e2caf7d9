using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using GradientDynamics.Preprocessing;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Datasets;

/// <summary>
/// Images that are decoded when a batch is read, on all processors: pixels in [0, 1], (channels, height, width). Normalisation stands in the network's graph, so that bounds and the radii of attacks are
/// in units of pixels.
/// </summary>
internal sealed class ImageInputs : ExampleInputs
{
    private readonly ImageStore _images;
    private readonly ImagePreprocessing _preprocessing;
    private readonly ImageAugmentation? _augmentation;
    private readonly ImageSize _size;
    private readonly ImageCache? _cache;
    private readonly int _elements;

    /// <summary>Images of a store.</summary>
    /// <param name="images">The encoded images.</param>
    /// <param name="preprocessing">What makes a tensor of fixed size of each.</param>
    /// <param name="augmentation">What training changes at random; null is nothing.</param>
    /// <param name="cacheFolder">Folder that keeps the decoded images; null decodes them each time.</param>
    public ImageInputs(ImageStore images, ImagePreprocessing preprocessing, ImageAugmentation? augmentation, string? cacheFolder)
    {
        _images = images;
        _preprocessing = preprocessing;
        _augmentation = augmentation;
        _size = preprocessing.OutputSize ?? throw new ArgumentException("The preprocessing must give every image the same size.", nameof(preprocessing));
        _elements = checked(preprocessing.ChannelCount * _size.Width * _size.Height);
        // What training cuts at random is cut from whole images; else the part that is always the same is kept, which is smaller.
        _cache = cacheFolder is null ? null : new(cacheFolder, images, augmentation?.RandomResizedCrop is null ? preprocessing : null, preprocessing.Channels);
    }

    /// <inheritdoc/>
    public override int Count => _images.Count;

    /// <inheritdoc/>
    public override bool AreInMemory => false;

    /// <inheritdoc/>
    public override bool AreAugmented => _augmentation is not null;

    /// <inheritdoc/>
    public override void AppendTo(IncrementalHash hash)
    {
        ArgumentNullException.ThrowIfNull(hash);
        hash.AppendData(Encoding.UTF8.GetBytes(PreprocessingFile.Write(_preprocessing)));
        hash.AppendData(_images.Digest());
    }

    internal override void Prepare(Action<string> say, CancellationToken cancellationToken) => _cache?.Open(say, cancellationToken);

    internal override Tensor[] Read(ReadOnlySpan<int> examples) => Refill(examples, visits: null, used: null);

    internal override Tensor[] ReadForTraining(ReadOnlySpan<int> examples, Visits visits) => Refill(examples, visits, used: null);

    internal override Tensor[] Refill(ReadOnlySpan<int> examples, Visits? visits, Tensor[]? used)
    {
        Tensor batch;
        if (used is [Tensor held] && held.shape[0] == examples.Length)
        {
            batch = held;
        }
        else
        {
            used?[0].Dispose();
            batch = empty([examples.Length, _preprocessing.ChannelCount, _size.Height, _size.Width], float32).DetachFromDisposeScope();
        }

        Fill(batch, examples.ToArray(), _augmentation is null ? null : visits);
        return [batch];
    }

    internal override IReadOnlyList<string> FindBroken(Action<int> report, CancellationToken cancellationToken)
    {
        string?[] problems = new string?[Count];
        int part = Math.Max(256, Count / 20);
        for (int start = 0; start < Count; start += part)
        {
            int end = Math.Min(start + part, Count);
            int first = start;
            EachImage.Do(end - start, i =>
            {
                int image = first + i;
                try
                {
                    using DecodedImage decoded = DecodedImage.Decode(_images.Read(image), _preprocessing.Channels, _images.NameOf(image));
                    using DecodedImage prepared = decoded.Prepare(_preprocessing, _images.NameOf(image));
                }
                catch (InvalidDataException error)
                {
                    problems[image] = error.Message;
                }
            }, cancellationToken);
            report(end);
        }

        return [.. problems.OfType<string>()];
    }

    private void Fill(Tensor batch, int[] examples, Visits? visits)
    {
        try
        {
            _cache?.Open(say: null, CancellationToken.None);
            EachImage.Do(examples.Length, i =>
            {
                Span<float> planes = MemoryMarshal.Cast<byte, float>(batch.bytes).Slice(i * _elements, _elements);
                Fill(examples[i], visits?.Of(i), planes);
            }, CancellationToken.None);
        }
        catch
        {
            batch.Dispose();
            throw;
        }
    }

    private void Fill(int example, Random? random, Span<float> planes)
    {
        string name = _images.NameOf(example);
        if (_cache is { HoldsPrepared: true })
        {
            _cache.CopyTo(example, planes);
        }
        else
        {
            using DecodedImage decoded = _cache is null ? DecodedImage.Decode(_images.Read(example), _preprocessing.Channels, name) : _cache.Read(example);
            if (random is not null && _augmentation!.RandomResizedCrop is { } crop)
            {
                using DecodedImage resampled = decoded.Resample(crop.Draw(decoded.Width, decoded.Height, random), _size.Width, _size.Height);
                resampled.CopyTo(planes);
            }
            else
            {
                decoded.PrepareTo(_preprocessing, name, planes);
            }
        }

        if (random is not null && _augmentation!.Flip && random.Next(2) == 1)
        {
            for (int row = 0; row < planes.Length; row += _size.Width)
            {
                planes.Slice(row, _size.Width).Reverse();
            }
        }
    }
}
