package control;

import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichFlatMapFunction;
import org.apache.flink.api.common.serialization.SimpleStringSchema;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.kafka.shaded.org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/**
 * How fast is a small part of Kithward, written by hand in Java? Messages with a keyword are counted for each pair of
 * sender and recipient. Arguments: bootstrap servers, topic of messages, file of keywords, topic for the counts.
 */
public final class Control {
    private static final String TRANSACTION_MS = "900000"; // the most that a broker allows by default

    private Control() {}

    public static void main(String[] arguments) throws Exception {
        StreamExecutionEnvironment flink = StreamExecutionEnvironment.getExecutionEnvironment();
        flink.fromSource(source(arguments[0], arguments[1]), WatermarkStrategy.noWatermarks(), "source")
                .uid("source")
                .flatMap(new Screen(arguments[2]))
                .uid("screen")
                .keyBy(pair -> pair)
                .process(new Count())
                .uid("count")
                .sinkTo(sink(arguments[0], arguments[3]))
                .uid("sink");
        flink.execute("control");
    }

    private static KafkaSource<byte[]> source(String bootstrap, String topic) {
        return KafkaSource.<byte[]>builder()
                .setBootstrapServers(bootstrap)
                .setGroupId("control")
                .setTopics(topic)
                .setStartingOffsets(OffsetsInitializer.earliest())
                .setDeserializer(KafkaRecordDeserializationSchema.valueOnly(ByteArrayDeserializer.class))
                .build();
    }

    private static KafkaSink<String> sink(String bootstrap, String topic) {
        return KafkaSink.<String>builder()
                .setBootstrapServers(bootstrap)
                .setDeliveryGuarantee(DeliveryGuarantee.EXACTLY_ONCE)
                .setTransactionalIdPrefix("control")
                .setProperty("transaction.timeout.ms", TRANSACTION_MS)
                .setRecordSerializer(KafkaRecordSerializationSchema.<String>builder()
                        .setTopic(topic)
                        .setValueSerializationSchema(new SimpleStringSchema())
                        .build())
                .build();
    }

    /** Emits the pair of each message that has a keyword. */
    private static final class Screen extends RichFlatMapFunction<byte[], String> {
        private static final long serialVersionUID = 1L;
        private final String file;
        private transient Keywords keywords;

        private Screen(String file) {
            this.file = file;
        }

        @Override
        public void open(OpenContext context) throws Exception {
            keywords = new Keywords(Files.readAllLines(Path.of(file)));
        }

        @Override
        public void flatMap(byte[] value, Collector<String> pairs) {
            Message message = Message.decode(value);
            if (keywords.find(Keywords.fold(message.text()))) {
                pairs.collect(message.sender() + " " + message.recipient());
            }
        }
    }

    /** Emits how often each pair was found. */
    private static final class Count extends KeyedProcessFunction<String, String, String> {
        private static final long serialVersionUID = 1L;
        private transient ValueState<Long> found;

        @Override
        public void open(OpenContext context) {
            found = getRuntimeContext().getState(new ValueStateDescriptor<>("found", Types.LONG));
        }

        @Override
        public void processElement(String pair, Context context, Collector<String> counts) throws Exception {
            long count = found.value() == null ? 1 : found.value() + 1;
            found.update(count);
            counts.collect(pair + " " + count);
        }
    }
}
