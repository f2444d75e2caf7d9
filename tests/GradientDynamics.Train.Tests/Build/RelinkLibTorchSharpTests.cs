using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;

namespace GradientDynamics.Train.Tests.Build;

/// <summary>The build's change of libLibTorchSharp.so, on the package's own library and on files that it must leave alone.</summary>
public sealed class RelinkLibTorchSharpTests(RelinkedFiles files) : IClassFixture<RelinkedFiles>
{
    private const string NewVersion = "GLIBCXX_3.4.32";
    private const string OldVersion = "GLIBCXX_3.4";

    // The version's hash and name (4 bytes each) and the symbol's name.
    private const int MostChangedBytes = 4 + 4 + 28;

    [Fact]
    public void ThePackagesLibrary_AsksForTheNewVersion_WhichIsWhyItIsChanged()
    {
        Require();

        RequiredVersions(files.Original).ShouldContain(NewVersion);
    }

    [Fact]
    public void TheChangedLibrary_AsksForNoNewerVersionThanOldSystemsHave()
    {
        Require();
        byte[] changed = files.Read("library.so");

        string[] versions = RequiredVersions(changed);
        versions.ShouldNotContain(NewVersion);
        versions.Length.ShouldBe(RequiredVersions(files.Original).Length);
        versions.Count(version => version == OldVersion).ShouldBe(2);
        Text(changed).Contains("\0_ZSt21ios_base_library_initv\0", StringComparison.Ordinal).ShouldBeFalse();
        Text(changed).Contains("\0_ZNSt8ios_base4InitC1Ev\0", StringComparison.Ordinal).ShouldBeTrue();
    }

    [Fact]
    public void TheChangedLibrary_HasItsSizeAndTimeStamp_AndDiffersInThreeFieldsOnly()
    {
        Require();
        byte[] changed = files.Read("library.so");

        changed.Length.ShouldBe(files.Original.Length);
        files.WrittenAt("library.so").ShouldBe(RelinkedFiles.TimeStamp);
        changed.Zip(files.Original).Count(pair => pair.First != pair.Second).ShouldBeInRange(1, MostChangedBytes);
    }

    [Fact]
    public void TheChangedLibrary_ChangedAgain_StaysAsItIs()
    {
        Require();

        files.Changes("library.so").ShouldBe("True");
        files.Changes("library.so again").ShouldBe("False");
    }

    [Fact]
    public void TheFileInThePackageCache_WhereTheCopyIsAHardLink_StaysAsItIs()
    {
        Require();

        files.Read("cached.so").SequenceEqual(files.Original).ShouldBeTrue();
    }

    [Fact]
    public void ADamagedLibrary_IsAnErrorThatNamesItAndTheRemedy()
    {
        Require();

        files.Log.ShouldContain("damaged.so' is damaged: its sections point outside the file. Delete it and build again.");
        files.Read("damaged.so").SequenceEqual(files.Original.AsSpan(0, files.Original.Length / 2).ToArray()).ShouldBeTrue();
    }

    [Theory]
    [InlineData("text.so")]
    [InlineData("windows.dll")]
    [InlineData("elf32.so")]
    [InlineData("empty.so")]
    public void AFileOfAnotherFormat_StaysAsItIs(string name)
    {
        Require();

        files.Changes(name).ShouldBe("False");
        files.Read(name).ShouldBe(RelinkedFiles.OtherFormats[name]);
    }

    private void Require() => Assert.SkipUnless(files.SkipReason is null, files.SkipReason ?? "");

    private static string Text(byte[] bytes) => Encoding.Latin1.GetString(bytes);

    // The versions that an ELF library asks other libraries for, read from its section headers: .gnu.version_r and its string table.
    private static string[] RequiredVersions(byte[] elf)
    {
        ReadOnlySpan<byte> bytes = elf;
        int table = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes[0x28..]);
        List<string> versions = [];
        for (int i = 0; i < BinaryPrimitives.ReadUInt16LittleEndian(bytes[0x3c..]); i++)
        {
            ReadOnlySpan<byte> section = bytes[(table + (64 * i))..];
            if (BinaryPrimitives.ReadUInt32LittleEndian(section[4..]) != 0x6ffffffe)
            {
                continue;
            }

            ReadOnlySpan<byte> strings = bytes[(table + (64 * BinaryPrimitives.ReadInt32LittleEndian(section[0x28..])))..];
            int names = (int)BinaryPrimitives.ReadInt64LittleEndian(strings[0x18..]);
            int need = (int)BinaryPrimitives.ReadInt64LittleEndian(section[0x18..]);
            for (int needs = BinaryPrimitives.ReadInt32LittleEndian(section[0x2c..]); needs > 0; needs--)
            {
                int entry = need + BinaryPrimitives.ReadInt32LittleEndian(bytes[(need + 8)..]);
                for (int entries = BinaryPrimitives.ReadUInt16LittleEndian(bytes[(need + 2)..]); entries > 0; entries--)
                {
                    ReadOnlySpan<byte> name = bytes[(names + BinaryPrimitives.ReadInt32LittleEndian(bytes[(entry + 8)..]))..];
                    versions.Add(Encoding.ASCII.GetString(name[..name.IndexOf((byte)0)]));
                    entry += BinaryPrimitives.ReadInt32LittleEndian(bytes[(entry + 12)..]);
                }

                need += BinaryPrimitives.ReadInt32LittleEndian(bytes[(need + 12)..]);
            }
        }

        return [.. versions];
    }
}

/// <summary>Files on which the build's own task was run once, as a build runs it.</summary>
public sealed class RelinkedFiles : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("relink").FullName;

    public RelinkedFiles()
    {
        string? library = Library();
        if (!OperatingSystem.IsLinux() || library is null)
        {
            SkipReason = "The task changes the Linux library of the TorchSharp package, which is not in the package cache.";
            return;
        }

        // The cached file and the copy of the output folder are one file, as a build that links leaves them.
        Original = File.ReadAllBytes(library);
        Write("cached.so", Original);
        using (Process link = Process.Start("ln", [PathOf("cached.so"), PathOf("library.so")]))
        {
            link.WaitForExit();
        }

        Write("damaged.so", Original[..(Original.Length / 2)]);
        foreach ((string name, byte[] bytes) in OtherFormats)
        {
            Write(name, bytes);
        }

        string[] order = ["library.so", "library.so", "damaged.so", .. OtherFormats.Keys];
        File.WriteAllText(PathOf("relink.proj"), $"""
            <Project>
              <Import Project="{Path.Combine(MSBuildProcess.Repository, "eng", "LoadTorchOnOlderSystems.targets")}" />
              <Target Name="Relink">
                {string.Join("\n    ", order.Select((name, i) => $"""
                <RelinkLibTorchSharp Library="{PathOf(name)}" Always="true" ContinueOnError="true"><Output TaskParameter="Changed" PropertyName="Changed{i}" /></RelinkLibTorchSharp>
                <Message Importance="high" Text="CHANGED {name}{(i == 1 ? " again" : "")} = $(Changed{i})" />
                """))}
              </Target>
            </Project>
            """);
        Log = MSBuildProcess.Run(PathOf("relink.proj"), "-t:Relink").Output;
    }

    public static DateTime TimeStamp { get; } = new(2024, 3, 1, 12, 0, 0, DateTimeKind.Utc);

    public static IReadOnlyDictionary<string, byte[]> OtherFormats { get; } = new Dictionary<string, byte[]>
    {
        ["text.so"] = [.. Enumerable.Repeat((byte)'x', 200)],
        ["windows.dll"] = [(byte)'M', (byte)'Z', .. new byte[200]],
        ["elf32.so"] = [0x7f, (byte)'E', (byte)'L', (byte)'F', 1, 1, .. new byte[200]],
        ["empty.so"] = [],
    };

    public string? SkipReason { get; }

    public byte[] Original { get; } = [];

    public string Log { get; } = "";

    public byte[] Read(string name) => File.ReadAllBytes(PathOf(name));

    public DateTime WrittenAt(string name) => File.GetLastWriteTimeUtc(PathOf(name));

    // "True" or "False": whether the task said that it changed the file.
    public string Changes(string name) => Log.Split('\n').Single(line => line.Trim().StartsWith($"CHANGED {name} =", StringComparison.Ordinal)).Split('=')[1].Trim();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string? Library()
    {
        string packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        string version = typeof(TorchSharp.torch).Assembly.GetName().Version!.ToString(3);
        string library = Path.Combine(packages, "torchsharp", version, "runtimes", "linux-x64", "native", "libLibTorchSharp.so");
        return File.Exists(library) ? library : null;
    }

    private string PathOf(string name) => Path.Combine(_folder, name);

    private void Write(string name, byte[] bytes)
    {
        File.WriteAllBytes(PathOf(name), bytes);
        File.SetLastWriteTimeUtc(PathOf(name), TimeStamp);
    }
}
