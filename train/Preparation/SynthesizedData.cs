using GradientDynamics.CommandLine;

namespace GradientDynamics.Train.Preparation;

/// <summary>The file that says of a folder that its data is a look-alike, so that nobody compares it with published counts or takes its figures for those of the real data.</summary>
/// <param name="Kind">Kind of the dataset that it looks like.</param>
/// <param name="Size">Training examples.</param>
/// <param name="Seed">Seed of the drawing.</param>
internal sealed record SynthesizedData(string Kind, int Size, long Seed)
{
    /// <summary>Name of the file.</summary>
    public const string FileName = "synthesized.json";

    /// <summary>What a folder says of itself; null where it says nothing.</summary>
    public static SynthesizedData? Of(string folder)
    {
        string path = Path.Combine(folder, FileName);
        return File.Exists(path) ? ConfigurationFile.Read<SynthesizedData>(path, []) : null;
    }

    /// <summary>Writes the file.</summary>
    public void Write(string folder) => AtomicFile.WriteText(Path.Combine(folder, FileName), ConfigurationFile.Write(this));
}
