package kithward;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.state.BroadcastState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.OperatorStateStore;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.Types;

/**
 * The policies that were published since the job was submitted, by event id, in broadcast state: a step starts from those that
 * were published before, and every checkpoint of every step has all that are here.
 */
final class PublishedPolicies {
    private final BroadcastState<String, byte[]> since;
    private final List<String> submitted;

    /** `submitted` are the event ids of the policies that the step starts from. */
    PublishedPolicies(OperatorStateStore store, List<String> submitted) throws Exception {
        this.submitted = submitted;
        since = store.getBroadcastState(new MapStateDescriptor<>(
                "policies", Types.STRING, PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO));
        for (String eventId : submitted) {
            since.remove(eventId);
        }
    }

    /** Adds a policy. Returns whether it is new. */
    boolean add(String eventId, byte[] policy) throws Exception {
        if (submitted.contains(eventId) || since.contains(eventId)) {
            return false;
        }
        since.put(eventId, policy);
        return true;
    }

    List<byte[]> all() throws Exception {
        List<byte[]> all = new ArrayList<>();
        for (Map.Entry<String, byte[]> policy : since.immutableEntries()) {
            all.add(policy.getValue());
        }
        return all;
    }
}
