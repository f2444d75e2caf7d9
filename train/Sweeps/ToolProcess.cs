using System.Diagnostics;

namespace GradientDynamics.Train.Sweeps;

/// <summary>How this program is started again.</summary>
internal static class ToolProcess
{
    private const string Name = "gd-train";

    /// <summary>Program and leading arguments: this program itself, or where it runs inside another one (dotnet, tests), the one beside its assembly.</summary>
    public static IReadOnlyList<string> Command { get; } = Find();

    private static string[] Find()
    {
        string? running = Environment.ProcessPath;
        if (running is not null && Path.GetFileNameWithoutExtension(running) == Name)
        {
            return [running];
        }

        string beside = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? $"{Name}.exe" : Name);
        string host = running is not null && Path.GetFileNameWithoutExtension(running) == "dotnet" ? running : "dotnet";
        return File.Exists(beside) ? [beside] : [host, Path.Combine(AppContext.BaseDirectory, $"{Name}.dll")];
    }

    /// <summary>What starts the program with these arguments.</summary>
    public static ProcessStartInfo Start(params ReadOnlySpan<string> arguments) => new(Command[0], [.. Command.Skip(1), .. arguments]);
}
