namespace GradientDynamics.Preprocessing;

/// <summary>What a preprocessing does with an image of a known size.</summary>
/// <param name="Source">The part of the image that is resized.</param>
/// <param name="Width">Its new width.</param>
/// <param name="Height">Its new height.</param>
/// <param name="Part">The part of the resized image that is kept.</param>
internal readonly record struct PreparationPlan(PixelRectangle Source, int Width, int Height, PixelRectangle Part);
