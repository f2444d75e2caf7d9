using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.ExceptionServices;
using GradientDynamics.Train.Datasets;
using static TorchSharp.torch;

namespace GradientDynamics.Train.Training;

/// <summary>Batches of a split in a given order. Those that have to be read are read ahead on a thread of their own while the ones before them are in use.</summary>
internal sealed class BatchSequence : IDisposable
{
    // One that waits hides what a slow batch takes longer than a step; the second, a slow one after it. Each costs the memory of a batch.
    private const int Ahead = 2;

    private readonly SplitTensors _split;
    private readonly IReadOnlyList<ReadOnlyMemory<int>> _batches;
    private readonly Visits? _visits;
    private readonly BlockingCollection<Tensor[]>? _read;
    private readonly ConcurrentQueue<Tensor[]> _used = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Thread? _reader;
    private Tensor[]? _taken;
    private ExceptionDispatchInfo? _failure;
    private int _next;
    private long _waited;

    /// <summary>Begins to read.</summary>
    /// <param name="split">The split.</param>
    /// <param name="batches">Indices of the examples of each batch.</param>
    /// <param name="visits">Random numbers of the first batch's visits, in training; null elsewhere.</param>
    public BatchSequence(SplitTensors split, IReadOnlyList<ReadOnlyMemory<int>> batches, Visits? visits = null)
    {
        _split = split;
        _batches = batches;
        _visits = visits;
        if (split.IsRead(training: visits is not null))
        {
            _read = new(Ahead);
            _reader = new(ReadAll) { IsBackground = true, Name = "batch reader" };
            _reader.Start();
        }
    }

    /// <summary>Time that <see cref="Next"/> has waited for batches that were not read yet.</summary>
    public TimeSpan Waited => Stopwatch.GetElapsedTime(0, _waited);

    /// <summary>The next batch; its tensors belong to the current dispose scope, and inputs that were read are valid until the next call, when their memory is written anew.</summary>
    /// <exception cref="InvalidDataException">A file cannot be read; the message names it.</exception>
    public Batch Next(long step)
    {
        ReadOnlySpan<int> examples = _batches[_next++].Span;
        if (_read is null)
        {
            return _split.Take(examples, step);
        }

        if (_taken is not null)
        {
            _used.Enqueue(_taken);
            _taken = null;
        }

        long start = Stopwatch.GetTimestamp();
        if (!_read.TryTake(out _taken, Timeout.Infinite))
        {
            _failure?.Throw();
            throw new InvalidOperationException("There is no further batch.");
        }

        _waited += Stopwatch.GetTimestamp() - start;
        return _split.Take(examples, step, _taken);
    }

    /// <summary>Stops reading and drops what was read in vain.</summary>
    public void Dispose()
    {
        if (_read is not null)
        {
            _stop.Cancel();
            _reader!.Join();
            foreach (Tensor[] inputs in (IEnumerable<Tensor[]>)[.. _read, .. _used, _taken ?? []])
            {
                Drop(inputs);
            }

            _read.Dispose();
        }

        _stop.Dispose();
    }

    private void ReadAll()
    {
        try
        {
            int first = 0;
            foreach (ReadOnlyMemory<int> batch in _batches)
            {
                _stop.Token.ThrowIfCancellationRequested();
                _used.TryDequeue(out Tensor[]? used);
                Tensor[] inputs = _split.Data.Source.Refill(batch.Span, _visits?.From(first), used);
                first += batch.Length;
                try
                {
                    _read!.Add(inputs, _stop.Token);
                }
                catch (OperationCanceledException)
                {
                    Drop(inputs);
                    throw;
                }
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Nobody takes a batch any more.
        }
        catch (Exception error)
        {
            _failure = ExceptionDispatchInfo.Capture(error);
        }
        finally
        {
            _read!.CompleteAdding();
        }
    }

    private static void Drop(Tensor[] inputs)
    {
        foreach (Tensor input in inputs)
        {
            input.Dispose();
        }
    }
}
