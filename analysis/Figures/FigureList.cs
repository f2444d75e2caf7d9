namespace GradientDynamics.Analysis.Figures;

/// <summary>All figures, in the order of the dissertation; the numbers are its.</summary>
internal static class FigureList
{
    public static IReadOnlyList<FigureDefinition> All { get; } =
    [
        new FigureDefinition<ModeLearningFigure.Parameters>("figure-2.3", "Modes of a linear network: sigmoidal learning and the phase portrait.", ModeLearningFigure.Draw),
        new FigureDefinition<GeneralizationPeakFigure.Parameters>("figure-2.4", "Marchenko-Pastur spectra, and the generalisation error over examples per parameter.", GeneralizationPeakFigure.Draw),
        new FigureDefinition<FastAndSlowFigure.Parameters>("figure-4.1", "Fast features, slow features, and both: where the second descent comes from.", FastAndSlowFigure.Draw),
        new FigureDefinition<TeacherStudentFigure.Parameters>("figure-4.2", "The teacher's latent features and the student's modulated inputs.", TeacherStudentFigure.Draw),
        new FigureDefinition<DescentAgainstTheoryFigure.Parameters>("figure-4.3", "Gradient descent against the exact form, ridge regression against the scalar formulas.", DescentAgainstTheoryFigure.Draw),
        new FigureDefinition<PhaseDiagramFigure.Parameters>("figure-4.4", "Phase diagram of the generalisation error in (R, Q) with trajectories.", PhaseDiagramFigure.Draw),
        new FigureDefinition<RegularizationMapFigure.Parameters>("figure-4.5", "Generalisation error over weight decay and time, with three slices (panels c and d).", RegularizationMapFigure.Draw),
        new FigureDefinition<QRegularizationFigure.Parameters>("figure-4.6", "A penalty on Q flattens the temporary overfitting (left panel).", QRegularizationFigure.Draw),
        new FigureDefinition<RidgeGapFigure.Parameters>("ridge-gap", "The gap between gradient descent and the ridge regression that stands for it.", RidgeGapFigure.Draw),
        new FigureDefinition<TwoMoonsFigure.Parameters>("figure-6.1d", "Two features of a trained network over training, on two moons (panel d; needs training data of gd-train).", TwoMoonsFigure.Draw, needsTrainingData: true),
        new FigureDefinition<SpuriousFeatureFigure.Parameters>("figure-8.1", "A linear classifier on a spurious, a core and noise features: ERM, subsampling and reweighting.", SpuriousFeatureFigure.Draw),
        new FigureDefinition<StarvationToyFigure.Parameters>("figure-A4.1", "Primal and dual trajectories of two coupled features, with weight decay and with spectral decoupling.", StarvationToyFigure.Draw),
        new FigureDefinition<StarvationRegimeFigure.Parameters>("starvation-regimes", "Where one feature starves another, over strengths, coupling and weight decay.", StarvationRegimeFigure.Draw),
        new FigureDefinition<LegendreFigure.Parameters>("figure-A5", "Losses and their Legendre transforms.", LegendreFigure.Draw),
    ];
}
