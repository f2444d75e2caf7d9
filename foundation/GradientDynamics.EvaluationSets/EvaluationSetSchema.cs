using Parquet.Schema;

namespace GradientDynamics.EvaluationSets;

/// <summary>The columns of the file.</summary>
internal static class EvaluationSetSchema
{
    public const string Id = "id";
    public const string Label = "label";
    public const string Attribute = "attribute";

    public static ParquetSchema Of(EvaluationSetMetadata metadata)
    {
        List<Field> fields = [new DataField(Id, typeof(string), isNullable: false)];
        for (int i = 0; i < metadata.Inputs.Count; i++)
        {
            fields.Add(new DataField(metadata.ColumnOf(i), typeof(byte[]), isNullable: false));
        }

        fields.Add(new DataField(Label, typeof(int), isNullable: false));
        if (metadata.HasAttribute)
        {
            fields.Add(new DataField(Attribute, typeof(int), isNullable: false));
        }

        return new ParquetSchema(fields);
    }
}
