using System.Text.Json.Serialization;

namespace GradientDynamics.Attack.Attacks;

/// <summary>Settings of an attack; <c>kind</c> chooses which.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(PgdOptions), "pgd")]
public abstract record AttackOptions
{
    /// <summary>A short name for tables, unique within a threat model's list where the settings are.</summary>
    [JsonIgnore]
    public abstract string Name { get; }

    /// <summary>The attack that these settings describe.</summary>
    internal abstract IAttack Create();
}
