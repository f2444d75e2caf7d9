namespace GradientDynamics.Train.Sweeps;

/// <summary>Names that become part of file names.</summary>
internal static class TrialName
{
    /// <summary>What a name may be, for messages.</summary>
    public const string Accepted = "accepted are letters, digits, '-', '_', '+' and '.', the first a letter or digit";

    /// <summary>Whether a name can be part of a file name everywhere.</summary>
    public static bool IsValid(string name) =>
        name.Length > 0 && char.IsAsciiLetterOrDigit(name[0]) && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '+' or '.');
}
