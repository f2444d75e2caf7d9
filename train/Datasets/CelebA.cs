using GradientDynamics.Preprocessing;
using GradientDynamics.Train.Sampling;

namespace GradientDynamics.Train.Datasets;

/// <summary>CelebA: blond hair or not, in photographs of faces; the attribute is the sex as annotated, and blond men are rare.</summary>
/// <remarks>
/// Liu et al., 2015, https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html, with the task of Sagawa et al., 2020, in the layout of Idrissi et al., 2022: metadata_celeba.csv and celeba/img_align_celeba/. y: 1
/// is Blond_Hair. a: 1 is Male.
/// </remarks>
public sealed record CelebAOptions : BenchmarkImagesOptions
{
    internal const string Metadata = "metadata_celeba.csv";
    internal const string Images = "celeba/img_align_celeba";

    /// <summary>CelebA, cut to 178 x 178 and resized to 224 x 224.</summary>
    public CelebAOptions()
        : base(new ImagePreprocessing { InitialCrop = new() { Width = 178, Height = 178 }, Resize = new() { Width = 224, Height = 224 } })
    {
    }

    internal override GroupedDataset Load(Split split, RunSeed seed) => Load("celeba", split, Metadata, Images, ["not blond", "blond"], ["female", "male"]);
}
