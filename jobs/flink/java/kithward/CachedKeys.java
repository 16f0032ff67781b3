package kithward;

import java.util.HashMap;
import java.util.Map;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.types.Row;

/** State keys of up to a few thousand keys, then all are forgotten: a pseudonym takes a hash. */
final class CachedKeys {
    private static final int AT_MOST = 1 << 12;

    private final Map<String, Row> byKey = new HashMap<>();
    private final int keyGroups;

    CachedKeys(int keyGroups) {
        this.keyGroups = keyGroups;
    }

    Row of(String key) {
        if (byKey.size() >= AT_MOST) {
            byKey.clear();
        }
        return byKey.computeIfAbsent(key, PseudonymKeySelector::of);
    }

    int groupOf(String key) {
        return KeyGroupRangeAssignment.assignToKeyGroup(of(key), keyGroups);
    }
}
