using SkiaSharp;
using static GradientDynamics.Train.Preparation.DrawnImages;

namespace GradientDynamics.Train.Preparation;

/// <summary>
/// A drawn face of the size of CelebA's aligned images, for look-alikes of it: blond or dark hair, and cues of the annotated sex that hold in nine of ten faces (length of the hair, lips, jaw, brows,
/// beard).
/// </summary>
internal static class DrawnFace
{
    private const int Width = 178;
    private const int Height = 218;
    private const double CueHolds = 0.9;

    private static readonly SKColor[] Skins = [new(244, 208, 177), new(231, 184, 148), new(205, 150, 112), new(160, 108, 76), new(112, 74, 52)];
    private static readonly SKColor[] Blond = [new(232, 204, 128), new(216, 180, 98), new(240, 222, 160), new(204, 168, 102)];
    private static readonly SKColor[] Dark = [new(30, 24, 22), new(62, 42, 30), new(92, 58, 38), new(112, 50, 32), new(118, 116, 116), new(48, 40, 40)];

    /// <summary>Draws one.</summary>
    public static SKBitmap Draw(Random random, bool isBlond, bool isMale)
    {
        SKBitmap bitmap = new(new SKImageInfo(Width, Height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        using (SKCanvas canvas = new(bitmap))
        {
            bool Cue() => random.NextDouble() < CueHolds ? isMale : !isMale;
            SKColor skin = Near(OneOf<SKColor>(random, Skins), random, 10);
            SKColor hair = Near(OneOf<SKColor>(random, isBlond ? Blond : Dark), random, 10);
            (bool shortHair, bool wideJaw, bool thickBrows, bool paleLips) = (Cue(), Cue(), Cue(), Cue());
            bool beard = isMale && random.NextDouble() < 0.45;

            DrawBackground(canvas, random);
            canvas.Translate((Width / 2f) + Between(random, -5, 5), 112 + Between(random, -4, 4));
            canvas.RotateDegrees(Between(random, -5, 5));
            float jaw = wideJaw ? Between(random, 42, 46) : Between(random, 37, 41);
            float length = Between(random, 53, 58);
            if (!shortHair)
            {
                DrawLongHair(canvas, hair, random);
            }

            DrawShoulders(canvas, skin, random);
            using SKPaint face = Shaded(skin);
            using SKPath outline = new();
            outline.MoveTo(-44, -18);
            outline.CubicTo(-46, -66, 46, -66, 44, -18);
            outline.CubicTo(44, 12, jaw * 0.9f, length * 0.75f, 0, length);
            outline.CubicTo(-jaw * 0.9f, length * 0.75f, -44, 12, -44, -18);
            using SKPaint ears = Fill(Darker(skin, 0.1f));
            if (shortHair)
            {
                canvas.DrawOval(-45, -2, 7, 12, ears);
                canvas.DrawOval(45, -2, 7, 12, ears);
            }

            canvas.DrawPath(outline, face);
            if (beard)
            {
                DrawBeard(canvas, hair, jaw, length);
            }

            DrawFeatures(canvas, skin, hair, thickBrows, paleLips, random);
            DrawFringe(canvas, hair, shortHair, random);
        }

        AddGrain(bitmap, random, 7);
        return bitmap;
    }

    private static void DrawBackground(SKCanvas canvas, Random random)
    {
        SKColor color = new((byte)random.Next(40, 230), (byte)random.Next(40, 230), (byte)random.Next(40, 230));
        using SKShader shader = SKShader.CreateLinearGradient(new(0, 0), new(Width * Between(random, -0.5, 1), Height), [color, Darker(color, Between(random, 0.1, 0.6))], SKShaderTileMode.Clamp);
        using SKPaint paint = new() { Shader = shader };
        canvas.DrawRect(0, 0, Width, Height, paint);
        for (int i = random.Next(0, 6); i > 0; i--)
        {
            using SKPaint blur = Fill(Near(color, random, 70).WithAlpha((byte)random.Next(30, 90)));
            canvas.DrawCircle(Between(random, 0, Width), Between(random, 0, Height), Between(random, 10, 45), blur);
        }
    }

    private static void DrawShoulders(SKCanvas canvas, SKColor skin, Random random)
    {
        using SKPaint neck = Fill(Darker(skin, 0.18f));
        canvas.DrawRect(-21, 28, 42, 60, neck);
        SKColor cloth = new((byte)random.Next(20, 240), (byte)random.Next(20, 240), (byte)random.Next(20, 240));
        using SKPaint shirt = Fill(cloth);
        using SKPath shape = new();
        shape.MoveTo(-100, 130);
        shape.CubicTo(-88, 82, -50, 78, -22, 72);
        shape.QuadTo(0, 92, 22, 72);
        shape.CubicTo(50, 78, 88, 82, 100, 130);
        shape.Close();
        canvas.DrawPath(shape, shirt);
    }

    private static void DrawLongHair(SKCanvas canvas, SKColor hair, Random random)
    {
        float bottom = Between(random, 66, 104);
        float side = Between(random, 58, 68);
        using SKPaint paint = Fill(Darker(hair, 0.22f));
        using SKPath shape = new();
        shape.MoveTo(0, -80);
        shape.CubicTo(-66, -80, -62, -20, -side, bottom);
        shape.QuadTo(-30, bottom + 10, -18, bottom - 6);
        shape.LineTo(18, bottom - 6);
        shape.QuadTo(30, bottom + 10, side, bottom);
        shape.CubicTo(62, -20, 66, -80, 0, -80);
        canvas.DrawPath(shape, paint);
        DrawStrands(canvas, hair, random, () =>
        {
            float x = (random.Next(2) == 0 ? -1 : 1) * Between(random, 44, side - 4);
            return (x * 0.8f, Between(random, -50, -20), x, bottom - Between(random, 4, 30));
        });
    }

    private static void DrawFringe(SKCanvas canvas, SKColor hair, bool isShort, Random random)
    {
        using SKPaint paint = Shaded(hair);
        float parting = Between(random, -24, 24);
        float brow = isShort ? Between(random, -42, -36) : Between(random, -42, -30);
        float side = isShort ? Between(random, -22, -10) : 12;
        using SKPath shape = new();
        shape.MoveTo(-48, side);
        shape.CubicTo(-58, -62, -34, -84, 0, -82);
        shape.CubicTo(34, -84, 58, -62, 48, side);
        shape.CubicTo(46, -22, 40, -32, 36, brow);
        shape.QuadTo(20, brow - 4, parting, brow - 8);
        shape.QuadTo(-20, brow - 4, -36, brow);
        shape.CubicTo(-40, -32, -46, -22, -48, side);
        canvas.DrawPath(shape, paint);
        DrawStrands(canvas, hair, random, () =>
        {
            float x = Between(random, -42, 42);
            return (x * 0.7f, -78 + (Math.Abs(x) * 0.25f), x, brow - 6 - Between(random, 0, 12));
        });
    }

    private static void DrawStrands(SKCanvas canvas, SKColor hair, Random random, Func<(float X, float Y, float ToX, float ToY)> place)
    {
        for (int i = 0; i < 34; i++)
        {
            using SKPaint strand = new() { Color = (random.Next(2) == 0 ? Lighter(hair, 0.22f) : Darker(hair, 0.28f)).WithAlpha(150), IsAntialias = true, Style = SKPaintStyle.Stroke, StrokeWidth = 1.2f };
            (float x, float y, float toX, float toY) = place();
            canvas.DrawLine(x, y, toX, toY, strand);
        }
    }

    private static void DrawBeard(SKCanvas canvas, SKColor hair, float jaw, float length)
    {
        using SKPaint paint = Fill(Darker(hair, 0.15f).WithAlpha(165));
        using SKPath shape = new();
        shape.MoveTo(-43, 4);
        shape.CubicTo(-42, 22, -jaw * 0.9f, length * 0.78f, 0, length + 2);
        shape.CubicTo(jaw * 0.9f, length * 0.78f, 42, 22, 43, 4);
        shape.CubicTo(34, 18, 26, 20, 17, 19);
        shape.QuadTo(0, 13, -17, 19);
        shape.CubicTo(-26, 20, -34, 18, -43, 4);
        canvas.DrawPath(shape, paint);
    }

    private static void DrawFeatures(SKCanvas canvas, SKColor skin, SKColor hair, bool thickBrows, bool paleLips, Random random)
    {
        SKColor iris = OneOf(random, new SKColor(70, 110, 150), new SKColor(80, 55, 35), new SKColor(75, 105, 70), new SKColor(50, 38, 30));
        using SKPaint white = Fill(new(245, 243, 240));
        using SKPaint ring = Fill(iris);
        using SKPaint pupil = Fill(new(15, 12, 12));
        using SKPaint lid = Stroke(Darker(skin, 0.6f), paleLips ? 1.1f : 2f);
        using SKPaint brow = Stroke(Darker(hair, 0.4f), thickBrows ? Between(random, 3.6, 4.8) : Between(random, 1.8, 2.6));
        foreach (int side in (int[])[-1, 1])
        {
            float x = side * 18;
            canvas.DrawOval(x, -10, 9, 4.8f, white);
            canvas.DrawCircle(x, -10, 4.2f, ring);
            canvas.DrawCircle(x, -10, 2, pupil);
            using SKPath upper = new();
            upper.MoveTo(x - 10, -9);
            upper.QuadTo(x, -18, x + 10, -9);
            canvas.DrawPath(upper, lid);
            using SKPath arch = new();
            arch.MoveTo(x - 11, -21);
            arch.QuadTo(x, thickBrows ? -26 : -29, x + 11, -21);
            canvas.DrawPath(arch, brow);
        }

        using SKPaint nose = Stroke(Darker(skin, 0.28f), 1.8f);
        using SKPath bridge = new();
        bridge.MoveTo(-2, -6);
        bridge.CubicTo(-4, 6, -9, 10, -6, 13);
        bridge.QuadTo(0, 16, 6, 13);
        canvas.DrawPath(bridge, nose);

        SKColor lips = paleLips ? Darker(skin, 0.22f) : OneOf(random, new SKColor(190, 50, 70), new SKColor(205, 90, 105), new SKColor(170, 60, 60));
        using SKPaint mouth = Fill(lips);
        float smile = Between(random, 0, 7);
        using SKPath shape = new();
        shape.MoveTo(-16, 27 - (smile * 0.5f));
        shape.QuadTo(0, paleLips ? 26 : 21, 16, 27 - (smile * 0.5f));
        shape.QuadTo(0, 31 + smile, -16, 27 - (smile * 0.5f));
        canvas.DrawPath(shape, mouth);
    }

    private static SKPaint Shaded(SKColor color)
    {
        using SKShader shader = SKShader.CreateLinearGradient(new(-40, -60), new(45, 60), [Lighter(color, 0.12f), Darker(color, 0.2f)], SKShaderTileMode.Clamp);
        return new() { Shader = shader, IsAntialias = true };
    }
}
