package kithward;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.OperatorStateStore;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;

/**
 * Counters of the entries of a step's states that await an external answer. Each instance stores its part of a sum:
 * redistributed among more or fewer instances, it stays the sum.
 */
final class PendingEntries {
    private final ListState<Tuple2<String, Long>> sums;
    private final Map<String, Counter> counters = new HashMap<>();
    private MetricGroup metrics;

    PendingEntries(OperatorStateStore store) throws Exception {
        sums = store.getListState(new ListStateDescriptor<>("pending", Types.TUPLE(Types.STRING, Types.LONG)));
    }

    void open(MetricGroup group) throws Exception {
        metrics = group;
        for (Tuple2<String, Long> kept : sums.get()) {
            adjust(kept.f0, kept.f1);
        }
    }

    void adjust(String state, long by) {
        counters.computeIfAbsent(state, name -> metrics.addGroup("state", name).counter("pending")).inc(by);
    }

    void snapshot() throws Exception {
        List<Tuple2<String, Long>> now = new ArrayList<>();
        counters.forEach((state, counter) -> now.add(Tuple2.of(state, counter.getCount())));
        sums.update(now);
    }
}
