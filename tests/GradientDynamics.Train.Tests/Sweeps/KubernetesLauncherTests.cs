using GradientDynamics.CommandLine;
using GradientDynamics.Train.Sweeps;

namespace GradientDynamics.Train.Tests.Sweeps;

public sealed class KubernetesLauncherTests
{
    [Fact]
    public async Task Launcher_WritesAnIndexedJobWithOnePodForEachTrial()
    {
        using TemporaryFolder folder = new();
        string plan = SweepFixture.WritePlan(folder, "draws=1");
        string output = folder.Combine("sweep");

        CommandRun run = await CommandRun.Of(
            "sweep", "run", "--plan", plan, "--output", output, "--launcher", "kubernetes", "--image", "registry.example/gd-train:1", "--volume-claim", "sweeps", "--volume-folder", "team/digits", "--data-claim", "data",
            "--parallel", "2", "--memory-gib", "2.5", "--processors", "3", "--device", "cuda:0");

        run.ExitCode.ShouldBe(ExitCode.Done, run.Error);
        run.Error.ShouldContain($"kubectl apply -f {output}/job.yaml runs the trials");
        File.Exists(Path.Combine(output, "plan.jsonl")).ShouldBeTrue();
        File.ReadAllText(Path.Combine(output, "job.yaml")).ShouldBe("""
            # One pod for each of the 4 trials of the plan, which must lie at team/digits/plan.jsonl on the volume of the claim sweeps.
            apiVersion: batch/v1
            kind: Job
            metadata:
              name: "gd-train-sweep"
            spec:
              completionMode: Indexed
              completions: 4
              parallelism: 2
              backoffLimitPerIndex: 3
              maxFailedIndexes: 4
              podFailurePolicy:
                rules:
                  # Configuration, file, numbers, a fault of gd-train: it would fail again.
                  - action: FailIndex
                    onExitCodes:
                      containerName: trial
                      operator: In
                      values: [2, 3, 5, 70]
                  - action: Ignore
                    onPodConditions:
                      - type: DisruptionTarget
              template:
                spec:
                  restartPolicy: Never
                  # Time to write the last state, from which the trial goes on.
                  terminationGracePeriodSeconds: 60
                  containers:
                    - name: trial
                      image: "registry.example/gd-train:1"
                      command: ["gd-train"]
                      args: ["sweep", "trial", "--plan", "/sweeps/team/digits/plan.jsonl", "--output", "/sweeps/team/digits", "--index", "$(JOB_COMPLETION_INDEX)", "--processors", "3", "--device", "cuda:0"]
                      env:
                        - name: GRADIENTDYNAMICS_DATA
                          value: /data
                      resources:
                        requests:
                          cpu: 3
                          memory: 2560Mi
                        limits:
                          cpu: 3
                          memory: 2560Mi
                          nvidia.com/gpu: 1
                      volumeMounts:
                        - name: sweeps
                          mountPath: /sweeps
                        - name: data
                          mountPath: /data
                          readOnly: true
                  volumes:
                    - name: sweeps
                      persistentVolumeClaim:
                        claimName: "sweeps"
                    - name: data
                      persistentVolumeClaim:
                        claimName: "data"
                        readOnly: true

            """);
    }

    [Fact]
    public void Manifest_WithoutDataMemoryAndDevice_HasNoneOfThem()
    {
        string manifest = KubernetesLauncher.Manifest(7, new(Parallel: null, MemoryGib: null, Processors: null, Device: null, RetryFailed: true), new("n", "i", "c", "/f/", DataClaim: null));

        manifest.ShouldContain("parallelism: 7\n");
        manifest.ShouldContain("\"--plan\", \"/sweeps/f/plan.jsonl\"");
        manifest.ShouldContain("\"--retry-failed\"");
        manifest.ShouldNotContain("memory");
        manifest.ShouldNotContain("gpu");
        manifest.ShouldNotContain("GRADIENTDYNAMICS_DATA");
    }
}
