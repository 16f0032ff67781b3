package com.sun.javafx.font.freetype;

import com.sun.javafx.font.FontResource;
import com.sun.javafx.font.FontStrike;
import com.sun.javafx.font.PGFont;
import com.sun.javafx.text.GlyphLayout;
import com.sun.javafx.text.TextRun;

/**
 * Stands before JavaFX's class of this name on the class path, which needs Pango, and that many machines do not have.
 * Letters stand one after the other, which is all that a page in Latin letters needs.
 */
class PangoGlyphLayout extends GlyphLayout {
  @Override
  public void layout(TextRun run, PGFont font, FontStrike strike, char[] text) {
    int length = run.getLength();
    FontResource resource = font.getFontResource();
    int[] glyphs = new int[length];
    resource.getGlyphMapper().charsToGlyphs(run.getStart(), length, text, glyphs);
    float[] places = new float[2 * (length + 1)]; // x and y of each letter, then of the end
    for (int letter = 0; letter < length; letter++) {
      places[2 * (letter + 1)] = places[2 * letter] + resource.getAdvance(glyphs[letter], font.getSize());
    }
    run.shape(length, glyphs, places, null);
  }
}
