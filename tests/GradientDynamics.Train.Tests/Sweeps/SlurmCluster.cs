using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace GradientDynamics.Train.Tests.Sweeps;

/// <summary>Slurm on this machine alone: munged, slurmctld and slurmd with a configuration and state of their own, ended with the test.</summary>
internal sealed class SlurmCluster : IDisposable
{
    private static readonly string[] Programs = ["munged", "slurmctld", "slurmd", "sbatch", "squeue", "sinfo"];
    private static readonly TimeSpan Hang = TimeSpan.FromMinutes(3);

    private readonly List<Process> _daemons = [];
    private readonly string _configuration;

    private SlurmCluster(string configuration) => _configuration = configuration;

    /// <summary>Why there can be no cluster; null where there can.</summary>
    public static string? Missing => !OperatingSystem.IsLinux() ? "Slurm runs on Linux"
        : !Environment.IsPrivilegedProcess ? "Slurm's daemons are started by root"
        : Programs.FirstOrDefault(program => PathOf(program) is null) is { } missing ? $"{missing} is not installed (Debian: slurm-wlm, munge)"
        : null;

    /// <summary>Starts the daemons and waits until the node is idle.</summary>
    public static async Task<SlurmCluster> StartAsync(TemporaryFolder folder)
    {
        string home = Directory.CreateDirectory(folder.Combine("slurm")).FullName;
        string configuration = Path.Combine(home, "slurm.conf");
        string socket = Path.Combine(home, "munge.socket");
        string key = Path.Combine(home, "munge.key");
        File.WriteAllBytes(key, RandomNumberGenerator.GetBytes(1024));
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        string host = Dns.GetHostName().Split('.')[0];
        (int controller, int node) = (FreePort(), FreePort());
        foreach (string part in (string[])["state", "spool"])
        {
            Directory.CreateDirectory(Path.Combine(home, part));
        }

        File.WriteAllText(configuration, $"""
            ClusterName=test
            SlurmctldHost={host}(127.0.0.1)
            SlurmUser=root
            SlurmdUser=root
            AuthType=auth/munge
            AuthInfo=socket={socket}
            CredType=cred/munge
            SlurmctldPort={controller}
            SlurmdPort={node}
            StateSaveLocation={home}/state
            SlurmdSpoolDir={home}/spool
            SlurmctldPidFile={home}/slurmctld.pid
            SlurmdPidFile={home}/slurmd.pid
            SlurmctldLogFile={home}/slurmctld.log
            SlurmdLogFile={home}/slurmd.log
            ProctrackType=proctrack/linuxproc
            TaskPlugin=task/none
            SwitchType=switch/none
            MpiDefault=none
            ReturnToService=2
            SelectType=select/cons_tres
            SelectTypeParameters=CR_Core_Memory
            SchedulerParameters=sched_interval=1,bf_interval=1,batch_sched_delay=0
            NodeName={host} NodeAddr=127.0.0.1 CPUs=2 RealMemory=4000 State=UNKNOWN
            PartitionName=main Nodes={host} Default=YES MaxTime=INFINITE State=UP

            """);
        SlurmCluster cluster = new(configuration);
        try
        {
            cluster.Daemon("munged", "--foreground", "--force", $"--key-file={key}", $"--socket={socket}", $"--log-file={home}/munged.log", $"--pid-file={home}/munged.pid", $"--seed-file={home}/munged.seed");
            using CancellationTokenSource hang = new(Hang);
            while (!File.Exists(socket))
            {
                await Task.Delay(100, hang.Token);
            }

            cluster.Daemon("slurmctld", "-D", "-i");
            cluster.Daemon("slurmd", "-D");
            while (await cluster.StateAsync() != "idle")
            {
                await Task.Delay(500, hang.Token);
            }

            return cluster;
        }
        catch
        {
            cluster.Dispose();
            throw;
        }
    }

    /// <summary>Runs gd-train as a user of the cluster.</summary>
    public async Task<(int ExitCode, string Error)> RunAsync(params string[] arguments) => await EndAsync(With(new(Path.Combine(AppContext.BaseDirectory, "gd-train"), arguments)));

    /// <summary>Runs a process to its end.</summary>
    public static async Task<(int ExitCode, string Error)> EndAsync(ProcessStartInfo info)
    {
        using CancellationTokenSource hang = new(Hang);
        using Process process = Process.Start(info)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(hang.Token);
        string error = await process.StandardError.ReadToEndAsync(hang.Token);
        await output;
        await process.WaitForExitAsync(hang.Token);
        return (process.ExitCode, error);
    }

    public void Dispose()
    {
        foreach (Process daemon in Enumerable.Reverse(_daemons))
        {
            daemon.Kill(entireProcessTree: true);
            daemon.WaitForExit();
            daemon.Dispose();
        }
    }

    private ProcessStartInfo With(ProcessStartInfo info)
    {
        info.Environment["SLURM_CONF"] = _configuration;
        info.RedirectStandardOutput = true;
        info.RedirectStandardError = true;
        return info;
    }

    private void Daemon(string name, params string[] arguments)
    {
        Process daemon = Process.Start(With(new(PathOf(name)!, arguments)))!;
        daemon.BeginErrorReadLine();
        daemon.BeginOutputReadLine();
        _daemons.Add(daemon);
    }

    private async Task<string> StateAsync()
    {
        using Process sinfo = Process.Start(With(new(PathOf("sinfo")!, ["--noheader", "--format=%t"])))!;
        string state = await sinfo.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await sinfo.WaitForExitAsync(TestContext.Current.CancellationToken);
        return state.Trim();
    }

    // Daemons are in sbin, which a user's path may lack.
    private static string? PathOf(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Concat(["/usr/sbin", "/usr/bin"]).Where(folder => folder.Length > 0).Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
