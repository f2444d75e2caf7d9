using System.Globalization;
using System.Text.Json;
using GradientDynamics.CommandLine;

namespace GradientDynamics.Train.Sweeps;

/// <summary>What a cluster must provide.</summary>
/// <param name="Name">Name of the job.</param>
/// <param name="Image">Container image that has gd-train.</param>
/// <param name="Claim">Persistent volume claim that all pods can write to.</param>
/// <param name="Folder">The sweep's folder on that volume, below its root.</param>
/// <param name="DataClaim">Persistent volume claim with the data; null where the data is on the same volume or generated.</param>
internal sealed record KubernetesOptions(string Name, string Image, string Claim, string Folder, string? DataClaim);

/// <summary>
/// Writes an Indexed Job: one pod for each line of the plan, which finds its line by the completion index. A trial that is done already ends at once. A trial that fails by itself (wrong configuration,
/// file or numbers) fails its index alone; one that is killed is tried again from its checkpoint.
/// </summary>
/// <remarks>https://kubernetes.io/docs/concepts/workloads/controllers/job/; backoffLimitPerIndex is stable since Kubernetes 1.33.</remarks>
internal static class KubernetesLauncher
{
    // As often as evictions and out-of-memory kills are worth it before somebody should look.
    private const int AttemptsAfterTheFirst = 3;
    private const string Mount = "/sweeps";
    private const string DataMount = "/data";

    /// <summary>Writes job.yaml into the sweep's folder and returns its path.</summary>
    public static string Write(SweepFolder folder, LaunchOptions options, KubernetesOptions cluster)
    {
        string path = Path.Combine(folder.FolderPath, "job.yaml");
        AtomicFile.WriteText(path, Manifest(folder.Plan.Trials.Count, options, cluster));
        return path;
    }

    /// <summary>The manifest.</summary>
    internal static string Manifest(int trials, LaunchOptions options, KubernetesOptions cluster)
    {
        string sweep = $"{Mount}/{cluster.Folder.Trim('/')}".TrimEnd('/');
        int processors = options.Processors ?? 1;
        // The cluster expands the index.
        List<string> arguments =
            ["sweep", "trial", "--plan", $"{sweep}/plan.jsonl", "--output", sweep, "--index", "$(JOB_COMPLETION_INDEX)", "--processors", processors.ToString(CultureInfo.InvariantCulture)];
        if (options.Device is not null)
        {
            arguments.AddRange(["--device", options.Device]);
        }

        if (options.RetryFailed)
        {
            arguments.Add("--retry-failed");
        }

        List<string> quantities = [string.Create(CultureInfo.InvariantCulture, $"cpu: {processors}")];
        if (options.MemoryGib is { } gib)
        {
            quantities.Add(string.Create(CultureInfo.InvariantCulture, $"memory: {Math.Ceiling(gib * 1024)}Mi"));
        }

        string[] limits = options.Device?.StartsWith("cuda", StringComparison.Ordinal) == true ? [.. quantities, "nvidia.com/gpu: 1"] : [.. quantities];
        string[] lines =
        [
            $"# One pod for each of the {trials} trials of the plan, which must lie at {cluster.Folder.Trim('/')}/plan.jsonl on the volume of the claim {cluster.Claim}.",
            "apiVersion: batch/v1",
            "kind: Job",
            "metadata:",
            $"  name: {Text(cluster.Name)}",
            "spec:",
            "  completionMode: Indexed",
            $"  completions: {trials}",
            $"  parallelism: {options.Parallel ?? trials}",
            $"  backoffLimitPerIndex: {AttemptsAfterTheFirst}",
            $"  maxFailedIndexes: {trials}",
            "  podFailurePolicy:",
            "    rules:",
            "      # Configuration, file, numbers, a fault of gd-train: it would fail again.",
            "      - action: FailIndex",
            "        onExitCodes:",
            "          containerName: trial",
            "          operator: In",
            "          values: [2, 3, 5, 70]",
            "      - action: Ignore",
            "        onPodConditions:",
            "          - type: DisruptionTarget",
            "  template:",
            "    spec:",
            "      restartPolicy: Never",
            "      # Time to write the last state, from which the trial goes on.",
            "      terminationGracePeriodSeconds: 60",
            "      containers:",
            "        - name: trial",
            $"          image: {Text(cluster.Image)}",
            """          command: ["gd-train"]""",
            $"          args: [{string.Join(", ", arguments.Select(Text))}]",
            .. WhereData("          env:", "            - name: GRADIENTDYNAMICS_DATA", $"              value: {DataMount}"),
            "          resources:",
            "            requests:",
            .. quantities.Select(quantity => $"              {quantity}"),
            "            limits:",
            .. limits.Select(quantity => $"              {quantity}"),
            "          volumeMounts:",
            "            - name: sweeps",
            $"              mountPath: {Mount}",
            .. WhereData("            - name: data", $"              mountPath: {DataMount}", "              readOnly: true"),
            "      volumes:",
            "        - name: sweeps",
            "          persistentVolumeClaim:",
            $"            claimName: {Text(cluster.Claim)}",
            .. WhereData("        - name: data", "          persistentVolumeClaim:", $"            claimName: {Text(cluster.DataClaim ?? "")}", "            readOnly: true"),
        ];
        return string.Concat(lines.Select(line => line + "\n"));

        string[] WhereData(params string[] data) => cluster.DataClaim is null ? [] : data;
    }

    // A JSON string is a YAML string.
    private static string Text(string value) => JsonSerializer.Serialize(value, ConfigurationFile.Options);
}
