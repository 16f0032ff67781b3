package kithward;

import java.nio.ByteBuffer;

/** The patterns of one automaton: at which edges of words each must be, and what it counts as. */
final class PatternSearch {
    private final PatternAutomaton automaton;
    private final int[] lengths;
    private final byte[] needs;
    private final int[] parts;

    PatternSearch(ByteBuffer packed) {
        int patterns = packed.getInt();
        lengths = new int[patterns];
        needs = new byte[patterns];
        parts = new int[patterns];
        char[][] letters = new char[patterns][];
        for (int number = 0; number < patterns; number++) {
            needs[number] = packed.get();
            parts[number] = packed.getInt();
            letters[number] = new char[packed.getShort()];
            for (int at = 0; at < letters[number].length; at++) {
                letters[number][at] = packed.getChar();
            }
            lengths[number] = letters[number].length;
        }
        automaton = new PatternAutomaton(letters);
    }

    /** Tells `findings` what is found; returns whether it is enough to keep the text. */
    boolean isEnough(char[] letters, byte[] edges, int count, TextFindings findings) {
        int state = 0;
        for (int at = 0; at < count; at++) {
            state = automaton.step(state, letters[at]);
            for (int ended = automaton.ended(state); ended != 0; ended = automaton.nextEnded(ended)) {
                for (int number = automaton.pattern(ended); number >= 0; number = automaton.nextPattern(number)) {
                    int edgesHere = edges[at - lengths[number] + 1] & TextLook.BEGINS | edges[at] & TextLook.ENDS;
                    if ((needs[number] & ~edgesHere) == 0 && findings.isEnoughWith(parts[number])) {
                        return true;
                    }
                }
            }
        }
        return false;
    }
}
