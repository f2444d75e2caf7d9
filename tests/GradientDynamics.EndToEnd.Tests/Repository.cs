using System.Reflection;

namespace GradientDynamics.EndToEnd.Tests;

/// <summary>Where the repository and what was built in it stand.</summary>
internal static class Repository
{
    /// <summary>The folder of GradientDynamics.Onnx.sln.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>"debug" or "release": the configuration that this test runs in, and so the one whose tools it starts.</summary>
    public static string Configuration { get; } =
        typeof(Repository).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration.ToLowerInvariant();

    /// <summary>A path below the root.</summary>
    public static string PathOf(params ReadOnlySpan<string> parts) => Path.Combine([Root, .. parts]);

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "GradientDynamics.Onnx.sln")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException($"No folder above '{AppContext.BaseDirectory}' holds GradientDynamics.Onnx.sln.");
    }
}
