namespace GradientDynamics.Train.Sampling;

/// <summary>Examples by the part (class or group) that they belong to.</summary>
internal static class Parts
{
    /// <summary>Indices of the examples of each part that has any, in the order of the parts.</summary>
    public static int[][] Members(ReadOnlySpan<int> parts)
    {
        int[] partOf = parts.ToArray();
        return [.. Enumerable.Range(0, partOf.Length).GroupBy(i => partOf[i]).OrderBy(part => part.Key).Select(part => part.ToArray())];
    }
}
