using GradientDynamics.Attack.Attacks;

namespace GradientDynamics.Attack.Reports;

/// <summary>Names of the attacks of a list, numbered where two have the same.</summary>
internal static class AttackNames
{
    /// <summary>One name per attack, all different.</summary>
    public static string[] Of(IReadOnlyList<AttackOptions> attacks)
    {
        string[] names = new string[attacks.Count];
        for (int attack = 0; attack < names.Length; attack++)
        {
            string name = attacks[attack].Name;
            int earlier = attacks.Take(attack).Count(other => other.Name == name);
            names[attack] = earlier == 0 ? name : $"{name}-{earlier + 1}";
        }

        return names;
    }
}
