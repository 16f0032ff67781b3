package kithward;

import java.util.Arrays;

/**
 * Finds all patterns in a series of letters (Aho and Corasick, 1975). For letters of ASCII each state has a row of successors,
 * which it shares with its fallback if no pattern goes on by such a letter; other letters are looked up in a hash table with
 * open addressing.
 */
final class PatternAutomaton {
    private static final int ASCII = 0x80;
    private static final long FACTOR = 0x9E3779B97F4A7C15L;
    private static final int NONE = -1;

    private final int[] columns = new int[ASCII];
    private int width = 1;
    private int[] rows;
    private final int[] rowOf;

    private final long[] keys;
    private final int[] targets;
    private final int[] fallbacks;

    private final int[] patternAt;
    private final int[] nextPattern;
    private final int[] shorter;

    /** Compiles patterns of at least one letter. */
    PatternAutomaton(char[][] patterns) {
        int most = 1;
        for (char[] pattern : patterns) {
            most += pattern.length;
        }
        int slots = Integer.highestOneBit(most) * 4;
        keys = new long[slots];
        targets = new int[slots];
        patternAt = new int[most];
        Arrays.fill(patternAt, NONE);
        nextPattern = new int[patterns.length];
        Tree tree = new Tree(most);
        for (int number = 0; number < patterns.length; number++) {
            int end = tree.enter(patterns[number]);
            nextPattern[number] = patternAt[end];
            patternAt[end] = number;
        }
        fallbacks = new int[tree.size];
        shorter = new int[tree.size];
        rowOf = new int[tree.size];
        connect(tree);
    }

    /** Returns the state after one more letter; 0 is the state before the first. */
    int step(int state, char letter) {
        if (letter < ASCII) {
            return rows[rowOf[state] + columns[letter]];
        }
        int at = state;
        int next = child(at, letter);
        while (next == 0 && at != 0) {
            at = fallbacks[at];
            next = child(at, letter);
        }
        return next;
    }

    /** Returns the state of the longest pattern that ends with a state's last letter; 0 if none does. */
    int ended(int state) {
        return patternAt[state] != NONE ? state : shorter[state];
    }

    /** Returns the state of the next shorter pattern that ends there, too; 0 if none does. */
    int nextEnded(int state) {
        return shorter[state];
    }

    /** Returns the number of the last pattern that ends in a state, of several that are equal; -1 if none does. */
    int pattern(int state) {
        return patternAt[state];
    }

    /** Returns the number of the one before, -1 if there is none. */
    int nextPattern(int number) {
        return nextPattern[number];
    }

    /** Connects each state with the longest other one that ends like it, breadth first. */
    private void connect(Tree tree) {
        rows = new int[width * 2];
        int used = width;
        int[] queue = new int[tree.size];
        int filled = 1;
        for (int done = 0; done < filled; done++) {
            int state = queue[done];
            rowOf[state] = rowOf[fallbacks[state]];
            boolean hasOwn = state == 0;
            for (int child = tree.firstChild[state]; child != 0; child = tree.sibling[child]) {
                queue[filled++] = child;
                int fallback = state == 0 ? 0 : step(fallbacks[state], tree.letter[child]);
                fallbacks[child] = fallback;
                shorter[child] = ended(fallback);
                if (tree.letter[child] < ASCII && !hasOwn) {
                    hasOwn = true;
                    rows = used + width > rows.length ? Arrays.copyOf(rows, rows.length * 2) : rows;
                    System.arraycopy(rows, rowOf[state], rows, used, width);
                    rowOf[state] = used;
                    used += width;
                }
            }
            enterInRow(tree, state);
        }
        rows = Arrays.copyOf(rows, used);
    }

    private void enterInRow(Tree tree, int state) {
        for (int child = tree.firstChild[state]; child != 0; child = tree.sibling[child]) {
            if (tree.letter[child] < ASCII) {
                rows[rowOf[state] + columns[tree.letter[child]]] = child;
            }
        }
    }

    private int child(int state, char letter) {
        long key = key(state, letter);
        int slot = slot(key);
        while (keys[slot] != 0 && keys[slot] != key) {
            slot = slot + 1 & keys.length - 1;
        }
        return targets[slot];
    }

    private void put(int state, char letter, int target) {
        long key = key(state, letter);
        int slot = slot(key);
        while (keys[slot] != 0) {
            slot = slot + 1 & keys.length - 1;
        }
        keys[slot] = key;
        targets[slot] = target;
    }

    private static long key(int state, char letter) {
        return (state + 1L) << 16 | letter;
    }

    private int slot(long key) {
        return (int) (key * FACTOR >>> 32) & keys.length - 1;
    }

    /** The patterns as a tree of their letters, needed while they are compiled. */
    private final class Tree {
        private final int[] firstChild;
        private final int[] sibling;
        private final char[] letter;
        private int size = 1;

        Tree(int most) {
            firstChild = new int[most];
            sibling = new int[most];
            letter = new char[most];
        }

        /** Enters a pattern; returns the state in which it ends. */
        int enter(char[] pattern) {
            int state = 0;
            for (char each : pattern) {
                int next = child(state, each);
                if (next == 0) {
                    next = size++;
                    put(state, each, next);
                    letter[next] = each;
                    sibling[next] = firstChild[state];
                    firstChild[state] = next;
                    if (each < ASCII && columns[each] == 0) {
                        columns[each] = width++;
                    }
                }
                state = next;
            }
            return state;
        }
    }
}
