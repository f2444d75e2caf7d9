using System.CommandLine;
using System.Globalization;
using GradientDynamics.CommandLine;
using GradientDynamics.Train.Execution;
using TorchSharp;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Training;

/// <summary>The device that a command computes on.</summary>
internal static class TorchDevice
{
    /// <summary>Name of the processor itself.</summary>
    public const string Cpu = "cpu";

    private const string Accepted = "accepted are cpu and cuda:N, where N is the number of a CUDA device from 0";

    /// <summary>The option that names the device.</summary>
    public static Option<string?> Option() => new("--device") { Description = "Where to compute: cpu or cuda:N. Default cpu; with --resume, where the run began." };

    /// <summary>The device of a name.</summary>
    /// <exception cref="CommandException">There is no such device here.</exception>
    public static Device Parse(string name)
    {
        if (name == Cpu)
        {
            return CPU;
        }

        if (!name.StartsWith("cuda:", StringComparison.Ordinal) || !int.TryParse(name.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out int index))
        {
            throw new CommandException(ExitCode.Configuration, $"--device: is '{name}'; {Accepted}.");
        }

        TorchRuntime.EnsureLoaded();
        if (!cuda.is_available())
        {
            throw new CommandException(ExitCode.System, $"--device: is '{name}', and this libtorch finds no CUDA (built with -p:Accelerator=cuda it has the packages); accepted here is cpu.");
        }

        return index < cuda.device_count()
            ? new Device(DeviceType.CUDA, index)
            : throw new CommandException(ExitCode.Configuration, $"--device: is '{name}', and there are {cuda.device_count()} CUDA devices; {Accepted} below that.");
    }

    /// <summary>Moves a network to a device.</summary>
    public static void Move(GraphModule module, Device device)
    {
        if (device.type != DeviceType.CPU)
        {
            module.to(device);
        }
    }

    /// <summary>Moves a tensor to a device; the result belongs to no dispose scope, and the tensor given is not to be used again.</summary>
    public static Tensor Move(Tensor onHost, Device device)
    {
        if (device.type == DeviceType.CPU)
        {
            return onHost;
        }

        using (onHost)
        {
            return onHost.to(device).DetachFromDisposeScope();
        }
    }
}
