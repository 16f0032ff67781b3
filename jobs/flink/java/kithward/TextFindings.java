package kithward;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * What was found in a text. A pattern counts as -1: enough by itself; as a trigger, of which the first numbers are; or as
 * a part of combinations, of which each has one that leads to it.
 */
final class TextFindings {
    private static final int ENOUGH = -1;

    private final int triggers;
    private final int triggersNeeded;
    private final int[] seenIn;
    private final int[][][] ledBy;
    private final int[] seen;
    private int seenCount;
    private int triggered;
    private int text;

    TextFindings(ByteBuffer packed) {
        triggers = packed.getInt();
        triggersNeeded = packed.getInt();
        seenIn = new int[packed.getInt()];
        seen = new int[seenIn.length];
        ledBy = new int[seenIn.length][][];
        for (int part = 0; part < ledBy.length; part++) {
            ledBy[part] = new int[packed.getInt()][];
            for (int each = 0; each < ledBy[part].length; each++) {
                ledBy[part][each] = new int[packed.getInt()];
                for (int at = 0; at < ledBy[part][each].length; at++) {
                    ledBy[part][each][at] = packed.getInt();
                }
            }
        }
    }

    void clear() {
        if (++text == Integer.MAX_VALUE) {
            Arrays.fill(seenIn, 0);
            text = 1;
        }
        seenCount = 0;
        triggered = 0;
    }

    boolean isEnoughWith(int part) {
        if (part == ENOUGH) {
            return true;
        }
        if (seenIn[part] == text) {
            return false;
        }
        seenIn[part] = text;
        if (part < triggers) {
            triggered++;
        } else {
            seen[seenCount++] = part;
        }
        return false;
    }

    boolean isTriggered() {
        return triggered >= triggersNeeded;
    }

    boolean hasLead() {
        for (int at = 0; at < seenCount; at++) {
            if (ledBy[seen[at]].length > 0) {
                return true;
            }
        }
        return false;
    }

    boolean hasCombination() {
        for (int at = 0; at < seenCount; at++) {
            for (int[] others : ledBy[seen[at]]) {
                if (areSeen(others)) {
                    return true;
                }
            }
        }
        return false;
    }

    private boolean areSeen(int[] others) {
        for (int other : others) {
            if (seenIn[other] != text) {
                return false;
            }
        }
        return true;
    }
}
