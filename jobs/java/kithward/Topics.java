package kithward;

import java.util.HashSet;
import java.util.List;
import org.apache.flink.api.common.functions.FilterFunction;
import org.apache.flink.types.Row;

/** Which routes leave the job? Those of Row(destination, key, payload) whose destination is an output topic. */
public final class Topics implements FilterFunction<Row> {
    private static final long serialVersionUID = 1L;

    private final HashSet<String> topics;

    public Topics(String[] topics) {
        this.topics = new HashSet<>(List.of(topics));
    }

    @Override
    public boolean filter(Row route) {
        return topics.contains(route.getField(0));
    }
}
