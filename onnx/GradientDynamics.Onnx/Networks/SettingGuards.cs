namespace GradientDynamics.Onnx.Networks;

/// <summary>Guards of settings.</summary>
internal static class SettingGuards
{
    /// <summary>The value, where it is at least <paramref name="least"/>.</summary>
    public static int AtLeast(int least, int value, string name) => value >= least ? value : throw new ArgumentOutOfRangeException(name, value, $"{least} and more is accepted");

    /// <summary>The value, where it is a probability below 1, as of dropout.</summary>
    public static float DropoutRatio(float value, string name) => value is >= 0 and < 1 ? value : throw new ArgumentOutOfRangeException(name, value, "from 0 to below 1 is accepted");
}
