namespace GradientDynamics.CommandLine.Tests;

public sealed class AtomicDirectoryTests
{
    [Fact]
    public void Commit_GivesTheFolderItsName()
    {
        using TemporaryFolder folder = new();
        using (AtomicDirectory directory = AtomicDirectory.Create(folder["run"], replace: false))
        {
            File.WriteAllText(Path.Combine(directory.Path, "run.json"), "{}");
            Directory.CreateDirectory(Path.Combine(directory.Path, "checkpoint"));
            File.WriteAllText(Path.Combine(directory.Path, "checkpoint", "last"), "x");
            Directory.Exists(folder["run"]).ShouldBeFalse();

            directory.Commit();
        }

        folder.Entries.ShouldBe(["run"]);
        File.ReadAllText(folder["run/checkpoint/last"]).ShouldBe("x");
    }

    [Fact]
    public void Dispose_WithoutCommit_LeavesNothing()
    {
        using TemporaryFolder folder = new();
        using (AtomicDirectory directory = AtomicDirectory.Create(folder["run"], replace: false))
        {
            File.WriteAllText(Path.Combine(directory.Path, "run.json"), "{}");
        }

        folder.Entries.ShouldBeEmpty();
    }

    [Fact]
    public void Commit_WithReplace_ReplacesTheOldFolder()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder["run"]);
        File.WriteAllText(folder["run/old"], "old");
        using (AtomicDirectory directory = AtomicDirectory.Create(folder["run"], replace: true))
        {
            File.WriteAllText(Path.Combine(directory.Path, "new"), "new");
            File.Exists(folder["run/old"]).ShouldBeTrue();

            directory.Commit();
        }

        folder.Entries.ShouldBe(["run"]);
        Directory.GetFiles(folder["run"]).Select(Path.GetFileName).ShouldBe(["new"]);
    }

    [Fact]
    public void Commit_ThatFails_RestoresTheOldFolder()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder["run"]);
        File.WriteAllText(folder["run/old"], "old");
        using (AtomicDirectory directory = AtomicDirectory.Create(folder["run"], replace: true))
        {
            Directory.Delete(directory.Path);

            Should.Throw<DirectoryNotFoundException>(directory.Commit);
        }

        folder.Entries.ShouldBe(["run"]);
        File.ReadAllText(folder["run/old"]).ShouldBe("old");
    }

    [Fact]
    public void Create_OverWhatIsThere_RefusesUnlessItIsEmpty()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder["empty"]);
        Directory.CreateDirectory(folder["full"]);
        File.WriteAllText(folder["full/a"], "a");
        File.WriteAllText(folder["file"], "a");

        AtomicDirectory.Create(folder["empty"], replace: false).Dispose();
        CommandException full = Should.Throw<CommandException>(() => AtomicDirectory.Create(folder["full"], replace: false));
        CommandException file = Should.Throw<CommandException>(() => AtomicDirectory.Create(folder["file"], replace: true));
        CommandException current = Should.Throw<CommandException>(() => AtomicDirectory.Create(Directory.GetCurrentDirectory(), replace: true));

        full.Message.ShouldBe($"{folder["full"]}: exists and is not empty; accepted is a new or empty folder.");
        file.Message.ShouldBe($"{folder["file"]}: is a file; accepted is the name of a folder to create.");
        current.Message.ShouldEndWith("is or contains the current folder and cannot be replaced; accepted is the name of a folder to create.");
        full.ExitCode.ShouldBe(ExitCode.Configuration);
        folder.Entries.ShouldBe(["empty", "file", "full"]);
    }

    [Fact]
    public void Commit_OntoANameTakenMeanwhile_RefusesAndKeepsIt()
    {
        using TemporaryFolder folder = new();
        using (AtomicDirectory directory = AtomicDirectory.Create(folder["run"], replace: false))
        {
            Directory.CreateDirectory(folder["run"]);
            File.WriteAllText(folder["run/other"], "other");

            Should.Throw<CommandException>(directory.Commit);
        }

        folder.Entries.ShouldBe(["run"]);
        File.ReadAllText(folder["run/other"]).ShouldBe("other");
    }
}
