using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;

namespace GradientDynamics.Onnx.Runtime;

/// <summary>The process-wide state of ONNX Runtime, with its telemetry off: official builds from 1.29 on send usage data unless told otherwise before their first call.</summary>
internal static partial class RuntimeEnvironment
{
    /// <summary>The variable that ONNX Runtime reads when its environment is created; with it no uploader, event or device identifier comes to be.</summary>
    public const string DisableTelemetryVariable = "ORT_DISABLE_TELEMETRY";

    private static readonly Lazy<OrtEnv> Environment = new(Create);

    /// <summary>Creates the environment on the first call; every entry into ONNX Runtime goes through here.</summary>
    public static void Ensure() => _ = Environment.Value;

    private static OrtEnv Create()
    {
        SetNativeVariable(DisableTelemetryVariable, "1");
        // Errors come as exceptions with one line; ONNX Runtime's own lines on standard error would say them twice.
        var options = new EnvironmentCreationOptions { logId = "GradientDynamics.Onnx", logLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
        OrtEnv environment = OrtEnv.IsCreated ? OrtEnv.Instance() : OrtEnv.CreateInstanceWithOptions(ref options);
        environment.DisableTelemetryEvents();
        return environment;
    }

    /// <summary>.NET keeps a copy of the environment of its own on Unix, which native code does not see.</summary>
    private static void SetNativeVariable(string name, string value)
    {
        System.Environment.SetEnvironmentVariable(name, value);
        if (!OperatingSystem.IsWindows())
        {
            _ = SetEnvironmentVariable(name, value, overwrite: 1);
        }
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironmentVariable(string name, string value, int overwrite);
}
