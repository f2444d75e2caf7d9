using System;
using System.IO;
using System.Linq;
using System.Text;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

/// <summary>
/// Makes libLibTorchSharp.so load where libstdc++ is older than GCC 13's, by a change of three fields in a copy of the file.
/// </summary>
/// <remarks>
/// Of everything the library imports, one symbol carries the version GLIBCXX_3.4.32: std::ios_base_library_init(), with which GCC 13
/// initialises the standard streams. Compilers before it called std::ios_base::Init::Init() for the same purpose, a constructor that
/// does not use its object and has been exported as GLIBCXX_3.4 ever since. So the required version in .gnu.version_r is replaced by
/// GLIBCXX_3.4 (hash and name), and the symbol's name in .dynstr by the older one. Nothing moves, the file keeps its size; its time
/// stamp is kept too, so that an incremental build does not copy the original back. The task does nothing on a library that it has
/// changed already, on a system whose libstdc++ has the version, and on a file of another format. The file may be a hard link into
/// the package cache: a new file is written and renamed over the link.
/// </remarks>
public class RelinkLibTorchSharp : Task
{
    private const string NewVersion = "GLIBCXX_3.4.32";
    private const string OldVersion = "GLIBCXX_3.4";
    private const string NewSymbol = "_ZSt21ios_base_library_initv";
    private const string OldSymbol = "_ZNSt8ios_base4InitC1Ev";
    private const uint SectionDynamicStrings = 3;
    private const uint SectionVersionNeeds = 0x6ffffffe;

    /// <summary>Path of the copy of libLibTorchSharp.so in an output folder.</summary>
    [Required]
    public string Library { get; set; } = "";

    /// <summary>Change the file even where the system would load it as it is (for tests). Default false.</summary>
    public bool Always { get; set; }

    /// <summary>Whether the file was changed by this call.</summary>
    [Output]
    public bool Changed { get; set; }

    /// <inheritdoc/>
    public override bool Execute()
    {
        if (!Always && SystemHasNewVersion())
        {
            return true;
        }

        byte[] bytes = File.ReadAllBytes(Library);
        try
        {
            Changed = Relink(bytes);
        }
        catch (ArgumentException)
        {
            Log.LogError("'{0}' is damaged: its sections point outside the file. Delete it and build again.", Library);
            return false;
        }

        if (Changed)
        {
            DateTime written = File.GetLastWriteTimeUtc(Library);
            string temporary = Library + "." + Guid.NewGuid().ToString("N");
            File.WriteAllBytes(temporary, bytes);
            File.SetLastWriteTimeUtc(temporary, written);
            File.Delete(Library);
            File.Move(temporary, Library);
            Log.LogMessage(MessageImportance.Normal, "'{0}' now asks for {1} instead of {2}.", Library, OldVersion, NewVersion);
        }

        return true;
    }

    /// <summary>Changes the image of an ELF library (64 bit, little-endian) in place; false where it does not ask for the newer version.</summary>
    public static bool Relink(byte[] elf)
    {
        if (elf.Length < 64 || elf[0] != 0x7f || elf[1] != 'E' || elf[2] != 'L' || elf[3] != 'F' || elf[4] != 2 || elf[5] != 1)
        {
            return false;
        }

        long sections = BitConverter.ToInt64(elf, 0x28);
        int sectionSize = BitConverter.ToUInt16(elf, 0x3a);
        int sectionCount = BitConverter.ToUInt16(elf, 0x3c);
        for (int i = 0; i < sectionCount; i++)
        {
            int section = checked((int)(sections + ((long)i * sectionSize)));
            if (BitConverter.ToUInt32(elf, section + 4) != SectionVersionNeeds)
            {
                continue;
            }

            int strings = checked((int)(sections + ((long)BitConverter.ToUInt32(elf, section + 0x28) * sectionSize)));
            if (BitConverter.ToUInt32(elf, strings + 4) != SectionDynamicStrings)
            {
                return false;
            }

            int needs = checked((int)BitConverter.ToInt64(elf, section + 0x18));
            int names = checked((int)BitConverter.ToInt64(elf, strings + 0x18));
            int namesLength = checked((int)BitConverter.ToInt64(elf, strings + 0x20));
            return ReplaceVersion(elf, needs, names) && ReplaceSymbol(elf, names, namesLength);
        }

        return false;
    }

    // Elf64_Verneed: u16 version, u16 count, u32 file, u32 aux, u32 next. Elf64_Vernaux: u32 hash, u16 flags, u16 other, u32 name, u32 next.
    private static bool ReplaceVersion(byte[] elf, int need, int names)
    {
        while (true)
        {
            int newer = -1;
            int older = -1;
            int entry = need + BitConverter.ToInt32(elf, need + 8);
            int count = BitConverter.ToUInt16(elf, need + 2);
            for (int i = 0; i < count; i++)
            {
                string name = NameAt(elf, names + BitConverter.ToInt32(elf, entry + 8));
                newer = name == NewVersion ? entry : newer;
                older = name == OldVersion ? entry : older;
                entry += BitConverter.ToInt32(elf, entry + 12);
            }

            if (newer >= 0 && older >= 0)
            {
                Array.Copy(elf, older, elf, newer, 4);
                Array.Copy(elf, older + 8, elf, newer + 8, 4);
                return true;
            }

            int next = BitConverter.ToInt32(elf, need + 12);
            if (next == 0)
            {
                return false;
            }

            need += next;
        }
    }

    private static bool ReplaceSymbol(byte[] elf, int names, int length)
    {
        byte[] newer = Encoding.ASCII.GetBytes("\0" + NewSymbol + "\0");
        byte[] older = Encoding.ASCII.GetBytes("\0" + OldSymbol.PadRight(NewSymbol.Length, '\0') + "\0");
        for (int i = names; i + newer.Length <= names + length; i++)
        {
            if (elf[i] == 0 && elf.Skip(i).Take(newer.Length).SequenceEqual(newer))
            {
                Array.Copy(older, 0, elf, i, older.Length);
                return true;
            }
        }

        return false;
    }

    private static string NameAt(byte[] elf, int offset)
    {
        int end = Array.IndexOf(elf, (byte)0, offset);
        return Encoding.ASCII.GetString(elf, offset, end - offset);
    }

    private static bool SystemHasNewVersion()
    {
        string[] folders =
        {
            "/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib64", "/usr/lib64", "/usr/lib", "/lib",
            "/lib/aarch64-linux-gnu", "/usr/lib/aarch64-linux-gnu",
        };
        byte[] version = Encoding.ASCII.GetBytes(NewVersion + "\0");
        string library = folders.Select(folder => Path.Combine(folder, "libstdc++.so.6")).FirstOrDefault(File.Exists);
        return library != null && Contains(File.ReadAllBytes(library), version);
    }

    private static bool Contains(byte[] bytes, byte[] pattern)
    {
        for (int start = Array.IndexOf(bytes, pattern[0]); start >= 0 && start + pattern.Length <= bytes.Length; start = Array.IndexOf(bytes, pattern[0], start + 1))
        {
            int matched = 1;
            while (matched < pattern.Length && bytes[start + matched] == pattern[matched])
            {
                matched++;
            }

            if (matched == pattern.Length)
            {
                return true;
            }
        }

        return false;
    }
}
