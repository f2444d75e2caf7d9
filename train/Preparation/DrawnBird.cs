using SkiaSharp;
using static GradientDynamics.Train.Preparation.DrawnImages;

namespace GradientDynamics.Train.Preparation;

/// <summary>
/// A drawn bird before a drawn place, for look-alikes of Waterbirds. The shape tells the bird: water birds have a long flat body, a long neck and a long bill, land birds a round body without a neck, a
/// short beak and a long tail. Many colours occur in both.
/// </summary>
internal static class DrawnBird
{
    private static readonly SKColor[] CommonPlumage = [new(90, 70, 55), new(60, 60, 66), new(130, 105, 80), new(120, 120, 125), new(38, 36, 38)];
    private static readonly SKColor[] WaterPlumage = [new(235, 235, 230), new(205, 210, 214), new(70, 90, 100)];
    private static readonly SKColor[] LandPlumage = [new(190, 60, 45), new(215, 170, 50), new(55, 95, 170), new(110, 130, 60)];

    /// <summary>Draws one.</summary>
    public static SKBitmap Draw(Random random, bool isWaterBird, bool onWater)
    {
        int width = random.Next(260, 341);
        int height = random.Next(200, 281);
        SKBitmap bitmap = new(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        using (SKCanvas canvas = new(bitmap))
        {
            if (onWater)
            {
                DrawWater(canvas, width, height, random);
            }
            else
            {
                DrawForest(canvas, width, height, random);
            }

            float size = height * Between(random, 0.42, 0.62);
            canvas.Save();
            canvas.Translate(width * Between(random, 0.4, 0.6), height * Between(random, 0.52, 0.66));
            canvas.Scale(random.Next(2) == 0 ? size : -size, size);
            canvas.RotateDegrees(Between(random, -6, 6));
            SKColor plumage = Near(random.NextDouble() < 0.5 ? OneOf<SKColor>(random, CommonPlumage) : OneOf<SKColor>(random, isWaterBird ? WaterPlumage : LandPlumage), random, 14);
            if (isWaterBird)
            {
                DrawWaterBird(canvas, plumage, random);
            }
            else
            {
                DrawLandBird(canvas, plumage, random);
            }

            canvas.Restore();
        }

        AddGrain(bitmap, random, 9);
        return bitmap;
    }

    private static void DrawWater(SKCanvas canvas, int width, int height, Random random)
    {
        float horizon = height * Between(random, 0.18, 0.42);
        (SKColor Top, SKColor Bottom) sky = OneOf(random, (new SKColor(110, 160, 215), new SKColor(200, 220, 235)), (new SKColor(150, 155, 165), new SKColor(205, 205, 205)), (new SKColor(120, 110, 160), new SKColor(245, 190, 140)));
        SKColor water = OneOf(random, new SKColor(45, 95, 140), new SKColor(60, 120, 130), new SKColor(80, 105, 120), new SKColor(35, 75, 105));
        FillGradient(canvas, new(0, 0, width, horizon), Near(sky.Top, random, 15), Near(sky.Bottom, random, 15));
        FillGradient(canvas, new(0, horizon, width, height), Near(Lighter(water, 0.35f), random, 10), Near(water, random, 10));
        if (random.Next(2) == 0)
        {
            using SKPaint shore = Fill(Near(new(70, 85, 80), random, 15));
            using SKPath hills = new();
            hills.MoveTo(0, horizon + 1);
            for (int x = 0; x <= width; x += 20)
            {
                hills.LineTo(x, horizon - Between(random, 1, height * 0.06));
            }

            hills.LineTo(width, horizon + 1);
            canvas.DrawPath(hills, shore);
        }

        // Waves are longer and thicker the nearer they are.
        for (int i = 0; i < 150; i++)
        {
            float depth = Between(random, 0, 1);
            float y = horizon + (depth * depth * (height - horizon));
            float length = Between(random, 4, 10 + (50 * depth));
            using SKPaint wave = Stroke((random.Next(3) > 0 ? Lighter(water, Between(random, 0.15, 0.5)) : Darker(water, 0.25f)).WithAlpha(150), 0.7f + (1.8f * depth));
            float x = Between(random, -20, width);
            using SKPath line = new();
            line.MoveTo(x, y);
            line.QuadTo(x + (length / 2), y - (2.5f * depth), x + length, y);
            canvas.DrawPath(line, wave);
        }
    }

    private static void DrawForest(SKCanvas canvas, int width, int height, Random random)
    {
        SKColor shade = OneOf(random, new SKColor(40, 62, 38), new SKColor(62, 80, 42), new SKColor(78, 76, 48), new SKColor(46, 66, 52));
        float ground = height * Between(random, 0.6, 0.78);
        FillGradient(canvas, new(0, 0, width, height), Near(Lighter(shade, 0.45f), random, 15), Near(shade, random, 10));
        for (int i = 0; i < 140; i++)
        {
            using SKPaint leaf = Fill(Near(Lighter(shade, Between(random, 0, 0.35)), random, 16).WithAlpha((byte)random.Next(70, 190)));
            canvas.DrawOval(Between(random, 0, width), Between(random, 0, ground), Between(random, 5, 24), Between(random, 4, 15), leaf);
        }

        for (int i = random.Next(6, 14); i > 0; i--)
        {
            SKColor bark = Near(OneOf(random, new SKColor(72, 54, 40), new SKColor(95, 80, 62), new SKColor(88, 110, 58)), random, 14);
            float thickness = Between(random, 4, 17);
            float x = Between(random, 0, width);
            using SKPaint trunk = Fill(bark);
            using SKPaint side = Fill(Darker(bark, 0.35f));
            canvas.DrawRect(new(x, 0, x + thickness, ground + Between(random, 0, 18)), trunk);
            canvas.DrawRect(new(x + (thickness * 0.65f), 0, x + thickness, ground), side);
        }

        SKColor soil = OneOf(random, new SKColor(96, 82, 52), new SKColor(84, 98, 48), new SKColor(110, 92, 64));
        FillGradient(canvas, new(0, ground, width, height), Near(soil, random, 12), Near(Darker(soil, 0.3f), random, 8));
        for (int i = 0; i < 190; i++)
        {
            using SKPaint blade = Stroke(Near(Lighter(soil, 0.15f), random, 28), 1.2f);
            float x = Between(random, 0, width);
            float y = Between(random, ground, height);
            canvas.DrawLine(x, y, x + Between(random, -4, 4), y - Between(random, 3, 11), blade);
        }
    }

    // Birds look to the right, in units of their size, their middle at 0.
    private static void DrawWaterBird(SKCanvas canvas, SKColor plumage, Random random)
    {
        SKColor bill = OneOf(random, new SKColor(225, 150, 40), new SKColor(200, 90, 50), new SKColor(90, 90, 80));
        float neck = Between(random, 0.3, 0.44);
        using SKPaint body = Shaded(plumage, -0.25f, 0.25f);
        using SKPaint legs = Stroke(Darker(bill, 0.1f), 0.025f);
        if (random.Next(2) == 0)
        {
            canvas.DrawLine(-0.05f, 0.12f, -0.08f, 0.36f, legs);
            canvas.DrawLine(0.08f, 0.12f, 0.07f, 0.36f, legs);
            canvas.DrawLine(-0.08f, 0.36f, 0f, 0.37f, legs);
            canvas.DrawLine(0.07f, 0.36f, 0.15f, 0.37f, legs);
        }

        using SKPaint wingless = Stroke(plumage, 0.09f);
        using SKPath curve = new();
        curve.MoveTo(0.32f, 0);
        curve.CubicTo(0.52f, -0.02f, 0.24f, -neck * 0.7f, 0.4f, -neck);
        canvas.DrawPath(curve, wingless);

        using SKPath outline = new();
        outline.MoveTo(-0.62f, -0.06f);
        outline.CubicTo(-0.3f, -0.2f, 0.1f, -0.24f, 0.38f, -0.05f);
        outline.CubicTo(0.42f, 0.1f, 0.2f, 0.2f, -0.05f, 0.19f);
        outline.CubicTo(-0.3f, 0.18f, -0.45f, 0.06f, -0.62f, -0.06f);
        canvas.DrawPath(outline, body);

        using SKPaint wing = Fill(Darker(plumage, Between(random, 0.15, 0.4)));
        using SKPath feathers = new();
        feathers.MoveTo(0.2f, -0.06f);
        feathers.CubicTo(0.05f, 0.12f, -0.25f, 0.12f, -0.56f, -0.05f);
        feathers.CubicTo(-0.3f, -0.12f, 0f, -0.16f, 0.2f, -0.06f);
        canvas.DrawPath(feathers, wing);

        using SKPaint head = Fill(random.Next(2) == 0 ? plumage : Near(OneOf(random, new SKColor(35, 90, 60), new SKColor(40, 40, 45), new SKColor(235, 235, 230)), random, 8));
        canvas.DrawOval(0.42f, -neck - 0.03f, 0.095f, 0.08f, head);
        using SKPaint beak = Fill(bill);
        using SKPath wedge = new();
        wedge.MoveTo(0.49f, -neck - 0.06f);
        wedge.LineTo(0.74f, -neck + 0.01f);
        wedge.LineTo(0.72f, -neck + 0.035f);
        wedge.LineTo(0.48f, -neck + 0.02f);
        wedge.Close();
        canvas.DrawPath(wedge, beak);

        DrawEye(canvas, 0.44f, -neck - 0.045f);
    }

    private static void DrawLandBird(SKCanvas canvas, SKColor plumage, Random random)
    {
        SKColor bill = OneOf(random, new SKColor(60, 55, 50), new SKColor(215, 160, 60), new SKColor(120, 100, 80));
        using SKPaint legs = Stroke(Darker(bill, 0.1f), 0.02f);
        canvas.DrawLine(-0.02f, 0.2f, -0.04f, 0.4f, legs);
        canvas.DrawLine(0.08f, 0.2f, 0.08f, 0.4f, legs);
        using SKPaint tail = Fill(Darker(plumage, 0.3f));
        float droop = Between(random, -0.22, 0.2);
        using SKPath tailShape = new();
        tailShape.MoveTo(-0.14f, -0.02f);
        tailShape.LineTo(-0.68f, droop - 0.05f);
        tailShape.LineTo(-0.66f, droop + 0.05f);
        tailShape.LineTo(-0.14f, 0.14f);
        tailShape.Close();
        canvas.DrawPath(tailShape, tail);

        canvas.Save();
        canvas.RotateDegrees(-24);
        using SKPaint body = Shaded(plumage, -0.27f, 0.27f);
        canvas.DrawOval(0, 0.02f, 0.31f, 0.235f, body);
        using SKPaint breast = Fill(Near(Lighter(plumage, Between(random, 0.3, 0.65)), random, 12));
        canvas.DrawOval(0.12f, 0.1f, 0.15f, 0.13f, breast);
        using SKPaint wing = Fill(Darker(plumage, Between(random, 0.2, 0.45)));
        canvas.DrawOval(-0.1f, 0f, 0.22f, 0.115f, wing);
        canvas.Restore();
        using SKPaint head = Fill(random.Next(3) > 0 ? plumage : Darker(plumage, 0.4f));
        canvas.DrawOval(0.25f, -0.24f, 0.155f, 0.145f, head);
        using SKPaint beak = Fill(bill);
        using SKPath wedge = new();
        wedge.MoveTo(0.385f, -0.29f);
        wedge.LineTo(0.5f, -0.225f);
        wedge.LineTo(0.385f, -0.19f);
        wedge.Close();
        canvas.DrawPath(wedge, beak);

        DrawEye(canvas, 0.3f, -0.27f);
    }

    private static void DrawEye(SKCanvas canvas, float x, float y)
    {
        using SKPaint pupil = Fill(new(15, 15, 15));
        using SKPaint light = Fill(new(240, 240, 240));
        canvas.DrawCircle(x, y, 0.022f, pupil);
        canvas.DrawCircle(x + 0.007f, y - 0.007f, 0.006f, light);
    }

    private static void FillGradient(SKCanvas canvas, SKRect area, SKColor top, SKColor bottom)
    {
        using SKShader shader = SKShader.CreateLinearGradient(new(0, area.Top), new(0, area.Bottom), [top, bottom], SKShaderTileMode.Clamp);
        using SKPaint paint = new() { Shader = shader };
        canvas.DrawRect(area, paint);
    }

    // Light from above.
    private static SKPaint Shaded(SKColor color, float top, float bottom)
    {
        using SKShader shader = SKShader.CreateLinearGradient(new(0, top), new(0, bottom), [Lighter(color, 0.18f), Darker(color, 0.28f)], SKShaderTileMode.Clamp);
        return new() { Shader = shader, IsAntialias = true };
    }
}
