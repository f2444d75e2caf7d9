using System.Runtime.ExceptionServices;

namespace GradientDynamics.Train.Datasets;

/// <summary>Work on many images by as many threads as there are processors, each of which takes the next image when it is done with one: the last images of a batch are not one thread's.</summary>
internal static class EachImage
{
    /// <summary>Does the work; what it does must not depend on who does what.</summary>
    /// <param name="count">Number of images.</param>
    /// <param name="work">Takes the number of an image.</param>
    /// <param name="cancellationToken">Interrupts it.</param>
    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    public static void Do(int count, Action<int> work, CancellationToken cancellationToken)
    {
        int next = -1;
        int threads = Math.Min(Environment.ProcessorCount, count);
        Exception? failure = null;
        Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, threads) }, _ =>
        {
            while (failure is null && !cancellationToken.IsCancellationRequested)
            {
                int image = Interlocked.Increment(ref next);
                if (image >= count)
                {
                    return;
                }

                try
                {
                    work(image);
                }
                catch (Exception error)
                {
                    Interlocked.CompareExchange(ref failure, error, null);
                }
            }
        });
        cancellationToken.ThrowIfCancellationRequested();
        if (failure is not null)
        {
            ExceptionDispatchInfo.Throw(failure);
        }
    }
}
