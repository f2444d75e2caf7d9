namespace GradientDynamics.Analysis.Tests;

/// <summary>Golden numbers that stand beside the data folder; tests skip with the reason where they are absent.</summary>
internal static class ReferenceFolder
{
    public static string File(string name)
    {
        string? data = Environment.GetEnvironmentVariable("GRADIENTDYNAMICS_DATA");
        Assert.SkipWhen(string.IsNullOrEmpty(data), "GRADIENTDYNAMICS_DATA is not set; the reference values stand in a folder 'reference' beside that data folder.");
        string path = Path.GetFullPath(Path.Combine(data!, "..", "reference", name));
        Assert.SkipUnless(System.IO.File.Exists(path), $"The reference file '{name}' is not beside the data folder.");
        return path;
    }
}
