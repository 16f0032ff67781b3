package control;

import java.text.Normalizer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Keywords as a policy writes them, found in one pass over a text by the automaton of Aho and Corasick (1975). A text has
 * {@code a / b + c / d} if it contains a or b, and c or d, within words as well. Not for several threads at once.
 */
public final class Keywords {
    private record Part(int keyword, int bit) {}

    private final int[] all; // by keyword: a bit for each of its parts
    private final int[] found; // by keyword: the parts that the text of this look has
    private final int[] look; // by keyword: the look to which `found` belongs
    private int looks;
    private final List<List<Part>> ends = new ArrayList<>(); // by node: the parts that end there
    private final int[] first = new int[1 << Character.SIZE]; // the root's children
    private long[] edges; // of other nodes: node and character, in open addressing; 0: free
    private int[] targets;
    private int[] back; // by node: the longest proper suffix that is a node

    public Keywords(List<String> lines) {
        all = new int[lines.size()];
        found = new int[lines.size()];
        look = new int[lines.size()];
        List<Map<Character, Integer>> children = new ArrayList<>(List.of(new HashMap<>()));
        ends.add(new ArrayList<>());
        for (int keyword = 0; keyword < lines.size(); keyword++) {
            String[] parts = lines.get(keyword).split("\\s\\+\\s");
            all[keyword] = (1 << parts.length) - 1;
            for (int part = 0; part < parts.length; part++) {
                for (String alternative : parts[part].split("\\s/\\s")) {
                    ends.get(add(children, fold(alternative))).add(new Part(keyword, 1 << part));
                }
            }
        }
        link(children);
    }

    /** Returns a text in Unicode's form NFKC and in small letters. */
    public static String fold(String text) {
        return Normalizer.normalize(text, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT);
    }

    /** Returns whether a folded text has a keyword. */
    public boolean find(String text) {
        looks++;
        int node = 0;
        for (int at = 0; at < text.length(); at++) {
            node = follow(node, text.charAt(at));
            for (Part part : ends.get(node)) {
                if (complete(part)) {
                    return true;
                }
            }
        }
        return false;
    }

    private boolean complete(Part part) {
        int keyword = part.keyword;
        found[keyword] = (look[keyword] == looks ? found[keyword] : 0) | part.bit;
        look[keyword] = looks;
        return found[keyword] == all[keyword];
    }

    private int follow(int node, char next) {
        for (int from = node; from != 0; from = back[from]) {
            int slot = slot(from, next);
            if (edges[slot] != 0) {
                return targets[slot];
            }
        }
        return first[next];
    }

    private int slot(int node, char next) {
        long edge = (long) node << Character.SIZE | next;
        int slot = (int) (edge * 0x9E3779B97F4A7C15L >>> 32) & edges.length - 1;
        while (edges[slot] != 0 && edges[slot] != edge) {
            slot = slot + 1 & edges.length - 1;
        }
        return slot;
    }

    private int add(List<Map<Character, Integer>> children, String folded) {
        int node = 0;
        for (char next : folded.toCharArray()) {
            Integer child = children.get(node).putIfAbsent(next, children.size());
            if (child == null) {
                child = children.size();
                children.add(new HashMap<>());
                ends.add(new ArrayList<>());
            }
            node = child;
        }
        return node;
    }

    /** Goes through the nodes by their depth, so that a node's suffix is linked before it. */
    private void link(List<Map<Character, Integer>> children) {
        back = new int[children.size()];
        edges = new long[Integer.highestOneBit(children.size()) << 2];
        targets = new int[edges.length];
        children.get(0).forEach((next, child) -> first[next] = child);
        ArrayDeque<Integer> waiting = new ArrayDeque<>(children.get(0).values());
        while (!waiting.isEmpty()) {
            int node = waiting.remove();
            ends.get(node).addAll(ends.get(back[node]));
            children.get(node).forEach((next, child) -> {
                back[child] = follow(back[node], next);
                int slot = slot(node, next);
                edges[slot] = (long) node << Character.SIZE | next;
                targets[slot] = child;
                waiting.add(child);
            });
        }
    }
}
