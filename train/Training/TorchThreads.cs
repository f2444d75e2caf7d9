using System.Runtime.InteropServices;
using GradientDynamics.Train.Execution;
using TorchSharp;

namespace GradientDynamics.Train.Training;

/// <summary>The threads of libtorch: how many, and that they sleep while they wait.</summary>
internal static partial class TorchThreads
{
    // OpenMP reads it once, when libtorch is loaded.
    private const string WaitPolicyVariable = "OMP_WAIT_POLICY";

    /// <summary>
    /// Loads libtorch with a number of threads. Unless the user chose otherwise, idle threads sleep instead of spinning: beside other work on the same cores, spinning made the training of a small
    /// network seven times slower.
    /// </summary>
    public static void Use(int count)
    {
        if (Environment.GetEnvironmentVariable(WaitPolicyVariable) is null)
        {
            Environment.SetEnvironmentVariable(WaitPolicyVariable, "PASSIVE");
            // .NET keeps a copy of the environment of its own on Unix, which native code does not see.
            if (!OperatingSystem.IsWindows())
            {
                _ = SetEnvironmentVariable(WaitPolicyVariable, "PASSIVE", overwrite: 0);
            }
        }

        TorchRuntime.EnsureLoaded();
        torch.set_num_threads(count);
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironmentVariable(string name, string value, int overwrite);
}
