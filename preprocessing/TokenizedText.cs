namespace GradientDynamics.Preprocessing;

/// <summary>The three inputs of a BERT model for one example, of equal length.</summary>
/// <param name="Ids">Token ids, padding at the end.</param>
/// <param name="Mask">1 for tokens, 0 for padding.</param>
/// <param name="Segments">0 for the first text with its special tokens and for padding, 1 for the second with its separator.</param>
public sealed record TokenizedText(long[] Ids, long[] Mask, long[] Segments);
