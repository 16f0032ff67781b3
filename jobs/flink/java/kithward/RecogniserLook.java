package kithward;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Tells texts of ASCII of which the recogniser certainly says nothing: they have no other reading than as they are written
 * (FA-96), and their level is below the floor (FA-82). Uses the recogniser's own weights and words, and the integers of
 * `operators/recogniser/`, with which a test compares it. Not thread-safe.
 */
public final class RecogniserLook {
    private static final int ASCII = 0x80;
    private static final int LONGEST_TEXT = 2_048;
    private static final int LONGEST_GRAM = 5;
    private static final int PADDING = LONGEST_GRAM - 1;
    private static final int MULTIPLIER = 0x9E3779B1;
    private static final int FINE_BITS = 10;
    private static final int SPACE = 1;
    private static final int SIGN_SHARE = 3;
    private static final int FEWEST_LETTERS = 8;
    private static final Pattern UNREAD = Pattern.compile("['`]");
    private static final Pattern SPACES = Pattern.compile("[\\t-\\r\\x1C-\\x1F ]+");
    private static final Pattern SIGN = Pattern.compile("[^a-z0-9\\t-\\r\\x1C-\\x1F ]");
    private static final Pattern LETTERS = Pattern.compile("[a-z]+");
    private static final Pattern MANY_EQUAL = Pattern.compile("([a-z])\\1(?:\\1|([a-z])\\2)");
    private static final Pattern SIGN_IN_WORD = Pattern.compile("[a-z][0-9@$|+]|[0-9@$][a-z]|![a-z]");
    private static final Pattern AMOUNT = Pattern.compile("\\W*\\d+[a-z]{1,2}\\W*");
    private static final Pattern PAIR = Pattern.compile("rn|vv");
    private static final Pattern OUTER = Pattern.compile("^[\"()\\[\\]\\-!?.,:;]+|[\"()\\[\\]\\-!?.,:;]+$");

    private final long floor;
    private final byte[] symbols; // by character of ASCII; 0: not read
    private final byte[] weights; // by hash
    private final int hashShift;
    private final Set<String> words = new HashSet<>();
    private final int[] read = new int[PADDING + LONGEST_TEXT + PADDING];

    /** Reads the tables, as `first_look.py` packs them. */
    public RecogniserLook(ByteBuffer packed) {
        floor = packed.getLong();
        symbols = PackedBytes.readSized(packed);
        weights = PackedBytes.readSized(packed);
        hashShift = Integer.numberOfLeadingZeros(weights.length) + 1;
        for (int left = packed.getInt(); left > 0; left--) {
            words.add(PackedBytes.readName(packed));
        }
    }

    /** Returns whether the recogniser may say something of a text, or another reading of it. */
    boolean maySay(int[] codes, int size) {
        for (int at = 0; at < size; at++) {
            if (codes[at] >= ASCII) {
                return true;
            }
        }
        if (size > LONGEST_TEXT) {
            return true;
        }
        String text = new String(codes, 0, size);
        return !isAsWritten(text) || level(text) >= floor;
    }

    /** Returns whether a text of ASCII certainly has no other reading; the exact rule leaves more as they are. */
    public boolean isAsWritten(String text) {
        String own = UNREAD.matcher(text).replaceAll("").toLowerCase(Locale.ROOT);
        return SIGN.matcher(own).results().count() * SIGN_SHARE < own.length()
                && hasKnownWords(own)
                && !MANY_EQUAL.matcher(own).find()
                && SPACES.splitAsStream(own).allMatch(this::isMeantAsWritten);
    }

    /** Returns whether known words have half of all letters, or there are too few to tell. */
    private boolean hasKnownWords(String own) {
        int all = 0;
        int known = 0;
        for (Matcher run = LETTERS.matcher(own); run.find(); ) {
            int size = run.end() - run.start();
            all += size;
            known += size > 1 && words.contains(run.group()) ? size : 0;
        }
        return all < FEWEST_LETTERS || 2 * known >= all;
    }

    private boolean isMeantAsWritten(String word) {
        if (SIGN_IN_WORD.matcher(word).find() && !AMOUNT.matcher(word).matches()) {
            return false;
        }
        return !PAIR.matcher(word).find() || words.contains(OUTER.matcher(word).replaceAll(""));
    }

    /** Returns how much a text of ASCII, not longer than is read twice, is like fraud; without a letter, less than anything. */
    public long level(String text) {
        int end = spell(text);
        long sum = 0;
        boolean hasLetter = false;
        for (int begin = 0; begin < end; begin++) {
            hasLetter |= read[begin] >= 'a' && read[begin] <= 'z';
            int hash = 0;
            for (int at = begin; at < begin + LONGEST_GRAM; at++) {
                hash = (hash + read[at]) * MULTIPLIER;
                sum += weights[hash >>> hashShift];
            }
        }
        double root = Math.sqrt(end);
        double spread = Math.rint(Math.sqrt(root * Math.sqrt(root)) * (1 << FINE_BITS));
        return hasLetter ? Math.floorDiv(sum << 2 * FINE_BITS, (long) spread) : Long.MIN_VALUE;
    }

    /** Fills `read` with a text's symbols between spaces; returns where they end. */
    private int spell(String text) {
        int size = PADDING;
        for (int at = 0; at < text.length(); at++) {
            int symbol = symbols[text.charAt(at)];
            if (symbol != 0) {
                read[size++] = symbol;
            }
        }
        pad(0);
        pad(size);
        int end = PADDING;
        int before = SPACE;
        int last = SPACE;
        boolean isSecond = false;
        for (int at = PADDING; at < size; at++) {
            boolean joinsNothing = isSign(read[at]) && (isApart(before) || isApart(read[at + 1]));
            before = read[at];
            int symbol = joinsNothing ? SPACE : before;
            boolean isSuperfluous = symbol == last && (symbol == SPACE || (isSecond && symbol != '0'));
            isSecond = symbol == last;
            last = symbol;
            if (!isSuperfluous) {
                read[end++] = symbol;
            }
        }
        pad(end);
        return end;
    }

    private void pad(int from) {
        Arrays.fill(read, from, from + PADDING, SPACE);
    }

    private static boolean isSign(int symbol) {
        return symbol == '/' || (symbol != SPACE && isApart(symbol));
    }

    /** Returns whether a sign beside a symbol joins nothing. */
    private static boolean isApart(int symbol) {
        return symbol == SPACE || symbol == '.' || symbol == ':' || symbol == '@';
    }
}
