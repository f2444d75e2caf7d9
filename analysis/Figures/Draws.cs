using GradientDynamics.Analysis.DoubleDescent;
using GradientDynamics.Analysis.Numerics;

namespace GradientDynamics.Analysis.Figures;

/// <summary>Curves of many draws of one teacher-student problem, the seeds 0, 1, … in parallel; the result does not depend on the number of threads.</summary>
internal static class Draws
{
    public static IReadOnlyList<T> Of<T>(TeacherStudent problem, int seeds, Func<StudentSpectrum, T> measure, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(seeds);
        T[] results = new T[seeds];
        // F is diagonal: z and w are isotropic, so that rotating F changes no distribution.
        var modulation = ModulationMatrix.Diagonal(problem);
        Parallel.For(0, seeds, new ParallelOptions { CancellationToken = cancellationToken }, seed =>
        {
            TeacherStudentDraw draw = TeacherStudentDraw.Sample(problem, modulation, new GaussianSource(seed));
            results[seed] = measure(StudentSpectrum.Of(draw));
        });
        return results;
    }
}
