namespace GradientDynamics.CommandLine.Tests;

public sealed class AtomicFileTests
{
    [Fact]
    public void Write_CreatesFoldersAndReplacesTheFile()
    {
        using TemporaryFolder folder = new();

        AtomicFile.WriteText(folder["a/b/c.txt"], "first");
        AtomicFile.WriteText(folder["a/b/c.txt"], "zwölf");

        File.ReadAllBytes(folder["a/b/c.txt"]).ShouldBe("zwölf"u8.ToArray());
        Directory.GetFileSystemEntries(folder["a/b"]).ShouldHaveSingleItem();
    }

    [Fact]
    public void Write_ThatFails_KeepsTheOldFileAndLeavesNothing()
    {
        using TemporaryFolder folder = new();
        AtomicFile.WriteText(folder["a.txt"], "old");

        Should.Throw<IOException>(() => AtomicFile.Write(folder["a.txt"], stream =>
        {
            stream.Write("half"u8);
            throw new IOException("No space left on device", 28);
        }));

        File.ReadAllText(folder["a.txt"]).ShouldBe("old");
        folder.Entries.ShouldBe(["a.txt"]);
    }

    [Fact]
    public async Task WriteAsync_ThatIsCancelled_LeavesNothing()
    {
        using TemporaryFolder folder = new();

        await Should.ThrowAsync<OperationCanceledException>(() => AtomicFile.WriteAsync(folder["a.txt"], async stream =>
        {
            await stream.WriteAsync("half"u8.ToArray());
            throw new OperationCanceledException();
        }));

        folder.Entries.ShouldBeEmpty();
    }

    [Fact]
    public async Task WriteAsync_WritesTheFile()
    {
        using TemporaryFolder folder = new();

        await AtomicFile.WriteAsync(folder["a.txt"], async stream => await stream.WriteAsync("whole"u8.ToArray()));

        File.ReadAllText(folder["a.txt"]).ShouldBe("whole");
        folder.Entries.ShouldBe(["a.txt"]);
    }

    [Fact]
    public void Write_OntoAFolder_FailsAndLeavesNothing()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder["taken"]);

        CommandException error = Should.Throw<CommandException>(() => AtomicFile.WriteText(folder["taken"], "text"));

        error.ExitCode.ShouldBe(ExitCode.Configuration);
        error.Message.ShouldBe($"{folder["taken"]}: is a folder; accepted is the name of a file to write.");
        folder.Entries.ShouldBe(["taken"]);
    }

    // Longer than a file system takes: whoever chose the name knows it, not the temporary one.
    [Fact]
    public async Task Write_ThatCannotCreateTheFile_NamesItByItsOwnName()
    {
        using TemporaryFolder folder = new();
        string name = folder[new string('a', 300)];

        IOException error = Should.Throw<IOException>(() => AtomicFile.WriteText(name, "text"));
        IOException later = await Should.ThrowAsync<IOException>(() => AtomicFile.WriteAsync(name, _ => Task.CompletedTask));
        IOException ofFolder = Should.Throw<IOException>(() => AtomicDirectory.Create(name, replace: false));

        foreach (string message in new[] { error.Message, later.Message, ofFolder.Message })
        {
            message.ShouldContain($"'{name}'");
            message.ShouldNotContain(".tmp");
        }
    }
}
