package kithward;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/**
 * Tells texts in which certainly nothing can be found, by tables that `operators/screening/first_look.py` makes of the
 * policies: a text is kept if it has a phrase, all parts of a combination, enough triggers of the recogniser, which may then
 * say something, or anything that only the exact search can judge. Letters are read by their skeletons, as in
 * `operators/text/alphabet.py`.
 */
final class TextLook {
    private static final int BOUNDARY = 0;
    private static final int IRREGULAR = 2;
    private static final int OUTER_SIGN = 0x7D;
    private static final int INNER_SIGN = 0x7E;
    private static final int SEPARATOR = 0x7F;
    static final int BEGINS = 1;
    static final int ENDS = 2;
    private static final int ASCII = 0x80;
    private static final int LONGEST_ENDING = 63;

    private final char[] symbols = new char[Character.MAX_CODE_POINT + 1];
    private final BitSet lettersAndDigits;
    private final char[] digits = new char[ASCII];
    private final int longWord;
    private final int digitRun;
    private final int asciiRun;
    private final boolean looksForNames;
    private final Set<String> endings = new HashSet<>();
    private final PatternSearch written;
    private final PatternSearch leading;
    private final PatternSearch others;
    private final TextFindings findings;
    private final RecogniserLook recogniser;

    private int[] codes = new int[256];
    private char[] letters = new char[256];
    private byte[] edges = new byte[256];
    private int size;
    private int count;

    /** Reads the tables, as `first_look.py` packs them. */
    TextLook(ByteBuffer packed) {
        packed.asCharBuffer().get(symbols);
        packed.position(packed.position() + 2 * symbols.length);
        lettersAndDigits = BitSet.valueOf(PackedBytes.readSized(packed));
        for (int digit = '0'; digit <= '9'; digit++) {
            digits[digit] = packed.getChar();
        }
        longWord = packed.getInt();
        digitRun = packed.getInt();
        asciiRun = packed.getInt();
        looksForNames = packed.get() != 0;
        for (int left = packed.getInt(); left > 0; left--) {
            endings.add(PackedBytes.readName(packed));
        }
        written = new PatternSearch(packed);
        leading = new PatternSearch(packed);
        others = new PatternSearch(packed);
        findings = new TextFindings(packed);
        recogniser = new RecogniserLook(packed);
    }

    /** Returns whether something may be found in a text of UTF-8, or it is none. */
    boolean mayMatter(byte[] text, int from, int to) {
        if (!decode(text, from, to) || !spell()) {
            return true;
        }
        if (hasLongAscii() || (looksForNames && hasName())) {
            return true;
        }
        findings.clear();
        spreadEdges();
        if (written.isEnough(letters, edges, count, findings)) {
            return true;
        }
        int kept = collapse();
        if (leading.isEnough(letters, edges, kept, findings)) {
            return true;
        }
        // Few texts have a part that leads to a combination; only those are searched for the many other parts.
        if (findings.hasLead() && (others.isEnough(letters, edges, kept, findings) || findings.hasCombination())) {
            return true;
        }
        return findings.isTriggered() && recogniser.maySay(codes, size);
    }

    /** Decodes a text into `codes`; returns whether it is UTF-8 (RFC 3629). */
    private boolean decode(byte[] text, int from, int to) {
        if (codes.length < to - from) {
            codes = new int[to - from];
            letters = new char[to - from];
            edges = new byte[to - from];
        }
        size = 0;
        for (int at = from; at < to; ) {
            int lead = text[at++] & 0xFF;
            if (lead < ASCII) {
                codes[size++] = lead;
                continue;
            }
            int more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
            if (lead < 0xC2 || lead > 0xF4 || to - at < more) {
                return false;
            }
            int code = lead & (0x3F >> more);
            for (; more > 0; more--) {
                int next = text[at++] & 0xFF;
                if ((next & 0xC0) != 0x80) {
                    return false;
                }
                code = code << 6 | next & 0x3F;
            }
            boolean isLong = code < (lead >= 0xF0 ? 0x10000 : lead >= 0xE0 ? 0x800 : ASCII);
            if (isLong || code > Character.MAX_CODE_POINT || (code >= 0xD800 && code <= 0xDFFF)) {
                return false;
            }
            codes[size++] = code;
        }
        return true;
    }

    /**
     * Fills `letters` and `edges` with the letters of the text, separators left out; returns false where a character, a sign
     * or a series of digits is to be judged exactly.
     */
    private boolean spell() {
        count = 0;
        int series = 0;
        int gap = -1;
        int gapCount = 0;
        boolean wasApart = true;
        for (int at = 0; at < size; at++) {
            int code = codes[at];
            int symbol = symbols[code];
            if (symbol == IRREGULAR || symbol == BOUNDARY || mayBeLetter(symbol, at)) {
                return false;
            }
            boolean isApart = !lettersAndDigits.get(code);
            if (isApart && code < ASCII) {
                widen(at - gap, gapCount);
                gap = at;
            }
            if (symbol < OUTER_SIGN || symbol > SEPARATOR) {
                boolean isDigit = symbol >= '0' && symbol <= '9';
                series = isDigit ? series + 1 : 0;
                if (digitRun > 0 && series >= digitRun) {
                    return false;
                }
                boolean endsHere = at + 1 == size || !lettersAndDigits.get(codes[at + 1]);
                edges[count] = (byte) ((wasApart ? BEGINS : 0) | (endsHere ? ENDS : 0));
                letters[count++] = isDigit ? digits[symbol] : (char) symbol;
            }
            wasApart = isApart;
            gapCount = gap == at ? count : gapCount;
        }
        widen(size - gap, gapCount);
        return true;
    }

    /** Makes every letter since the last gap an edge, if the word is so long that other words may be run together in it. */
    private void widen(int length, int since) {
        if (length > longWord) {
            for (int at = since; at < count; at++) {
                edges[at] = BEGINS | ENDS;
            }
        }
    }

    /** Returns whether a sign may stand for a letter: the exact rule is narrower. */
    private boolean mayBeLetter(int symbol, int at) {
        if (symbol != OUTER_SIGN && symbol != INNER_SIGN) {
            return false;
        }
        boolean before = at > 0 && isLetter(symbols[codes[at - 1]]);
        int next = at + 1 < size ? symbols[codes[at + 1]] : BOUNDARY;
        return symbol == OUTER_SIGN ? before || isLetter(next) : before && (isLetter(next) || next == INNER_SIGN);
    }

    private static boolean isLetter(int symbol) {
        boolean isRemoved = symbol >= OUTER_SIGN && symbol <= SEPARATOR;
        return symbol != BOUNDARY && !isRemoved && !(symbol >= '0' && symbol <= '9');
    }

    /** Gives each of equal letters that adjoin the edges of them all: any may be the one that a repeated letter stands for. */
    private void spreadEdges() {
        for (int from = 0, to; from < count; from = to) {
            byte all = edges[from];
            for (to = from + 1; to < count && letters[to] == letters[from]; to++) {
                all |= edges[to];
            }
            Arrays.fill(edges, from, to, all);
        }
    }

    /** Makes one letter of equal ones that adjoin, whose edges are equal by now; returns how many are left. */
    private int collapse() {
        int kept = 0;
        for (int at = 0; at < count; at++) {
            if (kept == 0 || letters[kept - 1] != letters[at]) {
                letters[kept] = letters[at];
                edges[kept++] = edges[at];
            }
        }
        return kept;
    }

    private boolean hasLongAscii() {
        int series = 0;
        for (int at = 0; asciiRun > 0 && at < size; at++) {
            series = codes[at] >= '0' && codes[at] <= 'z' ? series + 1 : 0;
            if (series >= asciiRun) {
                return true;
            }
        }
        return false;
    }

    /** Returns whether a dot is before what host names end with, or before what only the exact search can judge. */
    private boolean hasName() {
        for (int at = 1; at < size - 1; at++) {
            if (isDot(at) && adjoins(codes[at - 1], "[({") && adjoins(codes[at + 1], "])}") && mayEndName(at + 1)) {
                return true;
            }
        }
        return false;
    }

    /** Returns whether a character is a dot or becomes one; East Asian full stops are dots between what becomes ASCII. */
    private boolean isDot(int at) {
        return switch (codes[at]) {
            case '.', 0x2024, 0xFE52, 0xFF0E -> true;
            case 0x3002, 0xFF61 -> mayBecomeAscii(codes[at - 1]) && mayBecomeAscii(codes[at + 1]);
            default -> false;
        };
    }

    /** Returns whether a character may become a letter or digit of ASCII, as those of full width do. */
    private boolean mayBecomeAscii(int code) {
        return symbols[code] >= '0' && symbols[code] <= 'z';
    }

    private static boolean adjoins(int code, String signs) {
        return code >= ASCII || Character.isLetterOrDigit(code) || signs.indexOf(code) >= 0;
    }

    /** Returns whether host names may end with what begins there. No ending begins with digits and goes on beyond ASCII. */
    private boolean mayEndName(int from) {
        int at = from;
        if ("])}".indexOf(codes[at]) >= 0) {
            at++;
        }
        if (at < size && codes[at] <= ' ') {
            at++;
        }
        int start = at;
        boolean hasLetter = false;
        while (at < size && (codes[at] == '-' || (codes[at] < ASCII && Character.isLetterOrDigit(codes[at])))) {
            hasLetter |= codes[at++] > '9';
        }
        boolean goesOn = at < size && codes[at] >= ASCII;
        if (goesOn || at - start > LONGEST_ENDING) {
            return hasLetter || at == start;
        }
        return endings.contains(new String(codes, start, at - start).toLowerCase(Locale.ROOT));
    }
}
