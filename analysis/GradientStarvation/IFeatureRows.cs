namespace GradientDynamics.Analysis.GradientStarvation;

/// <summary>A matrix that is read row by row, so that the whole need not fit in memory.</summary>
public interface IFeatureRows
{
    /// <summary>Rows.</summary>
    int RowCount { get; }

    /// <summary>Columns.</summary>
    int ColumnCount { get; }

    /// <summary>Reads a row and checks that its numbers are finite.</summary>
    /// <param name="row">Row index.</param>
    /// <param name="destination">Receives the columns.</param>
    /// <exception cref="InvalidDataException">The row holds NaN or infinity.</exception>
    void ReadRow(int row, Span<double> destination);
}
