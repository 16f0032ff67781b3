package kithward;

import java.util.List;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.state.StateInitializationContext;

/** Pending events in keyed state, by event time: those that did not fit on the heap. Always those of the selected key. */
final class WaitingEvents {
    private final MapState<Long, byte[]> byTime;
    private final ListState<Long> untilState;
    private long untilMs; // no event of a later time is here

    WaitingEvents(StateInitializationContext context) throws Exception {
        untilState = context.getOperatorStateStore().getUnionListState(new ListStateDescriptor<>("moved-until", Types.LONG));
        // Earlier releases did not store it: then any time may be the latest.
        untilMs = context.isRestored() && !untilState.get().iterator().hasNext() ? Long.MAX_VALUE : Long.MIN_VALUE;
        for (long ofInstance : untilState.get()) {
            untilMs = Math.max(untilMs, ofInstance);
        }
        byTime = context.getKeyedStateStore().getMapState(new MapStateDescriptor<>(
                "waiting", Types.LONG, PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO));
    }

    void add(long atMs, List<Envelope> envelopes) throws Exception {
        untilMs = Math.max(untilMs, atMs);
        byTime.put(atMs, Envelope.join(byTime.get(atMs), envelopes));
    }

    /** Removes and returns the events of an event time, in the order of their arrival. */
    List<Envelope> poll(long atMs) throws Exception {
        List<Envelope> envelopes = Envelope.split(atMs <= untilMs ? byTime.get(atMs) : null);
        if (!envelopes.isEmpty()) {
            byTime.remove(atMs);
        }
        return envelopes;
    }

    void snapshot() throws Exception {
        untilState.update(List.of(untilMs));
    }
}
