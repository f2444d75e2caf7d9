using GradientDynamics.Preprocessing;
using GradientDynamics.Train.Sampling;

namespace GradientDynamics.Train.Datasets;

/// <summary>Waterbirds: water birds or land birds, cut out of photographs and set before water or land; in training the background agrees with the bird in 95 of 100 images.</summary>
/// <remarks>
/// Sagawa et al., 2020, https://arxiv.org/abs/1911.08731, in the layout of Idrissi et al., 2022: metadata_waterbirds.csv and waterbirds/waterbird_complete95_forest2water2/. y: 1 is a water bird. a: 1 is
/// water behind it.
/// </remarks>
public sealed record WaterbirdsOptions : BenchmarkImagesOptions
{
    internal const string Metadata = "metadata_waterbirds.csv";
    internal const string Images = "waterbirds/waterbird_complete95_forest2water2";

    /// <summary>Waterbirds, resized to 256 x 256 and cut to 224 x 224.</summary>
    public WaterbirdsOptions()
        : base(new ImagePreprocessing { Resize = new() { Width = 256, Height = 256 }, CenterCrop = new() { Width = 224, Height = 224 } })
    {
    }

    internal override GroupedDataset Load(Split split, RunSeed seed) => Load("waterbirds", split, Metadata, Images, ["landbird", "waterbird"], ["land", "water"]);
}
