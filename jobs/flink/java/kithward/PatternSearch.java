package kithward;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Finds patterns in a series of letters: at which edges of words each must be, and what it counts as. A pattern is compared
 * only where its rarest gram is, a series of up to four letters (hashed n-grams, after Karp and Rabin, 1987). A small table
 * of bits tells where: it stays in the processor's cache, where an automaton of so many patterns would not.
 */
final class PatternSearch {
    private static final int MOST_LETTERS = 4; // of a gram: as many as a long holds
    private static final int LETTER_BITS = 16;
    private static final int HASH_BITS = 18;
    private static final long FACTOR = 0x9E3779B97F4A7C15L;
    private static final int NONE = -1;

    private final byte[] needs; // by pattern
    private final int[] parts;
    private final int[] nextPattern; // of the same text; -1 behind the last

    private final char[][] texts;
    private final int[] firstPattern; // by text
    private final int[] behind; // letters behind the gram
    private final int[] nextText; // of the same gram; -1 behind the last

    private final long[] masks; // of the lengths that grams have
    private final long[] isGram = new long[1 << HASH_BITS - 6]; // a bit for each hash
    private final long[] grams; // a hash table with open addressing; no letter is 0, so neither is a gram
    private final int[] firstText; // by slot

    PatternSearch(ByteBuffer packed) {
        int patterns = packed.getInt();
        needs = new byte[patterns];
        parts = new int[patterns];
        nextPattern = new int[patterns];
        Map<String, Integer> firstOf = new LinkedHashMap<>();
        for (int number = 0; number < patterns; number++) {
            needs[number] = packed.get();
            parts[number] = packed.getInt();
            char[] text = new char[packed.getShort()];
            for (int at = 0; at < text.length; at++) {
                text[at] = packed.getChar();
            }
            Integer same = firstOf.put(new String(text), number);
            nextPattern[number] = same == null ? NONE : same;
        }
        texts = firstOf.keySet().stream().map(String::toCharArray).toArray(char[][]::new);
        firstPattern = firstOf.values().stream().mapToInt(Integer::intValue).toArray();
        behind = new int[texts.length];
        nextText = new int[texts.length];
        grams = new long[Integer.highestOneBit(texts.length + 1) * 4];
        firstText = new int[grams.length];
        masks = enterAll();
    }

    /** Tells `findings` what is found; returns whether it is enough to keep the text. */
    boolean isEnough(char[] letters, byte[] edges, int count, TextFindings findings) {
        long read = 0;
        for (int at = 0; at < count; at++) {
            read = read << LETTER_BITS | letters[at];
            for (long mask : masks) {
                long gram = read & mask;
                int hash = hash(gram);
                if ((isGram[hash >> 6] >>> hash & 1) != 0) {
                    for (int text = firstText[slot(gram)]; text != NONE; text = nextText[text]) {
                        int end = at + behind[text];
                        if (endsAt(end, texts[text], letters, count) && isEnoughWith(text, end, edges, findings)) {
                            return true;
                        }
                    }
                }
            }
        }
        return false;
    }

    private static boolean endsAt(int end, char[] text, char[] letters, int count) {
        int begin = end - text.length + 1;
        return begin >= 0 && end < count && Arrays.equals(text, 0, text.length, letters, begin, end + 1);
    }

    private boolean isEnoughWith(int text, int end, byte[] edges, TextFindings findings) {
        int edgesHere = edges[end - texts[text].length + 1] & TextLook.BEGINS | edges[end] & TextLook.ENDS;
        for (int number = firstPattern[text]; number != NONE; number = nextPattern[number]) {
            if ((needs[number] & ~edgesHere) == 0 && findings.isEnoughWith(parts[number])) {
                return true;
            }
        }
        return false;
    }

    /** Enters each text under its rarest gram; returns the masks of the lengths of grams. */
    private long[] enterAll() {
        Arrays.fill(firstText, NONE);
        Map<Long, Integer> frequencies = new HashMap<>();
        for (char[] text : texts) {
            for (int end = gramSize(text); end <= text.length; end++) {
                frequencies.merge(gram(text, end), 1, Integer::sum);
            }
        }
        boolean[] hasSize = new boolean[MOST_LETTERS + 1];
        for (int number = 0; number < texts.length; number++) {
            char[] text = texts[number];
            int rarest = gramSize(text);
            for (int end = rarest + 1; end <= text.length; end++) {
                rarest = frequencies.get(gram(text, end)) < frequencies.get(gram(text, rarest)) ? end : rarest;
            }
            hasSize[gramSize(text)] = true;
            behind[number] = text.length - rarest;
            enter(gram(text, rarest), number);
        }
        return IntStream.rangeClosed(1, MOST_LETTERS).filter(size -> hasSize[size]).mapToLong(PatternSearch::mask).toArray();
    }

    private void enter(long gram, int text) {
        int hash = hash(gram);
        isGram[hash >> 6] |= 1L << hash;
        int slot = slot(gram);
        grams[slot] = gram;
        nextText[text] = firstText[slot];
        firstText[slot] = text;
    }

    private static int gramSize(char[] text) {
        return Math.min(text.length, MOST_LETTERS);
    }

    private static long mask(int letters) {
        return -1L >>> (MOST_LETTERS - letters) * LETTER_BITS;
    }

    /** Returns the gram that ends before an index. */
    private static long gram(char[] text, int end) {
        long gram = 0;
        for (int at = end - gramSize(text); at < end; at++) {
            gram = gram << LETTER_BITS | text[at];
        }
        return gram;
    }

    private static int hash(long gram) {
        return (int) (gram * FACTOR >>> 64 - HASH_BITS);
    }

    /** Returns the slot of a gram, or the free one where it would be. */
    private int slot(long gram) {
        int slot = (int) (gram * FACTOR >>> 32) & grams.length - 1;
        while (grams[slot] != 0 && grams[slot] != gram) {
            slot = slot + 1 & grams.length - 1;
        }
        return slot;
    }
}
